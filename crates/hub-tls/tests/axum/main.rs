//! Routes of axum over real sockets: who their handlers say is calling, which requests never reach them, and how connections end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authorities;
mod callers;
mod endings;
#[path = "../handshake/log.rs"]
mod log;
mod protocols;
mod world;
