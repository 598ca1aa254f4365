//! All the sets of a party: carried over from one process to the next, fetched ahead, thousands of them, from many threads, under schedules that nobody
//! thought of, and on the scales.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod damage;
mod memory;
mod model;
mod places;
mod preload;
mod process;
mod property;
mod restart;
mod sky;
mod stress;
mod tenants;
