//! E0308 Sig1 Sig2
//! A client assertion verified with a Sig2 key.

use hub_jose::{ClientAssertion, ExpectedClient, Unverified};
use hub_roles::{Sig1, Sig2, VerificationKey};
use rustls_pki_types::UnixTime;

fn case(
    token: &Unverified<ClientAssertion>,
    expected: &ExpectedClient,
    right: &VerificationKey<Sig1>,
    wrong: &VerificationKey<Sig2>,
    now: UnixTime,
) {
    #[cfg(twin)]
    {
        let _ = (token.verify(right, expected, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (token.verify(wrong, expected, now), right);
    }
}

fn main() {
    let _ = case;
}
