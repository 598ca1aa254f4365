//! The time on which ages are judged.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Clock;

/// A time that never goes back and is never slower than the wall clock.
///
/// It goes with the monotonic clock, so that a wall clock that is set back makes nothing younger. A monotonic clock may stand still while a
/// machine is suspended: once a second it is compared with the wall clock, and what that is ahead is added.
#[derive(Debug)]
pub(crate) struct Timeline {
    clock: Arc<dyn Clock>,
    /// Nanoseconds that were added so far.
    added: AtomicU64,
    /// The second at which the clocks were compared last.
    compared: AtomicU64,
    last: Mutex<Comparison>,
}

/// What both clocks said, in seconds.
#[derive(Debug)]
struct Comparison {
    monotonic: u64,
    wall: u64,
}

impl Timeline {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let comparison = Comparison::of(&*clock, clock.monotonic());
        let compared = AtomicU64::new(comparison.monotonic);
        Self { clock, added: AtomicU64::new(0), compared, last: Mutex::new(comparison) }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Duration {
        let monotonic = self.clock.monotonic();
        if self.compared.load(Ordering::Relaxed) != monotonic.as_secs() {
            self.compare(monotonic);
        }
        monotonic.saturating_add(Duration::from_nanos(self.added.load(Ordering::Relaxed)))
    }

    /// Whoever finds the lock taken leaves it to the one who holds it.
    fn compare(&self, monotonic: Duration) {
        let Ok(mut last) = self.last.try_lock() else {
            return;
        };
        let here = Comparison::of(&*self.clock, monotonic);
        let ahead = here.wall.saturating_sub(last.wall).saturating_sub(here.monotonic.saturating_sub(last.monotonic));
        // Both are whole seconds: one of difference says nothing.
        if ahead > 1 {
            self.added
                .fetch_add(Duration::from_secs(ahead).as_nanos().try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        self.compared.store(here.monotonic, Ordering::Relaxed);
        *last = here;
    }
}

impl Comparison {
    fn of(clock: &dyn Clock, monotonic: Duration) -> Self {
        Self { monotonic: monotonic.as_secs(), wall: clock.now().as_secs() }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, ready};
    use std::pin::Pin;

    use rustls_pki_types::UnixTime;

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
            (32, 1_000_031, 3632 + 96_411),
        ] {
            clock.monotonic.store(monotonic, Ordering::Relaxed);
            clock.wall.store(wall, Ordering::Relaxed);
            assert_eq!(timeline.now(), Duration::from_secs(expected), "{monotonic} {wall}");
            assert_eq!(timeline.now(), Duration::from_secs(expected), "the same a second time");
        }
    }
}
