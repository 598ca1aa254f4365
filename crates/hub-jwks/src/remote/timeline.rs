//! The time on which ages are judged.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::settings::LONGEST_USE;
use crate::clock::Clock;

/// A time that never goes back and is never slower than the wall clock. It begins late enough for whatever may still be used to have been fetched
/// on it, by another process too.
///
/// It goes with the monotonic clock, so that a wall clock that is set back makes nothing younger. A monotonic clock may stand still while a
/// machine is suspended: at every reading it is compared with the wall clock, and what that has gained is added.
#[derive(Debug)]
pub(crate) struct Timeline {
    clock: Arc<dyn Clock>,
    /// By how many seconds the wall clock is ahead of the monotonic one, as far as that is accounted for.
    lead: AtomicI64,
    /// Seconds that were added so far.
    added: AtomicU64,
    comparing: Mutex<()>,
}

impl Timeline {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let lead = AtomicI64::new(lead(clock.now(), clock.monotonic()));
        Self { clock, lead, added: AtomicU64::new(LONGEST_USE.as_secs()), comparing: Mutex::new(()) }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Duration {
        let monotonic = self.clock.monotonic();
        let gained = lead(self.clock.now(), monotonic).saturating_sub(self.lead.load(Ordering::Acquire));
        if !ROUNDING.contains(&gained) {
            self.compare();
        }
        monotonic.saturating_add(Duration::from_secs(self.added.load(Ordering::Relaxed)))
    }

    /// Adds what the wall clock has gained since the last comparison. What it has lost is not taken off; what it gains after that counts anew, so that at the
    /// worst a set seems older than it is.
    fn compare(&self) {
        let _alone = self.comparing.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, wall, after) = (self.clock.monotonic(), self.clock.now(), self.clock.monotonic());
        if after.saturating_sub(before) >= Duration::from_secs(1) {
            // Held up in between, which looks like a gain: the next reading tells.
            return;
        }
        let lead = lead(wall, after);
        let gained = lead.saturating_sub(self.lead.load(Ordering::Relaxed));
        if !ROUNDING.contains(&gained) {
            self.added.fetch_add(u64::try_from(gained).unwrap_or(0), Ordering::Relaxed);
            self.lead.store(lead, Ordering::Release);
        }
    }
}

fn lead(wall: UnixTime, monotonic: Duration) -> i64 {
    wall.as_secs().cast_signed().saturating_sub(monotonic.as_secs().cast_signed())
}

/// Both clocks are read in whole seconds: one of difference says nothing, until there is a second one.
const ROUNDING: RangeInclusive<i64> = 0..=1;

#[cfg(test)]
mod tests {
    use std::future::{Future, ready};
    use std::pin::Pin;

    use super::*;

    #[derive(Debug, Default)]
    struct Set {
        wall: AtomicU64,
        monotonic: AtomicU64,
    }

    impl Clock for Set {
        fn now(&self) -> UnixTime {
            UnixTime::since_unix_epoch(Duration::from_secs(self.wall.load(Ordering::Relaxed)))
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.monotonic.load(Ordering::Relaxed))
        }

        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(ready(()))
        }
    }

    /// The time after each step, in seconds: of the monotonic clock and of the wall clock.
    #[test]
    fn time_follows_whichever_clock_went_further() {
        let clock = Arc::new(Set::default());
        clock.wall.store(1_000_000, Ordering::Relaxed);
        let timeline = Timeline::new(clock.clone());
        for (monotonic, wall, expected) in [
            (10, 1_000_010, 10),
            // Rounding.
            (11, 1_000_012, 11),
            // Set back: nothing becomes younger.
            (12, 900_000, 12),
            (20, 900_008, 20),
            // Suspended for an hour.
            (21, 903_609, 3621),
            (31, 903_619, 3631),
            // Set forward: nothing becomes older than it may be, at the worst everything is fetched again.
            (32, 1_000_031, 100_043),
            // Suspended for a second, twice.
            (33, 1_000_033, 100_044),
            (34, 1_000_035, 100_047),
            // Suspended for an hour within a second.
            (34, 1_003_635, 103_647),
            (35, 1_003_636, 103_648),
        ] {
            clock.monotonic.store(monotonic, Ordering::Relaxed);
            clock.wall.store(wall, Ordering::Relaxed);
            let expected = LONGEST_USE + Duration::from_secs(expected);
            assert_eq!(timeline.now(), expected, "{monotonic} {wall}");
            assert_eq!(timeline.now(), expected, "the same a second time");
        }
    }
}
