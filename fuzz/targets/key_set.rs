//! Any text as a JWK set, of a TPP and of an LFI: each key that is sound is selected by its `kid` or refused, never another.

#![no_main]

use hub_fuzz::{ECO, client};
use hub_jwks::KeySet;
use hub_roles::{Enc1, Sig1};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(set) = KeySet::parse(client().clone(), text) {
        for key in set.keys() {
            if let Ok(found) = set.verification_key::<Sig1>(key.kid()) {
                assert_eq!((found.kid(), found.owner()), (key.kid(), client()));
            }
        }
        assert!(set.verification_keys::<Sig1>().len() <= set.keys().len());
    }
    if let Ok(set) = KeySet::parse(ECO.lfi("bank").unwrap().organisation(), text) {
        let _ = set.encryption_key::<Enc1>(None);
    }
});
