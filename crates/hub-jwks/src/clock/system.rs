//! The system's clocks.

pub(super) use self::clocks::{System, TICK};

/// As of the kernel's last tick.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod clocks {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    /// How far the clocks may be behind: a kernel ticks a hundred times a second at least.
    pub(in crate::clock) const TICK: Duration = Duration::from_millis(10);

    #[derive(Debug, Clone, Copy)]
    pub(in crate::clock) struct System;

    impl System {
        pub(in crate::clock) fn new() -> Self {
            Self
        }

        /// Zero before 1970.
        pub(in crate::clock) fn wall(self) -> Duration {
            read(ClockId::RealtimeCoarse)
        }

        pub(in crate::clock) fn monotonic(self) -> Duration {
            read(ClockId::MonotonicCoarse)
        }
    }

    fn read(clock: ClockId) -> Duration {
        Duration::try_from(clock_gettime(clock)).unwrap_or_default()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod clocks {
    use std::time::{Duration, Instant, SystemTime};

    /// How far the clocks may be behind.
    pub(in crate::clock) const TICK: Duration = Duration::ZERO;

    #[derive(Debug, Clone, Copy)]
    pub(in crate::clock) struct System(Instant);

    impl System {
        pub(in crate::clock) fn new() -> Self {
            Self(Instant::now())
        }

        /// Zero before 1970.
        pub(in crate::clock) fn wall(self) -> Duration {
            SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
        }

        pub(in crate::clock) fn monotonic(self) -> Duration {
            self.0.elapsed()
        }
    }
}
