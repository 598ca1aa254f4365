//! Mutual TLS for the three connection paths of the UAE Open Finance API Hub.

mod peer;

pub use peer::Peer;
