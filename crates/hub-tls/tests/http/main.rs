//! HTTP clients over connectors, against HTTP servers behind acceptors: whom they reach, and what they learn when they do not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod causes;
mod foreign;
mod pool;
mod refused;
mod responses;
mod server;
mod transports;

// The ecosystem and the strangers are those of the handshakes.
#[allow(dead_code)]
#[path = "../handshake/generous.rs"]
mod generous;
#[allow(dead_code)]
#[path = "../handshake/world.rs"]
mod world;
