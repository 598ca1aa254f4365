//! For how long a set is used, and how often it is asked for.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::clock::{Clock, SystemClock};
use crate::limits::WAIT_BEFORE_SIGNING;

/// How a cached set is kept: the figures of THREATS section 3 unless set otherwise. All of it is checked when a set is built.
///
/// | setting | unless set |
/// |---|---|
/// | lifetime of a set: its `max-age` less its `Age`, clamped to | 60..=600 s |
/// | lifetime of a set whose server says nothing | 300 s |
/// | how long it is served beyond that while the server is out | 600 s |
/// | pause after every attempt, at least | 10 s |
/// | pause after failures, at most | 120 s |
/// | limit of one attempt, the wait for its turn at the host included | 10 s |
/// | unknown `kid`s that are remembered, until the set may be asked for again | 1024 |
///
/// Whatever is set, no key is used later than 1200 s after its set was fetched, or confirmed by a `304`.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) min_ttl: Duration,
    pub(super) max_ttl: Duration,
    pub(super) default_ttl: Duration,
    pub(super) max_stale: Duration,
    pub(super) cooldown: Duration,
    pub(super) max_backoff: Duration,
    pub(super) attempt_limit: Duration,
    pub(super) unknown_kids: usize,
}

impl CacheSettings {
    /// The figures of the table.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock::new()),
            min_ttl: Duration::from_secs(60),
            max_ttl: Duration::from_secs(600),
            default_ttl: Duration::from_secs(300),
            max_stale: Duration::from_secs(600),
            cooldown: Duration::from_secs(10),
            max_backoff: Duration::from_secs(120),
            attempt_limit: Duration::from_secs(10),
            unknown_kids: 1024,
        }
    }

    /// Takes the time from another clock than the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Clamps what servers say of a set's lifetime, and says what it is where they say nothing.
    #[must_use]
    pub fn with_lifetime(mut self, min: Duration, default: Duration, max: Duration) -> Self {
        self.min_ttl = min;
        self.default_ttl = default;
        self.max_ttl = max;
        self
    }

    /// How long a set is served beyond its lifetime while its server is out. Zero: not at all.
    #[must_use]
    pub fn with_max_stale(mut self, stale: Duration) -> Self {
        self.max_stale = stale;
        self
    }

    /// The least pause between two attempts to fetch a set, whoever asks for it and however the first one ended.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// The longest pause after attempts that failed.
    #[must_use]
    pub fn with_max_backoff(mut self, backoff: Duration) -> Self {
        self.max_backoff = backoff;
        self
    }

    /// When an attempt is given up that the transport has not ended by itself.
    #[must_use]
    pub fn with_attempt_limit(mut self, limit: Duration) -> Self {
        self.attempt_limit = limit;
        self
    }

    /// How many `kid`s that a set was fetched for, and does not have, are remembered as unknown. Each is so until the set may be asked for
    /// again, which is after the cooldown: it may have been published since.
    #[must_use]
    pub fn with_unknown_kids(mut self, most: usize) -> Self {
        self.unknown_kids = most;
        self
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    pub(crate) fn longest_lifetime(&self) -> Duration {
        self.max_ttl
    }

    /// # Errors
    /// [`CacheSettingsError`], the first rule that is broken.
    pub(crate) fn check(&self) -> Result<(), CacheSettingsError> {
        let lifetimes = [self.cooldown, self.min_ttl, self.default_ttl, self.max_ttl];
        if self.cooldown < Duration::from_secs(1) || !lifetimes.is_sorted() || self.max_ttl > LONGEST_LIFETIME {
            return Err(CacheSettingsError::Lifetime);
        }
        if self.max_ttl.saturating_add(self.max_stale) > LONGEST_USE {
            return Err(CacheSettingsError::Stale);
        }
        if self.max_backoff < self.cooldown || self.max_backoff > LONGEST_USE {
            return Err(CacheSettingsError::Backoff);
        }
        if self.attempt_limit.is_zero() || self.attempt_limit.saturating_add(self.cooldown) > self.min_ttl {
            return Err(CacheSettingsError::AttemptLimit);
        }
        if self.unknown_kids == 0 {
            return Err(CacheSettingsError::UnknownKids);
        }
        Ok(())
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// Why settings contradict each other, or the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CacheSettingsError {
    /// The cooldown and the three lifetimes are not in order, or outside their limits.
    #[error("1 s <= cooldown <= least <= default <= longest lifetime <= 600 s does not hold")]
    Lifetime,
    /// The longest lifetime and the time beyond it are too much together.
    #[error("the longest lifetime and the time beyond it are more than 1200 s together")]
    Stale,
    /// The longest pause is shorter than the shortest, or longer than any key is used.
    #[error("cooldown <= longest pause <= 1200 s does not hold")]
    Backoff,
    /// An attempt and the cooldown after it may take longer than a set lives.
    #[error("0 < limit of an attempt <= least lifetime - cooldown does not hold")]
    AttemptLimit,
    /// No unknown `kid` would be remembered.
    #[error("at least one unknown kid must be remembered")]
    UnknownKids,
}

impl CacheSettingsError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lifetime => "cache-settings.lifetime",
            Self::Stale => "cache-settings.stale",
            Self::Backoff => "cache-settings.backoff",
            Self::AttemptLimit => "cache-settings.attempt-limit",
            Self::UnknownKids => "cache-settings.unknown-kids",
        }
    }
}

