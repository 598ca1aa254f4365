//! E0271 Sig2 Sig4
//! A signed response signed with Sig4.

use hub_jose::{SignedResponse, Signer};
use hub_roles::{ClientId, Issuer, Sig2, Sig4};
use rustls_pki_types::UnixTime;

fn case(right: &Signer<Sig2>, wrong: &Signer<Sig4>, client: &ClientId, issuer: &Issuer, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (right.sign(&SignedResponse::new(issuer, client, "message"), now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.sign(&SignedResponse::new(issuer, client, "message"), now), right);
    }
}

fn main() {
    let _ = case;
}
