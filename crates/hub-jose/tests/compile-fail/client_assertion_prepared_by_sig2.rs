//! E0271 Sig1 Sig2
//! A client assertion prepared for Sig2.

use hub_jose::{ClientAssertion, Signer};
use hub_roles::{ClientId, Issuer, Sig1, Sig2};
use rustls_pki_types::UnixTime;

fn case(right: &Signer<Sig1>, wrong: &Signer<Sig2>, client: &ClientId, issuer: &Issuer, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (right.prepare(&ClientAssertion::new(client, issuer), now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.prepare(&ClientAssertion::new(client, issuer), now), right);
    }
}

fn main() {
    let _ = case;
}
