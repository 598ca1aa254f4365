//! When a set is asked for again, and when it is no longer used: arithmetic only.

use std::time::Duration;

use aws_lc_rs::rand;

use super::settings::{CacheSettings, LONGEST_USE};
use crate::fetch::Freshness;

/// A set's life, on the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetime {
    /// It was asked for.
    pub(super) fetched: Duration,
    /// It is fetched again in the background.
    pub(super) refresh: Duration,
    /// It is used only while its server is out.
    pub(super) stale: Duration,
    /// It is not used any more, even then.
    pub(super) end: Duration,
}

impl Lifetime {
    /// Of a set whose fetch began at `fetched`: what the server has said since then can only be younger.
    pub(super) fn new(fetched: Duration, freshness: &Freshness, settings: &CacheSettings) -> Self {
        Self::with(fetched, freshness, settings, random())
    }

    /// Of a set that was asked for at `fetched` and was to be used for `ttl`: what is left of it, and no more than the settings allow. `None` if that is
    /// nothing. It is to be fetched again at once.
    pub(super) fn restored(now: Duration, fetched: Duration, ttl: Duration, settings: &CacheSettings) -> Option<Self> {
        let ttl = ttl.min(settings.max_ttl);
        let restored = Self { refresh: now, ..Self::of(fetched, ttl, Duration::ZERO, settings) };
        (now < restored.end).then_some(restored)
    }

    fn with(fetched: Duration, freshness: &Freshness, settings: &CacheSettings, random: u64) -> Self {
        let said = freshness.max_age().map(|max_age| max_age.saturating_sub(freshness.age().unwrap_or_default()));
        let ttl = said.unwrap_or(settings.default_ttl).clamp(settings.min_ttl, settings.max_ttl);
        // Between seven and nine tenths: those who fetched at one moment do not all come back at one moment.
        let ahead = ttl * 7 / 10 + share(ttl / 5, random);
        Self::of(fetched, ttl, ahead, settings)
    }

    fn of(fetched: Duration, ttl: Duration, ahead: Duration, settings: &CacheSettings) -> Self {
        Self {
            fetched,
            refresh: fetched.saturating_add(ahead),
            stale: fetched.saturating_add(ttl),
            end: fetched.saturating_add(ttl.saturating_add(settings.max_stale).min(LONGEST_USE)),
        }
    }

    /// From the fetch to the end of its lifetime.
    pub(super) fn fresh_for(&self) -> Duration {
        self.stale.saturating_sub(self.fetched)
    }
}

/// The pause after an attempt, of which the last `failures` in a row failed (THREATS section 3, "refresh"): the cooldown at least;
/// after failures, at random up to a bound that doubles; and no less than what the server asked for, within reason.
pub(super) fn pause(failures: u32, retry_after: Option<Duration>, settings: &CacheSettings) -> Duration {
    pause_with(failures, retry_after, settings, random())
}

fn pause_with(failures: u32, retry_after: Option<Duration>, settings: &CacheSettings, random: u64) -> Duration {
    let bound = settings.cooldown.saturating_mul(2_u32.saturating_pow(failures)).min(settings.max_backoff);
    let backoff = if failures == 0 { Duration::ZERO } else { share(bound, random) };
    let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    backoff.max(settings.cooldown).max(asked)
}

/// This part of a duration: all of it, or nearly, for `u64::MAX`.
fn share(whole: Duration, part: u64) -> Duration {
    let nanoseconds = (whole.as_nanos() * u128::from(part)) >> u64::BITS;
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// Without randomness everything is as late as it may be.
fn random() -> u64 {
    let mut octets = [0; 8];
    match rand::fill(&mut octets) {
        Ok(()) => u64::from_ne_bytes(octets),
        Err(_) => u64::MAX,
    }
}

/// A server that asks for more would be asked again too late for what is held.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_lifetime_is_what_the_server_says_within_limits() {
        let said = |max_age, age| Freshness::new().with_max_age(seconds(max_age)).with_age(seconds(age));
        for (freshness, ttl) in [
            (Freshness::new(), 300),
            (said(300, 0), 300),
            (said(300, 17), 283),
            (said(300, 299), 60),
            (said(300, 10_000), 60),
            (said(0, 0), 60),
            (said(86_400, 0), 600),
            (Freshness::new().with_age(seconds(200)), 300),
        ] {
            let [first, last] =
                [0, u64::MAX].map(|random| Lifetime::with(seconds(1000), &freshness, &CacheSettings::new(), random));
            for lifetime in [first, last] {
                assert_eq!(lifetime.stale, seconds(1000 + ttl), "{freshness:?}");
                assert_eq!(lifetime.end, seconds(1000 + ttl + 600), "{freshness:?}");
            }
            assert_eq!(first.refresh, seconds(1000) + seconds(ttl) * 7 / 10);
            assert!(last.refresh > first.refresh && last.refresh <= seconds(1000) + seconds(ttl) * 9 / 10);
        }
    }

    #[test]
    fn a_pause_is_the_cooldown_at_least_and_grows_with_failures() {
        let settings = CacheSettings::new();
        let bounds = |failures, asked: Option<u64>| {
            [0, u64::MAX].map(|random| {
                let pause = pause_with(failures, asked.map(seconds), &settings, random);
                // The last one falls short of its bound by a nanosecond.
                (pause + Duration::from_nanos(1)).as_secs()
            })
        };
        for (failures, asked, expected) in [
            (0, None, [10, 10]),
            (1, None, [10, 20]),
            (2, None, [10, 40]),
            (3, None, [10, 80]),
            (4, None, [10, 120]),
            (u32::MAX, None, [10, 120]),
            (1, Some(5), [10, 20]),
            (1, Some(15), [15, 20]),
            (1, Some(300), [300, 300]),
            (1, Some(1 << 31), [600, 600]),
        ] {
            assert_eq!(bounds(failures, asked), expected, "{failures} {asked:?}");
        }
    }
}
