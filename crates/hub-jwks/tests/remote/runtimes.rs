//! Runtimes that end, that nobody drives, or that are not there.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, Thread};

use hub_jwks::{CacheSettings, LookupError, RemoteKeySet};
use hub_roles::Sig1;
use hub_testkit::Fault;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::timeout;

use crate::stage::{Lookup, Stage, WATCHDOG, cause, code, kid, let_all_run};

#[tokio::test]
async fn an_attempt_whose_runtime_ends_is_over() {
    let stage = Stage::on_any_runtime().await;
    stage.keystore.fail_all(Fault::Silence);
    let foreign = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (keys, wanted) = (stage.keys.clone(), stage.kid());
    foreign.spawn(async move { keys.verification_key::<Sig1>(&wanted).await });
    stage.keystore.requested(stage.path(), 1).await;
    let waiter = stage.spawn_sig1();
    let_all_run().await;
    foreign.shutdown_background();
    let refused = waiter.await.unwrap().unwrap_err();
    let LookupError::Unavailable { retry_after, .. } = &refused else { panic!("{refused}") };
    assert_eq!(cause::<()>(Err(refused.clone())), "fetch.abandoned");

    stage.keystore.heal_all();
    stage.clock.advance(*retry_after);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!(stage.fetches(), 2);
    // Somebody on this runtime keeps it fresh now.
    stage.clock.sleepers(1).await;
    stage.pass(270);
    stage.keystore.requested(stage.path(), 3).await;
}

#[tokio::test]
async fn an_attempt_that_its_runtime_leaves_alone_holds_up_nobody_beyond_its_limit() {
    let mut stage = Stage::on_any_runtime().await.warmed().await;
    stage.pass(10);
    let gate = stage.keystore.hold(stage.path());
    let parked = current_thread();
    begin(&parked, stage.keys.verification_key::<Sig1>(&kid("nobody-s")));
    let (asked, stop) = oneshot::channel();
    let parked = spawn_blocking(move || parked.block_on(stop).map(|()| parked));
    stage.keystore.requested(stage.path(), 2).await;
    asked.send(()).unwrap();
    let parked = parked.await.unwrap().unwrap();

    let new = stage.rotate();
    let waiter = stage.spawn_sig1();
    stage.pass(9);
    let_all_run().await;
    assert!(!waiter.is_finished());
    stage.pass(1);
    // By itself: nobody looks anything up.
    assert_eq!(cause(ended(waiter).await), "fetch.timeout");
    let refused = stage.sig1_at_once().unwrap_err();
    assert_eq!(refused.code(), "lookup.suppressed");
    gate.open();
    stage.clock.advance(refused.retry_after().unwrap());
    assert_eq!(stage.sig1().await.unwrap().kid(), &new);

    // The set without the new key reaches it now. That changes nothing.
    let health = stage.keys.health();
    drive(parked).await;
    assert_eq!((stage.sig1_at_once().unwrap().kid(), stage.keys.health()), (&new, health));
}

