//! All the sets of a party: carried over from one process to the next, fetched ahead, and thousands of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod damage;
mod memory;
mod places;
mod preload;
mod process;
mod restart;
mod stress;
mod tenants;
