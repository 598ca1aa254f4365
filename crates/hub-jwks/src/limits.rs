//! How large a key set may be.

/// The most octets a set may have (THREATS section 3).
pub const MAX_SET_OCTETS: usize = 64 * 1024;
/// The most keys a set may have (THREATS section 3).
pub const MAX_KEYS: usize = 100;
