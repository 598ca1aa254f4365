//! A cached set over real HTTPS, with faults on demand and the time in hand: the rules of THREATS section 3, each with its accepted neighbour.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod clocks;
mod events;
mod failures;
mod flight;
mod flood;
mod freshness;
mod keeper;
mod log;
mod outage;
mod retry;
mod revoked;
mod rotation;
mod runtimes;
mod stage;
