//! Any text as a JWE, and any text inside a sound one: nobody but the sender makes a payload, and it is of one kind.

#![no_main]

use hub_fuzz::{ENC1, ENC2, payload, seeds};
use hub_jose::nested;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::check("open", read), |text: &[u8]| {
    read(text);
});

fn read(text: &[u8]) -> Vec<&'static str> {
    let Ok(text) = str::from_utf8(text) else { return Vec::new() };
    let around = [nested::seal(text, &ENC1).unwrap(), nested::seal(text, &ENC2).unwrap()];
    [text].into_iter().chain(around.iter().map(String::as_str)).flat_map(payload::kinds).collect()
}
