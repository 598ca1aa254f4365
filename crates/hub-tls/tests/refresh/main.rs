//! Revocation lists that are fetched in the background: what is taken, what is not, and what follows from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod conditions;
mod configurations;
mod fetching;
mod followers;
mod lists;
mod proxied;
mod saved;
mod schedule;
mod server;
mod world;
