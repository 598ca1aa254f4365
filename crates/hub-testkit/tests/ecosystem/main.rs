//! The ecosystem through its public API: every role verifies as itself, deployments read, rotations overlap, and the
//! keystore serves it all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod faults;
mod keystore;
mod parties;
mod roles;
mod rotation;

use core::time::Duration;

use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;

pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))
}

pub(crate) fn sandbox() -> Ecosystem {
    Ecosystem::sandbox(now()).unwrap()
}
