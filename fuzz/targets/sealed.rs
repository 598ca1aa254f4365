//! Any claims, signed by the right key and sealed to the right one: they are a payload of one kind, and then name their issuer.

#![no_main]

use hub_fuzz::{ECO, ENC1, ENC2, INSTANCE, client, issuer, payload, seeds};
use hub_jose::{jws, nested};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(init: seeds::check("sealed", read), |claims: &[u8]| {
    read(claims);
});

fn read(claims: &[u8]) -> Vec<&'static str> {
    let from_acme = jws::sign(&ECO.tpp("acme").unwrap().sig1(), None, None, claims).unwrap();
    let from_instance = jws::sign(&ECO.hub().sig2(INSTANCE).unwrap(), None, None, claims).unwrap();
    let to_bank = payload::kinds(&nested::seal(&from_acme, &ENC1).unwrap());
    let to_acme = payload::kinds(&nested::seal(&from_instance, &ENC2).unwrap());
    for (kinds, issuer) in [(&to_bank, client().as_str()), (&to_acme, issuer().as_str())] {
        if !kinds.is_empty() {
            let claims: Value = serde_json::from_slice(claims).unwrap();
            assert_eq!(claims["iss"], issuer);
        }
    }
    assert!(to_bank.is_empty() || to_acme.is_empty());
    [to_bank, to_acme].concat()
}
