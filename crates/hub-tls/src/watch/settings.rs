//! What a user may choose about watching.

use std::time::Duration;

/// Settings that files may be watched with.
///
/// ```
/// use std::time::Duration;
///
/// use hub_tls::WatchSettings;
///
/// let settings = WatchSettings::new().with_interval(Duration::from_secs(5 * 60));
/// # let _ = settings;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchSettings {
    pub(super) interval: Duration,
    pub(super) settle_time: Duration,
}

impl WatchSettings {
    /// Looks every 30 s, and lets changed files settle for 1 s.
    #[must_use]
    pub fn new() -> Self {
        Self { interval: Duration::from_secs(30), settle_time: Duration::from_secs(1) }
    }

    /// The pause between two looks at the files; one second if it is shorter.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// How long files that have changed must stay as they are before they are judged: longer than whoever writes them pauses between
    /// two of them, or in the midst of one.
    #[must_use]
    pub fn with_settle_time(mut self, settle_time: Duration) -> Self {
        self.settle_time = settle_time;
        self
    }
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// Whatever is asked for, looking leaves time for the rest of the process.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
