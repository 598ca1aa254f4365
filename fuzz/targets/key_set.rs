//! Any text as a JWK set, of a TPP and of an LFI: each key that is sound is selected by its `kid` or refused, never another.

#![no_main]

use hub_fuzz::{ECO, client, seeds};
use hub_jwks::KeySet;
use hub_roles::{Enc1, Sig1};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::check("key_set", read), |text: &[u8]| {
    read(text);
});

fn read(text: &[u8]) -> Vec<&'static str> {
    let mut readings = Vec::new();
    if let Ok(set) = KeySet::parse(client().clone(), text) {
        for key in set.keys() {
            if let Ok(found) = set.verification_key::<Sig1>(key.kid()) {
                assert_eq!((found.kid(), found.owner()), (key.kid(), client()));
                readings.push("signing");
            }
        }
        assert!(set.verification_keys::<Sig1>().len() <= set.keys().len());
    }
    if let Ok(set) = KeySet::parse(ECO.lfi("bank").unwrap().organisation(), text)
        && set.encryption_key::<Enc1>(None).is_ok()
    {
        readings.push("encryption");
    }
    readings
}
