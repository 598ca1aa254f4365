//! A time that stands still until a test moves it.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use hub_jwks::Clock;
use rustls_pki_types::UnixTime;
use tokio::sync::watch;

/// A clock in a test's hand: it goes when it is told to, and whoever sleeps by it wakes when it has gone far enough.
///
/// It has two hands, as a machine has: the wall clock, which somebody may set, and the monotonic clock, which stands still while the
/// machine is suspended. Cloning shares the clock. Nothing here waits for real time.
///
/// Before the clock goes on, whoever is to wake must be asleep: [`Self::sleepers`] waits for that.
///
/// ```
/// # use core::time::Duration;
/// # use std::sync::Arc;
/// use hub_jwks::{CacheSettings, RemoteKeySet};
/// use hub_roles::Sig1;
/// use http::StatusCode;
/// use hub_testkit::{Ecosystem, Fault, Keystore, ManualClock};
/// # use rustls_pki_types::UnixTime;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
/// let (eco, clock) = (Ecosystem::sandbox(now)?, ManualClock::new(now));
/// let keystore = Keystore::serve(&eco).await?;
/// let acme = eco.tpp("acme")?;
/// let url = eco.keystore().application_keys(&acme.organisation(), &acme.software_statement()).active();
///
/// let settings = CacheSettings::new().with_clock(Arc::new(clock.clone()));
/// let keys = RemoteKeySet::new(url, acme.client_id().clone(), Arc::new(keystore.fetcher()?), &settings)?;
/// assert!(keys.verification_key::<Sig1>(acme.sig1().kid()).await.is_ok());
///
/// // The keystore goes down. Its keys are used for 900 s: their lifetime of 300 s, and 600 s more.
/// keystore.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
/// clock.advance(Duration::from_secs(899));
/// assert!(keys.verification_key::<Sig1>(acme.sig1().kid()).await.is_ok());
/// clock.advance(Duration::from_secs(1));
/// assert!(keys.verification_key::<Sig1>(acme.sig1().kid()).await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Hands>);

struct Hands {
    time: watch::Sender<Time>,
    asleep: watch::Sender<Asleep>,
}

#[derive(Clone, Copy, Debug)]
struct Time {
    wall: Duration,
    monotonic: Duration,
}

/// When whoever sleeps is to wake.
#[derive(Debug, Default)]
struct Asleep {
    next: u64,
    until: BTreeMap<u64, Duration>,
}

impl ManualClock {
    /// A clock that says `now`.
    #[must_use]
    pub fn new(now: UnixTime) -> Self {
        let time = Time { wall: Duration::from_secs(now.as_secs()), monotonic: Duration::ZERO };
        Self(Arc::new(Hands { time: watch::Sender::new(time), asleep: watch::Sender::default() }))
    }

    /// Lets time pass: both clocks go on, and whoever slept until then wakes.
    pub fn advance(&self, by: Duration) {
        self.turn(|time| {
            time.wall = time.wall.saturating_add(by);
            time.monotonic = time.monotonic.saturating_add(by);
        });
    }

    /// Sets the wall clock, back or forward. The monotonic clock does not notice.
    pub fn set_wall(&self, now: UnixTime) {
        self.turn(|time| time.wall = Duration::from_secs(now.as_secs()));
    }

    /// Suspends the machine: the wall clock goes on, the monotonic clock stands still, and nobody wakes.
    pub fn suspend(&self, length: Duration) {
        self.turn(|time| time.wall = time.wall.saturating_add(length));
    }

    /// Lets the monotonic clock alone go on, as if the wall clock was set back by as much at once.
    pub fn advance_monotonic(&self, by: Duration) {
        self.turn(|time| time.monotonic = time.monotonic.saturating_add(by));
    }

    /// How many sleep beyond this moment.
    #[must_use]
    pub fn sleeping(&self) -> usize {
        self.0.asleep.borrow().beyond(self.monotonic())
    }

    /// Waits until `count` or more sleep beyond this moment.
    pub async fn sleepers(&self, count: usize) {
        let mut asleep = self.0.asleep.subscribe();
        // The sender is this clock's.
        let _ = asleep.wait_for(|asleep| asleep.beyond(self.monotonic()) >= count).await;
    }

    fn turn(&self, turn: impl FnOnce(&mut Time)) {
        self.0.time.send_modify(turn);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(self.0.time.borrow().wall)
    }

    fn monotonic(&self) -> Duration {
        self.0.time.borrow().monotonic
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let until = self.monotonic().saturating_add(duration);
        let sleeper = Sleeper::new(Arc::clone(&self.0), until);
        let mut time = self.0.time.subscribe();
        Box::pin(async move {
            // It keeps the clock, and with it the sender.
            let _ = time.wait_for(|time| time.monotonic >= until).await;
            drop(sleeper);
        })
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Time { wall, monotonic } = *self.0.time.borrow();
        write!(f, "ManualClock({wall:?} since the epoch, {monotonic:?} gone by, {} asleep)", self.sleeping())
    }
}

/// Counts for as long as somebody sleeps, however the sleep ends.
struct Sleeper {
    hands: Arc<Hands>,
    id: u64,
}

impl Sleeper {
    fn new(hands: Arc<Hands>, until: Duration) -> Self {
        let mut id = 0;
        hands.asleep.send_modify(|asleep| {
            id = asleep.next;
            asleep.next += 1;
            asleep.until.insert(id, until);
        });
        Self { hands, id }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.hands.asleep.send_modify(|asleep| {
            asleep.until.remove(&self.id);
        });
    }
}

impl Asleep {
    fn beyond(&self, moment: Duration) -> usize {
        self.until.values().filter(|until| **until > moment).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn whoever_sleeps_wakes_when_the_clock_has_gone_far_enough() {
        let clock = ManualClock::new(UnixTime::since_unix_epoch(seconds(1000)));
        let [short, long] = [10, 20].map(|length| tokio::spawn(clock.sleep(seconds(length))));
        assert_eq!(clock.sleeping(), 2);
        clock.advance(seconds(9));
        clock.suspend(seconds(3600));
        clock.set_wall(UnixTime::since_unix_epoch(seconds(5)));
        assert_eq!((clock.sleeping(), clock.monotonic(), clock.now().as_secs()), (2, seconds(9), 5));
        clock.advance(seconds(1));
        assert_eq!(clock.sleeping(), 1);
        short.await.unwrap();
        assert!(!long.is_finished());
        clock.advance_monotonic(seconds(10));
        long.await.unwrap();
        assert_eq!((clock.sleeping(), clock.monotonic(), clock.now().as_secs()), (0, seconds(20), 6));
    }

    #[tokio::test]
    async fn a_test_can_wait_until_somebody_sleeps() {
        let clock = ManualClock::new(UnixTime::since_unix_epoch(seconds(1000)));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(seconds(10)).await }
        });
        assert_eq!(clock.sleeping(), 0);
        clock.sleepers(1).await;
        // Who gives up sleeps no more.
        sleeper.abort();
        assert!(sleeper.await.unwrap_err().is_cancelled());
        assert_eq!(clock.sleeping(), 0);
    }
}
