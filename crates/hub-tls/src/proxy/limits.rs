//! Sizes of what a proxy sends.

/// The most octets that a forwarding header may have.
pub const MAX_HEADER_OCTETS: usize = 64 * 1024;

/// The fewest octets that a shared secret may have.
pub const MIN_SECRET_OCTETS: usize = 32;
