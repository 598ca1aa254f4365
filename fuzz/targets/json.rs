//! The strict reader beside serde_json: what it accepts, the other reads alike; what it says is no JSON, the other refuses.

#![no_main]

use hub_fuzz::seeds;
use hub_json::{Error, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const LIMITS: Limits = Limits::new(usize::MAX).depth(Limits::MAX_DEPTH);

fuzz_target!(init: seeds::check("json", read), |text: &[u8]| {
    read(text);
});

fn read(text: &[u8]) -> Vec<&'static str> {
    let lenient = serde_json::from_slice::<Value>(text);
    let strict = hub_json::value(text, LIMITS);
    match &strict {
        Ok(strict) => {
            assert_eq!(lenient.ok().as_ref(), Some(strict));
            assert_eq!(hub_json::check(strict.to_string().as_bytes(), LIMITS), Ok(()));
        }
        Err(Error::Syntax { .. }) => assert!(lenient.is_err()),
        Err(_) => {}
    }
    let items = hub_json::items(text, "keys", LIMITS);
    [strict.ok().map(|_| "value"), items.ok().map(|_| "items")].into_iter().flatten().collect()
}