#[tokio::test]
async fn a_refresh_that_its_runtime_leaves_alone_is_made_by_another() {
    let stage = Stage::on_any_runtime().await.warmed().await;
    stage.pass(280);
    let parked = current_thread();
    {
        let _entered = parked.enter();
        assert_eq!(code(stage.sig1_at_once()), "found");
    }
    stage.pass(9);
    assert_eq!((code(stage.sig1_at_once()), stage.keys.health().failures), ("found", 0));
    stage.pass(1);
    assert_eq!(code(stage.sig1_at_once()), "found");
    let health = stage.keys.health();
    assert_eq!((health.failures, health.last_failure), (1, Some("fetch.timeout")));
    stage.clock.advance(health.next_attempt_in);
    assert_eq!(code(stage.sig1_at_once()), "found");
    stage.landed().await;
    assert_eq!((stage.fetches(), stage.keys.health().failures), (2, 0));
    // Nobody waits for the other one any more: it asks nothing.
    drive(parked).await;
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn without_a_runtime_a_lookup_fails_and_nothing_is_lost() {
    let stage = Stage::on_any_runtime().await;
    let (keys, wanted) = (stage.keys.clone(), stage.kid());
    let outside = thread::spawn(move || crate::stage::at_once(keys.verification_key::<Sig1>(&wanted)));
    assert_eq!(cause(outside.join().unwrap()), "fetch.abandoned");
    assert_eq!(stage.fetches(), 0);
    stage.pass(20);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!(code(stage.sig1_at_once()), "found");
}

#[tokio::test]
async fn whoever_keeps_a_set_fresh_gives_up_an_attempt_that_its_runtime_leaves_alone() {
    let stage = Stage::on_any_runtime().await.warmed().await;
    stage.pass(280);
    let parked = current_thread();
    {
        let _entered = parked.enter();
        assert_eq!(code(stage.sig1_at_once()), "found");
    }
    let_all_run().await;
    stage.pass(9);
    let_all_run().await;
    assert_eq!(stage.keys.health().failures, 0);
    stage.pass(1);
    let_all_run().await;
    assert_eq!(stage.keys.health().last_failure, Some("fetch.timeout"));
    // And makes the next one, if the set is in use.
    assert_eq!(code(stage.sig1_at_once()), "found");
    let_all_run().await;
    stage.clock.advance(stage.keys.health().next_attempt_in);
    stage.keystore.requested(stage.path(), 2).await;
    stage.landed().await;
    assert_eq!(stage.keys.health().failures, 0);
    drive(parked).await;
}

#[tokio::test]
async fn who_began_an_attempt_on_a_runtime_that_nobody_drives_waits_until_its_limit() {
    let mut stage = Stage::new().await;
    let parked = current_thread();
    let fetcher = {
        let _entered = parked.enter();
        Arc::new(stage.keystore.fetcher().unwrap())
    };
    let settings = CacheSettings::new().with_clock(Arc::new(stage.clock.clone()));
    let owner = stage.acme().client_id().clone();
    stage.keys = RemoteKeySet::new(stage.url.clone(), owner, fetcher, &settings).unwrap();
    let waiter = stage.spawn_sig1();
    stage.clock.sleepers(1).await;
    stage.pass(10);
    assert_eq!(cause(ended(waiter).await), "fetch.timeout");
    assert_eq!(stage.fetches(), 0);
    // Driven again, it serves whoever asks.
    stage.clock.advance(stage.keys.health().next_attempt_in);
    let waiter = stage.spawn_sig1();
    stage.clock.sleepers(1).await;
    drive_until(parked, waiter).await;
}

#[tokio::test]
async fn a_runtime_that_comes_and_goes_owns_no_attempt() {
    let stage = Stage::new().await;
    let gate = stage.keystore.hold(stage.path());
    let brief = current_thread();
    begin(&brief, stage.keys.verification_key::<Sig1>(&stage.kid()));
    stage.keystore.requested(stage.path(), 1).await;
    brief.shutdown_background();
    let waiter = stage.spawn_sig1();
    let_all_run().await;
    gate.open();
    assert_eq!(code(waiter.await.unwrap()), "found");
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn when_the_runtime_of_the_fetcher_is_gone_lookups_say_so() {
    let mut stage = Stage::new().await;
    let gone = current_thread();
    let fetcher = {
        let _entered = gone.enter();
        Arc::new(stage.keystore.fetcher().unwrap())
    };
    gone.shutdown_background();
    let owner = stage.acme().client_id().clone();
    stage.keys = RemoteKeySet::new(stage.url.clone(), owner, fetcher, &CacheSettings::new()).unwrap();
    assert_eq!(cause(stage.sig1_at_once()), "fetch.abandoned");
    assert_eq!(stage.fetches(), 0);
}

#[test]
fn without_a_runtime_the_end_of_an_attempt_is_seen_on_the_systems_clock_too() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut stage = runtime.block_on(Stage::new());
    let fetcher = {
        let _entered = runtime.enter();
        Arc::new(stage.keystore.fetcher().unwrap())
    };
    let owner = stage.acme().client_id().clone();
    stage.keys = RemoteKeySet::new(stage.url.clone(), owner, fetcher, &CacheSettings::new()).unwrap();
    let (keys, kid) = (stage.keys.clone(), stage.kid());
    assert_eq!(code(blocking(async move { keys.verification_key::<Sig1>(&kid).await })), "found");
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Begins a lookup on `runtime`, and gives it up.
fn begin(runtime: &Runtime, lookup: impl Future<Output = Lookup>) {
    let _entered = runtime.enter();
    assert!(pin!(lookup).poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// What came of a lookup that has to end by itself.
async fn ended(waiter: JoinHandle<Lookup>) -> Lookup {
    timeout(WATCHDOG, waiter).await.expect("the waiter was not told").unwrap()
}

/// Lets `runtime` go on until nothing is left to do.
async fn drive(runtime: Runtime) {
    let all = async {
        while Handle::current().metrics().num_alive_tasks() > 0 {
            yield_now().await;
        }
    };
    spawn_blocking(move || runtime.block_on(all)).await.unwrap();
}

/// Lets `runtime` go on until the waiter, who is on another one, has found the key.
async fn drive_until(runtime: Runtime, waiter: JoinHandle<Lookup>) {
    let (tell, told) = oneshot::channel::<()>();
    let driven = spawn_blocking(move || {
        // Told or dropped: over.
        let _ = runtime.block_on(told);
    });
    assert_eq!(code(ended(waiter).await), "found");
    drop(tell);
    driven.await.unwrap();
}

/// Waits for a future on a thread that no runtime knows of.
fn blocking<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let outside = thread::spawn(move || {
        let (waker, mut future) = (Waker::from(Arc::new(Unpark(thread::current()))), pin!(future));
        loop {
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return outcome;
            }
            thread::park();
        }
    });
    outside.join().unwrap()
}
