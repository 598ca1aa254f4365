//! E0277 Pii
//! PII that is prepared to be signed and not sealed.

use hub_jose::{PiiDraft, Sealer, Signer};
use hub_roles::{ClientId, Issuer, Pii, Sig1};
use rustls_pki_types::UnixTime;

fn case(sealer: &Sealer<'_, Pii>, signer: &Signer<Sig1>, client: &ClientId, issuer: &Issuer, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (sealer.prepare(&PiiDraft::new(client, issuer, ()), now), signer);
    }
    #[cfg(not(twin))]
    {
        let _ = (signer.prepare(&PiiDraft::new(client, issuer, ()), now), sealer);
    }
}

fn main() {
    let _ = case;
}
