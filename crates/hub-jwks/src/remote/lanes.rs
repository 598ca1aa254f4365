//! How many attempts are made at one host at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hub_roles::HostName;
use tokio::sync::oneshot;

use crate::clock::Clock;

/// A number of lanes for each host: one that hangs holds up its own sets, and no host is asked too much at once.
///
/// A lane is for an attempt's time, not for its future: it is free when the attempt ends, or at the attempt's limit even if its
/// runtime leaves it alone and so drops nothing. Whoever waits for a lane sees to that himself. One that is given to an attempt whose runtime has left it alone in the
/// queue is lost to the others until that attempt's limit, and no longer.
#[derive(Debug)]
pub(super) struct Lanes {
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<HostName, Arc<Mutex<Host>>>>,
}

/// Who is under way to a host and who waits, each by its number, in the order in which they came.
#[derive(Debug, Default)]
struct Host {
    come: u64,
    under_way: BTreeMap<u64, Duration>,
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    limit: Duration,
    enter: oneshot::Sender<()>,
}

/// A lane, or a place in the queue for one.
#[derive(Debug)]
pub(super) struct Lane {
    clock: Arc<dyn Clock>,
    host: Arc<Mutex<Host>>,
    number: u64,
}

impl Lanes {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, hosts: Mutex::default() }
    }

    /// Waits for a lane to `host`, which is free again when it is dropped, or at `limit` on the monotonic clock. `None` if there was none until then.
    pub(super) async fn enter(&self, host: &HostName, limit: Duration) -> Option<Lane> {
        let (lane, mut entered) = self.queue(host, limit);
        loop {
            match entered.try_recv() {
                Ok(()) => return Some(lane),
                Err(oneshot::error::TryRecvError::Closed) => return None,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let pause = lane.host().until_one_is_over(self.clock.monotonic());
            tokio::select! {
                biased;
                entered = &mut entered => return entered.ok().map(|()| lane),
                () = self.clock.sleep(pause) => lane.host().admit(self.clock.monotonic()),
            }
        }
    }

    fn queue(&self, host: &HostName, limit: Duration) -> (Lane, oneshot::Receiver<()>) {
        let host = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            if !hosts.contains_key(host) {
                // Every lane, and every place in a queue, keeps its host.
                hosts.retain(|_, host| Arc::strong_count(host) > 1);
            }
            Arc::clone(hosts.entry(host.clone()).or_default())
        };
        let (enter, entered) = oneshot::channel();
        let number = locked(&host).queue(Waiting { limit, enter });
        let lane = Lane { clock: Arc::clone(&self.clock), host, number };
        lane.host().admit(self.clock.monotonic());
        (lane, entered)
    }
}

impl Host {
    fn queue(&mut self, waiting: Waiting) -> u64 {
        self.come += 1;
        self.waiting.insert(self.come, waiting);
        self.come
    }

    /// Lets in who waits, as long as there are lanes. Whose time is over has none, and gets none.
    fn admit(&mut self, now: Duration) {
        self.under_way.retain(|_, limit| now < *limit);
        while self.under_way.len() < AT_ONE_HOST
            && let Some((number, Waiting { limit, enter })) = self.waiting.pop_first()
        {
            if now < limit && enter.send(()).is_ok() {
                self.under_way.insert(number, limit);
            }
        }
    }

    fn leave(&mut self, number: u64, now: Duration) {
        self.under_way.remove(&number);
        self.waiting.remove(&number);
        self.admit(now);
    }

    fn until_one_is_over(&self, now: Duration) -> Duration {
        self.under_way.values().min().map_or(Duration::ZERO, |limit| limit.saturating_sub(now))
    }
}

impl Lane {
    fn host(&self) -> MutexGuard<'_, Host> {
        locked(&self.host)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.host().leave(self.number, self.clock.monotonic());
    }
}

