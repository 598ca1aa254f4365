//! Any header, in a token that is sound otherwise: none is a header of both a JWS and a JWE.

#![no_main]

use hub_fuzz::{seeds, segment};
use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 * 1024;

fuzz_target!(init: seeds::check("header", read), |header: &[u8]| {
    read(header);
});

fn read(header: &[u8]) -> Vec<&'static str> {
    let header = segment(header);
    let jws = Jws::parse(&format!("{header}.e30.AAAA"), LIMIT);
    let jwe = Jwe::parse(&format!("{header}.AAAA.{}.AAAA.{}", segment(&[0; 12]), segment(&[0; 16])), LIMIT);
    assert!(jws.is_err() || jwe.is_err());
    [jws.ok().map(|_| "jws"), jwe.ok().map(|_| "jwe")].into_iter().flatten().collect()
}
