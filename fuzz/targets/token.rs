//! Any text as a compact token: no text is both a JWS and a JWE, and one that a token type takes is a JWS.

#![no_main]

use hub_fuzz::{SIG1, from_acme, now};
use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use hub_jose::{ClientAssertion, IdToken, Unverified};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 * 1024;

fuzz_target!(|text: &str| {
    let jws = Jws::parse(text, LIMIT);
    assert!(jws.is_err() || Jwe::parse(text, LIMIT).is_err());
    if let Ok(token) = Unverified::<ClientAssertion>::parse(text) {
        assert!(jws.is_ok());
        let _ = token.claimed_client();
        let _ = token.verify(&SIG1, &from_acme(), now());
    }
    assert!(jws.is_ok() || Unverified::<IdToken>::parse(text).is_err());
});