fn locked(host: &Mutex<Host>) -> MutexGuard<'_, Host> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many attempts are made at one host at once.
pub(crate) const AT_ONE_HOST: usize = 64;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::{Context, Poll, Waker};

    use rustls_pki_types::UnixTime;

    use super::*;

    /// Seconds, set by the test, which polls who sleeps once before time passes and once after.
    #[derive(Debug, Default)]
    struct Seconds(AtomicU64);

    impl Clock for Seconds {
        fn now(&self) -> UnixTime {
            UnixTime::since_unix_epoch(self.monotonic())
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let mut until_next_poll = !duration.is_zero();
            Box::pin(poll_fn(move |_| match std::mem::take(&mut until_next_poll) {
                true => Poll::Pending,
                false => Poll::Ready(()),
            }))
        }
    }

    type Entering<'l> = Pin<Box<dyn Future<Output = Option<Lane>> + 'l>>;

    fn poll(entering: &mut Entering<'_>) -> Poll<Option<Lane>> {
        entering.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    struct Road {
        clock: Arc<Seconds>,
        lanes: Lanes,
        host: HostName,
    }

    impl Road {
        fn new() -> Self {
            let clock = Arc::new(Seconds::default());
            Self { lanes: Lanes::new(clock.clone()), clock, host: "keystore.example".parse().unwrap() }
        }

        /// Begins to enter, with ten seconds for all.
        fn enter(&self) -> Entering<'_> {
            Box::pin(self.lanes.enter(&self.host, self.clock.monotonic() + Duration::from_secs(10)))
        }

        fn entered(&self) -> Option<Lane> {
            match pin!(self.enter()).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(lane) => lane,
                Poll::Pending => None,
            }
        }

        fn pass(&self, seconds: u64) {
            self.clock.0.fetch_add(seconds, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_lane_is_free_again_when_it_is_left_and_the_first_in_the_queue_has_it() {
        let road = Road::new();
        let mut lanes: Vec<_> = (0..AT_ONE_HOST).map(|_| road.entered().unwrap()).collect();
        let [mut first, mut second] = [road.enter(), road.enter()];
        assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
        // Who gives up waiting leaves the queue.
        let mut gone = road.enter();
        assert!(poll(&mut gone).is_pending());
        drop(gone);
        lanes.pop();
        assert!(poll(&mut second).is_pending());
        let Poll::Ready(Some(first)) = poll(&mut first) else { panic!("the first waits") };
        drop(first);
        assert!(matches!(poll(&mut second), Poll::Ready(Some(_))));
        assert!(road.entered().is_some());
        lanes.clear();
        assert!(road.entered().is_some());
    }

    #[test]
    fn a_host_that_nobody_is_under_way_to_is_forgotten() {
        let road = Road::new();
        let lane = road.entered().unwrap();
        for number in 0..100 {
            let host = format!("{number}.example").parse().unwrap();
            let (lane, _entered) = road.lanes.queue(&host, Duration::from_secs(10));
            drop(lane);
            assert!(road.lanes.hosts.lock().unwrap().len() <= 2, "{number}");
        }
        assert!(road.lanes.hosts.lock().unwrap().contains_key(&road.host), "somebody is");
        drop(lane);
    }

    #[test]
    fn attempts_that_nobody_drives_have_their_lanes_until_their_limit_and_no_longer() {
        let road = Road::new();
        // Under way, and never polled or dropped any more; in the queue likewise.
        let _lanes: Vec<_> = (0..AT_ONE_HOST).map(|_| road.entered().unwrap()).collect();
        let mut parked: Vec<_> = (0..AT_ONE_HOST).map(|_| road.enter()).collect();
        assert!(parked.iter_mut().all(|parked| poll(parked).is_pending()));
        road.pass(9);
        let mut driven = road.enter();
        assert!(poll(&mut driven).is_pending());
        road.pass(1);
        assert!(matches!(poll(&mut driven), Poll::Ready(Some(_))));
        assert!(road.entered().is_some());
        // Whose time was over in the queue has none.
        assert!(matches!(poll(&mut parked[0]), Poll::Ready(None)));
    }
}
