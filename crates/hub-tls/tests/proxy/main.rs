//! Peers behind a proxy: what each form of the header gives, what proves the hop, and who is refused by which rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod certificates;
mod events;
mod headers;
mod hops;
#[path = "../handshake/log.rs"]
mod log;
mod parsers;
mod rotation;
mod world;
