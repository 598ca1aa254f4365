//! E0308 Sig1 Sig2
//! PII whose inner signature is verified with the Hub's key.

use hub_jose::{ExpectedClient, Opener};
use hub_roles::{Pii, Sig1, Sig2, VerificationKey};
use rustls_pki_types::UnixTime;

fn case(
    opener: &Opener<Pii>,
    expected: &ExpectedClient,
    right: &[VerificationKey<Sig1>],
    wrong: &[VerificationKey<Sig2>],
    now: UnixTime,
) {
    #[cfg(twin)]
    {
        let _ = (opener.open("", right, expected, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (opener.open("", wrong, expected, now), right);
    }
}

fn main() {
    let _ = case;
}
