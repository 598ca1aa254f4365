//! Where a cache's time comes from.

mod system;

use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use rustls_pki_types::UnixTime;
use tokio::runtime::Handle;

use self::system::{System, TICK};

/// Tells the time, and waits: the system's clocks and Tokio's timer ([`SystemClock`]) unless a test sets another.
///
/// Ages are measured on [`Self::monotonic`], so that setting the clock back never prolongs a key's life. [`Self::now`] is what leaves
/// the process: it stands in snapshots on disk, judges certificates, and shows when a machine was suspended.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> UnixTime;

    /// The time since a fixed point of this clock's choice. It never goes back.
    fn monotonic(&self) -> Duration;

    /// Ends when this time has passed on [`Self::monotonic`].
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The system's clocks, and Tokio's timer.
///
/// Whoever waits by it does so on a Tokio runtime with time enabled. Outside of any it wakes nobody, since there is no timer: a lookup that waits
/// there sees the end of an attempt, but not that the attempt has passed its limit.
///
/// On Linux the clocks are read as of the kernel's last tick, which is at most 10 ms ago: reading them costs less than the rest of a lookup then, and
/// else more.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    system: System,
}

impl SystemClock {
    /// The system's clocks.
    #[must_use]
    pub fn new() -> Self {
        Self { system: System::new() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(self.system.wall())
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // By then it has passed on clocks that are behind, too.
        match Handle::try_current() {
            Ok(_) => Box::pin(tokio::time::sleep(duration.saturating_add(TICK))),
            Err(_) => Box::pin(pending()),
        }
    }
}
