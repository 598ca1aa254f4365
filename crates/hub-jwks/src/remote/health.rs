//! How a cached set stands.

use std::time::Duration;

use hub_roles::HttpsUrl;
use rustls_pki_types::UnixTime;

/// How a cached set stands at one moment: for health checks and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySetHealth {
    /// Where the set is.
    pub url: HttpsUrl,
    /// Whose keys it has.
    pub owner: String,
    /// What it is good for.
    pub standing: Standing,
    /// How many keys can be used.
    pub keys: usize,
    /// How many keys were rejected, or are revoked.
    pub rejected: usize,
    /// When it was fetched or confirmed.
    pub fetched_at: Option<UnixTime>,
    /// For how long it may still be used, an outage of its server included.
    pub usable_for: Option<Duration>,
    /// How many attempts to fetch it have failed since the last that did not.
    pub failures: u32,
    /// The code of the last failure, if the last attempt failed.
    pub last_failure: Option<&'static str>,
    /// How long it is until the set may be asked for again.
    pub next_attempt_in: Duration,
    /// How many `kid`s are remembered as unknown.
    pub unknown_kids: usize,
}

/// What a cached set is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It was never fetched.
    Absent,
    /// It is within its lifetime.
    Fresh,
    /// It is beyond its lifetime, and used because its server is out.
    Stale,
    /// It is beyond its lifetime, and not used.
    Expired,
}
