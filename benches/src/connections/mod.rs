//! Mutual TLS beside plain rustls and OpenSSL, with the same certificates.
//!
//! | module | what it holds |
//! |---|---|
//! | `handshakes` | whole handshakes, both ends |
//! | `revoking` | the same where a long revocation list is asked |
//! | `verifying`, `building` | what is part of them: a chain verified; and what comes before: a configuration built |
//! | `place` | who meets on a path |
//! | `meeting`, `ours`, `stock` | two ends that meet over memory, ours and plain rustls' |
//! | `openssl` | OpenSSL's, which meet by themselves |
//!
//! What an instance takes of memory, and what thousands of them cost, the example program `instances` measures.

pub(crate) mod building;
pub(crate) mod handshakes;
mod meeting;
mod openssl;
mod ours;
mod place;
pub(crate) mod revoking;
mod stock;
pub(crate) mod verifying;
