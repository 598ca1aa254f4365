//! A cached set under schedules that nobody thought of: against a model of the rules, under load, and on the scales.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod executor;
mod flood;
mod keys;
mod lanes;
mod memory;
mod model;
mod property;
mod schedule;
mod script;
mod stress;
mod world;
