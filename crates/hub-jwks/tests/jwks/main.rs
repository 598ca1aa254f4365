//! Key sets through the public API, on certificates of a Trust Framework in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod certificate;
#[cfg(feature = "jose-jwk")]
mod conversion;
mod fetch;
mod fetch_addresses;
mod fetch_answers;
#[cfg(all(feature = "platform-verifier", unix, not(target_vendor = "apple")))]
mod fetch_platform;
mod fetch_proxy;
mod fetch_tls;
mod keystore;
mod oracle;
mod published;
mod rules;
mod select;
mod server;
mod signing_schedule;
mod trust;
mod world;
