//! Any text as a compact token: no text is both a JWS and a JWE, and one that a token type takes is a JWS.

#![no_main]

use hub_fuzz::{SIG1, from_acme, now, seeds};
use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use hub_jose::{ClientAssertion, IdToken, Unverified};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 * 1024;

fuzz_target!(init: seeds::check("token", read), |text: &[u8]| {
    read(text);
});

fn read(text: &[u8]) -> Vec<&'static str> {
    let Ok(text) = str::from_utf8(text) else { return Vec::new() };
    let (jws, jwe) = (Jws::parse(text, LIMIT), Jwe::parse(text, LIMIT));
    let (assertion, id_token) = (Unverified::<ClientAssertion>::parse(text), Unverified::<IdToken>::parse(text));
    assert!(jws.is_err() || jwe.is_err());
    assert!(jws.is_ok() || (assertion.is_err() && id_token.is_err()));
    let verified = assertion.and_then(|token| {
        let _ = token.claimed_client();
        token.verify(&SIG1, &from_acme(), now())
    });
    let readings = [verified.ok().map(|_| "assertion"), jws.ok().map(|_| "jws"), jwe.ok().map(|_| "jwe")];
    readings.into_iter().flatten().collect()
}
