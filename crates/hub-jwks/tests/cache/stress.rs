//! Many threads at one set: snapshots change while thousands look up, wait and give up.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hub_jwks::{
    CacheSettings, FetchCause, Freshness, KeySetAnswer, KeySetRequest, LookupError, RemoteKeySet, Transport,
};
use hub_roles::{ClientId, Sig1, VerificationKey};
use hub_testkit::ManualClock;
use rustls_pki_types::UnixTime;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use crate::keys::{Number, Served, kid, owner, public_key, url};

/// A server that counts, serves another set each time, and is out every third time.
#[derive(Debug)]
struct Server {
    /// One permit, one answer.
    answers: Semaphore,
    begun: AtomicUsize,
    in_flight: AtomicUsize,
}

impl Server {
    fn new(answers: usize) -> Arc<Self> {
        Arc::new(Self { answers: Semaphore::new(answers), begun: AtomicUsize::new(0), in_flight: AtomicUsize::new(0) })
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    async fn answer(&self, number: usize) -> Result<KeySetAnswer, FetchCause> {
        self.answers.acquire().await.unwrap().forget();
        yield_now().await;
        if number % 3 == 2 {
            return Err(FetchCause::Status { status: 503, retry_after: None });
        }
        let served = Served {
            sound: BTreeSet::from([ALWAYS, if number.is_multiple_of(2) { 1 } else { 2 }]),
            ..Served::default()
        };
        Ok(KeySetAnswer::Document { body: served.to_json(), freshness: Freshness::new() })
    }
}

#[derive(Debug, Clone)]
struct ToServer(Arc<Server>);

impl Transport for ToServer {
    fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let flight = Flight::new(Arc::clone(&self.0));
        Box::pin(async move { flight.server.answer(flight.number).await })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        Handle::current().spawn(work);
    }
}

struct Flight {
    server: Arc<Server>,
    number: usize,
}

impl Flight {
    fn new(server: Arc<Server>) -> Self {
        assert_eq!(server.in_flight.fetch_add(1, Ordering::SeqCst), 0, "two fetches at a time");
        Self { number: server.begun.fetch_add(1, Ordering::SeqCst), server }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.server.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn snapshots_change_under_thousands_who_wait_and_give_up() {
    threads().block_on(async {
        let (server, clock) = (Server::new(Semaphore::MAX_PERMITS), clock());
        let keys = cached(&server, &clock);
        let mut waiters = JoinSet::new();
        for waiter in 0..4000_usize {
            let keys = keys.clone();
            waiters.spawn(async move {
                let mut found = 0;
                for turn in 0..8 {
                    let number = u8::try_from((waiter + turn * 7) % 5).unwrap();
                    let kid = kid(number);
                    tokio::select! {
                        biased;
                        key = keys.verification_key::<Sig1>(&kid) => found += usize::from(is_right(number, key)),
                        // Some give up at once, some after a while, some never.
                        () = after_turns(waiter % 9, waiter % 3 != 0) => {}
                    }
                    yield_now().await;
                }
                found
            });
        }
        let (mut found, mut advances) = (0, 0);
        timeout(WATCHDOG, async {
            while !waiters.is_empty() {
                // A fetch that took longer than its limit would be given up, and the next one begin beside it.
                if server.in_flight.load(Ordering::SeqCst) == 0 {
                    // Longer than the cooldown.
                    clock.advance(Duration::from_secs(11));
                    advances += 1;
                }
                for _ in 0..200 {
                    match waiters.try_join_next() {
                        Some(waiter) => found += waiter.unwrap(),
                        None => yield_now().await,
                    }
                }
            }
        })
        .await
        .expect("a waiter was not told");
        assert!(found > 0 && server.begun() > 1, "{found} found, {} fetches", server.begun());
        assert!(server.begun() <= advances + 1, "{} fetches in {advances} cooldowns", server.begun());
    });
}

#[test]
fn whoever_gives_up_leaves_the_fetch_to_the_others() {
    threads().block_on(async {
        let server = Server::new(0);
        let keys = cached(&server, &clock());
        let mut waiters: Vec<_> = (0..5000)
            .map(|_| {
                let keys = keys.clone();
                tokio::spawn(async move { is_right(ALWAYS, keys.verification_key::<Sig1>(&kid(ALWAYS)).await) })
            })
            .collect();
        while server.begun() == 0 {
            yield_now().await;
        }
        // Whoever began it is among those who give up, sooner or later.
        let (staying, leaving): (Vec<_>, Vec<_>) =
            waiters.drain(..).enumerate().partition(|(number, _)| number % 5 == 4);
        for (_, waiter) in &leaving {
            waiter.abort();
        }
        for (_, waiter) in leaving {
            assert!(waiter.await.unwrap_err().is_cancelled());
        }
        server.answers.add_permits(1);
        for (_, waiter) in staying {
            assert!(timeout(WATCHDOG, waiter).await.expect("a waiter was not told").unwrap());
        }
        assert_eq!(server.begun(), 1);
    });
}

#[test]
fn a_runtime_that_ends_takes_no_waiter_of_another_with_it() {
    let (first, second) = (threads(), threads());
    let (server, clock) = (Server::new(0), clock());
    let keys = cached(&server, &clock);
    let begins = keys.clone();
    first.spawn(async move { begins.key_set().await.map(drop) });
    while server.begun() == 0 {
        std::thread::yield_now();
    }
    let waiter = second.spawn({
        let keys = keys.clone();
        async move { keys.key_set().await.map(drop) }
    });
    first.shutdown_background();
    let ended = second.block_on(async { timeout(WATCHDOG, waiter).await.expect("a waiter was not told").unwrap() });
    assert!(
        matches!(&ended, Err(LookupError::Unavailable { cause, .. }) if cause.code() == "fetch.abandoned"),
        "{ended:?}"
    );

    // The next attempt is made by the other runtime.
    server.answers.add_permits(1);
    clock.advance(Duration::from_secs(20));
    second.block_on(async { assert!(keys.key_set().await.is_ok()) });
    assert_eq!(server.begun(), 2);
}

fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap()
}

fn clock() -> ManualClock {
    ManualClock::new(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)))
}

fn cached(server: &Arc<Server>, clock: &ManualClock) -> RemoteKeySet<ClientId> {
    let settings = CacheSettings::new().with_clock(Arc::new(clock.clone()));
    RemoteKeySet::new(url(), owner(), Arc::new(ToServer(Arc::clone(server))), &settings).unwrap()
}

/// Whether the key was found; if so it is the right one.
fn is_right(number: Number, key: Result<VerificationKey<Sig1>, LookupError>) -> bool {
    match key {
        Ok(key) => {
            assert!(number <= 2 && key.kid() == &kid(number) && key.public_key() == &public_key(number));
            true
        }
        Err(error) => {
            assert!(error.is_retryable(), "{error}");
            false
        }
    }
}

async fn after_turns(turns: usize, at_all: bool) {
    for _ in 0..turns {
        yield_now().await;
    }
    if !at_all {
        std::future::pending::<()>().await;
    }
}

/// The key that is in every set.
const ALWAYS: Number = 0;
/// For a test that would hang; nothing is measured with it.
const WATCHDOG: Duration = Duration::from_secs(120);
