//! Threads that ask for keys that there are not, beside some that ask for keys that there are.

use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use hub_jwks::{
    CacheSettings, FetchCause, Freshness, KeySetAnswer, KeySetRequest, LookupError, RemoteKeySet, SelectCause,
    Transport,
};
use hub_roles::{ClientId, KeyId, Sig1};
use hub_testkit::ManualClock;
use rustls_pki_types::UnixTime;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::keys::{Served, kid, owner, url};

/// Serves two keys to whoever asks, and counts.
#[derive(Debug)]
struct Server {
    requests: AtomicUsize,
    runtime: Handle,
}

impl Transport for Server {
    fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let served = Served { sound: [0, 1].into(), ..Served::default() };
        let freshness = Freshness::new().with_max_age(Duration::from_secs(600));
        Box::pin(ready(Ok(KeySetAnswer::Document { body: served.to_json(), freshness })))
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.runtime.spawn(work);
    }
}

#[test]
fn threads_that_ask_for_unknown_kids_cause_one_fetch_per_cooldown_and_hold_up_nobody() {
    const THREADS: usize = 16;
    const SECONDS: usize = 60;
    let runtime = runtime();
    let server = Arc::new(Server { requests: AtomicUsize::new(0), runtime: runtime.handle().clone() });
    let clock = ManualClock::new(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)));
    let settings = CacheSettings::new().with_clock(Arc::new(clock.clone()));
    let keys = RemoteKeySet::new(url(), owner(), server.clone(), &settings).unwrap();
    assert!(runtime.block_on(keys.key_set()).is_ok());

    // Time passes between two rounds.
    let round = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (keys, round, runtime) = (&keys, &round, runtime.handle());
            scope.spawn(move || {
                for second in 0..SECONDS {
                    round.wait();
                    ask(keys, runtime, number, second);
                    round.wait();
                }
            });
        }
        for second in 0..SECONDS {
            round.wait();
            round.wait();
            assert_eq!(server.requests.load(Ordering::SeqCst), 1 + second / 10, "after {second} s");
            clock.advance(Duration::from_secs(1));
        }
    });
    assert!(keys.health().unknown_kids <= 1024);
}

/// Asks for keys that there are, which are there at once, and for others.
fn ask(keys: &RemoteKeySet<ClientId>, runtime: &Handle, thread: usize, second: usize) {
    for turn in 0..20 {
        for number in [0, 1] {
            assert_eq!(at_once(keys.verification_key::<Sig1>(&kid(number))).unwrap().kid(), &kid(number));
        }
        let stranger: KeyId = format!("stranger-{thread}-{second}-{turn}").parse().unwrap();
        match runtime.block_on(keys.verification_key::<Sig1>(&stranger)).unwrap_err() {
            LookupError::Suppressed { kid, .. } => assert_eq!(kid, stranger),
            LookupError::Select(error) => assert_eq!(error.cause(), &SelectCause::UnknownKid),
            other => panic!("{other}"),
        }
    }
}

fn at_once<T>(lookup: impl Future<Output = T>) -> T {
    match pin!(lookup).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the lookup waits"),
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}
