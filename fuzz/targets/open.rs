//! Any text as a JWE, and any text inside a sound one: nobody but the sender makes a payload, and no two kinds accept the same.

#![no_main]

use hub_fuzz::{ENC1, ENC1_PRIVATE, SIG1, from_acme, now};
use hub_jose::{Opener, nested};
use hub_roles::{LoginHint, Pii};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    open(text);
    if let Ok(jwe) = nested::seal(text, &ENC1) {
        open(&jwe);
    }
});

fn open(jwe: &str) {
    let (key, keys) = (ENC1_PRIVATE.clone(), std::slice::from_ref(&*SIG1));
    let pii = Opener::<Pii>::new([key.clone()]).open(jwe, keys, &from_acme(), now());
    let hint = Opener::<LoginHint>::new([key]).open(jwe, keys, &from_acme(), now());
    assert!(pii.is_err() || hint.is_err());
}
