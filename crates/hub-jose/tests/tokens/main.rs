//! Tokens through the public API, with the certificates, keys and connections of a whole ecosystem in memory.
//!
//! Every refusal stands beside what is accepted and differs from it in one thing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod allocations;
mod cast;
mod confirmation;
mod confusion;
mod forge;
mod issued;
mod jwt_auth;
mod kinds;
mod properties;
mod refusals;
mod refused;
mod sealed;
mod single_use;
mod sizes;
mod slow_keys;
