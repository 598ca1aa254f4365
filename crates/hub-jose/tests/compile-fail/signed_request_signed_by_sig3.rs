//! E0271 Sig1 Sig3
//! A signed request signed with Sig3.

use hub_jose::{SignedRequest, Signer};
use hub_roles::{ClientId, Issuer, Sig1, Sig3};
use rustls_pki_types::UnixTime;

fn case(right: &Signer<Sig1>, wrong: &Signer<Sig3>, client: &ClientId, issuer: &Issuer, now: UnixTime) {
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
