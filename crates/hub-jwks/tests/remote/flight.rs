//! Attempts, and who waits for them.

use hub_roles::Sig1;
use hub_testkit::Fault;
use tokio::task::JoinSet;

use crate::stage::{Stage, cause, code, kid, let_all_run, seconds};

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
