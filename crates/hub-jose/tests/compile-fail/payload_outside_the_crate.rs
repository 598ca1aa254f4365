//! E0277 Mine
//! The seed names both payloads.

use hub_roles::{Enc2, OrganisationId, Ozone, Payload, PayloadId, Sig2, Tpp};

pub enum Mine {}

#[cfg(not(twin))]
impl Payload for Mine {
    type Sender = Ozone;
    type Recipient = Tpp;
    type SignedBy = Sig2;
    type EncryptedTo = Enc2;
    const ID: PayloadId = PayloadId::WebhookEvent;
}

#[cfg(twin)]
const _: fn() -> (PayloadId, Option<(Ozone, Tpp, Sig2, Enc2)>) = || (<hub_roles::Pii as Payload>::ID, None);

fn case(organisation: OrganisationId) {
    #[cfg(twin)]
    {
        let _ = organisation;
    }
    #[cfg(not(twin))]
    {
        let _ = organisation;
    }
}

fn main() {
    let _ = case;
}
