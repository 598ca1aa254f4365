//! The time by which key sets age: nobody in the story waits ten minutes for a key.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hub_jwks::{Clock, SystemClock};
use rustls_pki_types::UnixTime;

/// The system's clocks, ahead by what the story has skipped. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub(super) struct StoryClock {
    system: SystemClock,
    /// In seconds.
    skipped: Arc<AtomicU64>,
}

impl StoryClock {
    /// Goes on as if this time had passed, in whole seconds.
    pub(super) fn skip(&self, time: Duration) {
        self.skipped.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    /// Goes on as if it were this time, unless it is later.
    pub(super) fn skip_to(&self, time: UnixTime) {
        self.skip(Duration::from_secs(time.as_secs().saturating_sub(self.now().as_secs())));
    }

    fn skipped(&self) -> Duration {
        Duration::from_secs(self.skipped.load(Ordering::SeqCst))
    }
}

impl Clock for StoryClock {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.system.now().as_secs()) + self.skipped())
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic() + self.skipped()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.system.sleep(duration)
    }
}
