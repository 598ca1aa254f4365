//! Handshakes over real sockets: who is accepted on each path, who is refused, by which rule, and what the refused side hears. The
//! HTTP clients over connectors are here too, since they meet the same parties.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod another_ca;
mod by_hand;
mod chains;
mod clients;
mod configurations;
mod events;
mod foreign;
mod generous;
mod hello;
mod hello_port;
mod hellos;
#[cfg(feature = "hyper")]
mod http;
mod instances;
mod limits;
mod lingering;
mod listener;
mod log;
mod one_memory;
mod overlap;
mod oversized;
mod public_authorities;
mod public_servers;
mod refused;
mod refused_by_peer;
mod remote_keys;
mod renegotiation;
mod resumption;
mod revoked;
mod rotation;
mod rotation_load;
mod server_names;
mod servers;
mod session;
mod settings;
mod streams;
mod time;
#[cfg(all(unix, feature = "watch"))]
mod watch;
mod web;
mod world;