/// Whoever keeps a set for longer refuses the tokens of a sender who has waited as he should.
const LONGEST_LIFETIME: Duration = WAIT_BEFORE_SIGNING;
/// The security profile's limit for a key set, whatever happens to its server (FACTS section 3).
pub(super) const LONGEST_USE: Duration = Duration::from_secs(1200);

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let new = CacheSettings::new;
        let lifetime = |min, default, max| new().with_lifetime(seconds(min), seconds(default), seconds(max));
        for (settings, expected) in [
            (new(), Ok(())),
            (lifetime(20, 20, 20), Ok(())),
            (lifetime(9, 10, 10), Err(CacheSettingsError::Lifetime)),
            (lifetime(61, 60, 600), Err(CacheSettingsError::Lifetime)),
            (lifetime(60, 601, 600), Err(CacheSettingsError::Lifetime)),
            (lifetime(60, 300, 601), Err(CacheSettingsError::Lifetime)),
            (new().with_cooldown(seconds(50)), Ok(())),
            (new().with_cooldown(seconds(51)), Err(CacheSettingsError::AttemptLimit)),
            (new().with_cooldown(seconds(61)), Err(CacheSettingsError::Lifetime)),
            (new().with_cooldown(Duration::from_millis(999)), Err(CacheSettingsError::Lifetime)),
            (new().with_max_stale(Duration::ZERO), Ok(())),
            (new().with_max_stale(seconds(601)), Err(CacheSettingsError::Stale)),
            (lifetime(60, 300, 300).with_max_stale(seconds(900)), Ok(())),
            (new().with_max_stale(Duration::MAX), Err(CacheSettingsError::Stale)),
            (new().with_max_backoff(seconds(10)), Ok(())),
            (new().with_max_backoff(seconds(9)), Err(CacheSettingsError::Backoff)),
            (new().with_max_backoff(seconds(1201)), Err(CacheSettingsError::Backoff)),
            (new().with_attempt_limit(seconds(50)), Ok(())),
            (new().with_attempt_limit(seconds(51)), Err(CacheSettingsError::AttemptLimit)),
            (new().with_attempt_limit(Duration::ZERO), Err(CacheSettingsError::AttemptLimit)),
            (new().with_unknown_kids(1), Ok(())),
            (new().with_unknown_kids(0), Err(CacheSettingsError::UnknownKids)),
        ] {
            assert_eq!(settings.check(), expected, "{settings:?}");
        }
    }
}
