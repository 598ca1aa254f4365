//! Attempts, and who waits for them.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Waker};
use std::thread;

use hub_jwks::LookupError;
use hub_roles::Sig1;
use hub_testkit::Fault;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, spawn_blocking, yield_now};

use crate::stage::{Lookup, Stage, cause, code, kid, let_all_run, seconds};

impl Stage {
    /// Looks the Sig1 in use up, in the background.
    fn spawn_sig1(&self) -> JoinHandle<Lookup> {
        let (keys, kid) = (self.keys.clone(), self.kid());
        tokio::spawn(async move { keys.verification_key(&kid).await })
    }
}

#[tokio::test]
async fn a_thousand_waiters_share_one_fetch() {
    let stage = Stage::new().await;
    let gate = stage.keystore.hold(stage.path());
    let mut waiters = JoinSet::new();
    for _ in 0..1000 {
        let (keys, kid) = (stage.keys.clone(), stage.kid());
        waiters.spawn(async move { keys.verification_key::<Sig1>(&kid).await });
    }
    stage.keystore.requested(stage.path(), 1).await;
    let_all_run().await;
    assert_eq!(waiters.try_join_next().map(|_| ()), None);
    gate.open();
    while let Some(found) = waiters.join_next().await {
        assert_eq!(code(found.unwrap()), "found");
    }
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn a_thousand_waiters_share_one_failure() {
    let stage = Stage::new().await;
    stage.keystore.fail_all(Fault::Disconnect);
    let gate = stage.keystore.hold(stage.path());
    let waiters: Vec<_> = (0..1000).map(|_| stage.spawn_sig1()).collect();
    stage.keystore.requested(stage.path(), 1).await;
    gate.open();
    for waiter in waiters {
        assert_eq!(cause(waiter.await.unwrap()), "fetch.http");
    }
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn who_gives_up_cancels_nothing() {
    let stage = Stage::new().await;
    let gate = stage.keystore.hold(stage.path());
    // The one who began it, too.
    let waiters: Vec<_> = (0..10).map(|_| stage.spawn_sig1()).collect();
    stage.keystore.requested(stage.path(), 1).await;
    let stays = stage.spawn_sig1();
    for waiter in waiters {
        waiter.abort();
        assert!(waiter.await.unwrap_err().is_cancelled());
    }
    gate.open();
    assert_eq!(code(stays.await.unwrap()), "found");
    assert_eq!(code(stage.sig1_at_once()), "found");
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn an_attempt_goes_on_when_all_have_given_up() {
    let stage = Stage::new().await;
    let gate = stage.keystore.hold(stage.path());
    let waiter = stage.spawn_sig1();
    stage.keystore.requested(stage.path(), 1).await;
    waiter.abort();
    assert!(waiter.await.unwrap_err().is_cancelled());
    gate.open();
    stage.landed().await;
    assert_eq!(code(stage.sig1_at_once()), "found");
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn an_attempt_that_hangs_ends_at_its_limit() {
    for fault in [Fault::Silence, Fault::Drip(seconds(3600))] {
        let stage = Stage::new().await;
        stage.keystore.fail_all(fault);
        let waiters: Vec<_> = (0..10).map(|_| stage.spawn_sig1()).collect();
        stage.keystore.requested(stage.path(), 1).await;
        stage.pass(9);
        let_all_run().await;
        assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
        stage.pass(1);
        for waiter in waiters {
            assert_eq!(cause(waiter.await.unwrap()), "fetch.timeout");
        }
        stage.keystore.heal_all();
        stage.pass(20);
        assert_eq!(code(stage.sig1().await), "found");
        assert_eq!(stage.fetches(), 2);
    }
}

#[tokio::test]
async fn a_limit_that_was_set_holds() {
    let stage = Stage::with(|settings| settings.with_attempt_limit(seconds(2))).await;
    stage.keystore.fail_all(Fault::Silence);
    let waiter = stage.spawn_sig1();
    stage.keystore.requested(stage.path(), 1).await;
    stage.pass(2);
    let refused = waiter.await.unwrap().unwrap_err();
    assert!(refused.to_string().contains("not within 2s"), "{refused}");
}

#[tokio::test]
async fn an_attempt_whose_runtime_ends_is_over() {
    let stage = Stage::new().await;
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
    let mut stage = Stage::warm().await;
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
    let refused = stage.sig1_at_once().unwrap_err();
    assert_eq!(cause(waiter.await.unwrap()), "fetch.timeout");
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
    let stage = Stage::warm().await;
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

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Begins a lookup on `runtime`, and gives it up.
fn begin(runtime: &Runtime, lookup: impl Future<Output = Lookup>) {
    let _entered = runtime.enter();
    assert!(pin!(lookup).poll(&mut Context::from_waker(Waker::noop())).is_pending());
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

#[tokio::test]
async fn without_a_runtime_a_lookup_fails_and_nothing_is_lost() {
    let stage = Stage::new().await;
    let (keys, wanted) = (stage.keys.clone(), stage.kid());
    let outside = thread::spawn(move || crate::stage::at_once(keys.verification_key::<Sig1>(&wanted)));
    assert_eq!(cause(outside.join().unwrap()), "fetch.abandoned");
    assert_eq!(stage.fetches(), 0);
    stage.pass(20);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!(code(stage.sig1_at_once()), "found");
}

#[tokio::test]
async fn who_joins_an_attempt_that_began_before_a_rotation_is_told_to_come_back() {
    let mut stage = Stage::warm().await;
    stage.pass(10);
    let gate = stage.keystore.hold(stage.path());
    let keys = stage.keys.clone();
    let stranger = tokio::spawn(async move { keys.verification_key::<Sig1>(&kid("nobody-s")).await });
    // Its answer is decided: the set without the new key.
    stage.keystore.requested(stage.path(), 2).await;
    let new = stage.rotate();
    let waiter = stage.spawn_sig1();
    let_all_run().await;
    gate.open();
    assert_eq!(code(stranger.await.unwrap()), "keyset.unknown-kid");
    let refused = waiter.await.unwrap().unwrap_err();
    assert_eq!((refused.code(), refused.is_retryable()), ("lookup.suppressed", true));
    stage.clock.advance(refused.retry_after().unwrap());
    assert_eq!(stage.sig1().await.unwrap().kid(), &new);
}
