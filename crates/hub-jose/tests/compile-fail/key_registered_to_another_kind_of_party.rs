//! E0308 OrganisationId ClientId
//! Sig1 belongs to a client, not to an organisation.

use hub_roles::{ClientId, KeyId, OrganisationId, RsaPublicKey, Sig1, VerificationKey};

fn case(right: ClientId, wrong: OrganisationId, kid: KeyId, key: RsaPublicKey) {
    #[cfg(twin)]
    {
        let _ = (VerificationKey::<Sig1>::registered(right, kid, key), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (VerificationKey::<Sig1>::registered(wrong, kid, key), right);
    }
}

fn main() {
    let _ = case;
}
