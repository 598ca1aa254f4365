//! The strict reader beside serde_json: what it accepts, the other reads alike; what it says is no JSON, the other refuses.

#![no_main]

use hub_json::{Error, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const LIMITS: Limits = Limits::new(usize::MAX).depth(Limits::MAX_DEPTH);

fuzz_target!(|text: &[u8]| {
    let lenient = serde_json::from_slice::<Value>(text);
    match hub_json::value(text, LIMITS) {
        Ok(strict) => {
            assert_eq!(lenient.ok().as_ref(), Some(&strict));
            assert_eq!(hub_json::check(strict.to_string().as_bytes(), LIMITS), Ok(()));
        }
        Err(Error::Syntax { .. }) => assert!(lenient.is_err()),
        Err(_) => {}
    }
    let _ = hub_json::items(text, "keys", LIMITS);
});
