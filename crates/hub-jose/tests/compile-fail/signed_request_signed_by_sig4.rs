//! E0271 Sig1 Sig4
//! A signed request signed with Sig4.

use hub_jose::{SignedRequest, Signer};
use hub_roles::{ClientId, Issuer, Sig1, Sig4};
use rustls_pki_types::UnixTime;

fn case(right: &Signer<Sig1>, wrong: &Signer<Sig4>, client: &ClientId, issuer: &Issuer, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (right.sign(&SignedRequest::new(client, issuer, "message"), now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.sign(&SignedRequest::new(client, issuer, "message"), now), right);
    }
}

fn main() {
    let _ = case;
}
