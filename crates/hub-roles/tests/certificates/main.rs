//! Certificates of the Trust Framework from bytes to a role: what is accepted, and by which rule everything else is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chain;
mod credential;
mod defects;
mod differential;
mod path;
mod registration;
mod renewal;
mod revocation;
mod revocation_lists;
mod revocation_openssl;
mod revocation_succession;
mod support;
mod trust;
mod used_at;
mod warnings;
