//! How large a key set may be, and how long a new key waits.

use std::time::Duration;

/// The most octets a set may have (THREATS section 3).
pub const MAX_SET_OCTETS: usize = 64 * 1024;
/// The most keys a set may have (THREATS section 3).
pub const MAX_KEYS: usize = 100;
/// How long a sender waits after publishing a key before it signs with it (FACTS section 3): no reader keeps a set for longer.
pub const WAIT_BEFORE_SIGNING: Duration = Duration::from_secs(600);
