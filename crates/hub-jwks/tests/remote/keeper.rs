//! Sets that are kept fresh.

use hub_testkit::Fault;

use crate::log::Log;
use crate::stage::{Stage, at_once, code, let_all_run, seconds};

#[tokio::test]
async fn a_set_in_use_is_fetched_before_its_lifetime_ends_without_anybody_waiting() {
    let (log, _guard) = Log::of_this_thread();
    let stage = Stage::warm().await;
    for hour in 0..12 {
        // Nine tenths of a lifetime, with one lookup in it.
        assert_eq!(code(stage.sig1_at_once()), "found");
        stage.pass(270);
        stage.keystore.requested(stage.path(), 2 + hour).await;
        log.told("key-set.not-modified", 1 + hour).await;
        stage.clock.sleepers(1).await;
    }
    assert_eq!(stage.fetches(), 13);
}

#[tokio::test]
async fn not_before_seven_tenths_of_its_lifetime_have_passed() {
    let stage = Stage::warm().await;
    stage.pass(209);
    assert_eq!(code(stage.sig1_at_once()), "found");
    let_all_run().await;
    assert_eq!(stage.keys.health().next_attempt_in, seconds(0));
    assert_eq!(stage.clock.sleeping(), 1, "only the one who keeps it fresh");
    stage.pass(61);
    stage.keystore.requested(stage.path(), 2).await;
}

#[tokio::test]
async fn a_set_that_is_not_used_is_left_alone() {
    let (log, _guard) = Log::of_this_thread();
    let stage = Stage::warm().await;
    stage.pass(270);
    log.told("key-set.not-modified", 1).await;
    stage.clock.sleepers(1).await;
    // Nobody has asked since.
    stage.pass(270);
    let_all_run().await;
    assert_eq!((log.count("key-set.refresh-started"), stage.clock.sleeping()), (2, 0));
    stage.pass(86_400);
    let_all_run().await;
    assert_eq!(log.count("key-set.refresh-started"), 2);

    // Whoever comes then waits for a fetch, and from there on it is kept fresh again.
    assert_eq!(code(stage.sig1().await), "found");
    stage.clock.sleepers(1).await;
    stage.pass(270);
    log.told("key-set.not-modified", 3).await;
    assert_eq!(stage.fetches(), 4);
}

#[tokio::test]
async fn a_dropped_set_is_fetched_no_more() {
    let (log, _guard) = Log::of_this_thread();
    let Stage { keys, clock, keystore, url, .. } = Stage::warm().await;
    assert!(at_once(keys.key_set()).is_ok());
    let other = keys.clone();
    drop(keys);
    clock.advance(seconds(270));
    keystore.requested(url.path(), 2).await;
    log.told("key-set.not-modified", 1).await;
    clock.sleepers(1).await;
    assert!(at_once(other.key_set()).is_ok());
    drop(other);
    clock.advance(seconds(270));
    let_all_run().await;
    assert_eq!((log.count("key-set.refresh-started"), clock.sleeping()), (2, 0));
}

#[tokio::test]
async fn after_a_failure_the_next_attempt_is_made_without_a_lookup() {
    let (log, _guard) = Log::of_this_thread();
    let stage = Stage::warm().await;
    stage.keystore.fail_all(Fault::Disconnect);
    stage.pass(270);
    log.told("key-set.refresh-failed", 1).await;
    stage.clock.sleepers(1).await;
    assert_eq!(code(stage.sig1_at_once()), "found");
    stage.keystore.heal_all();
    stage.pass(20);
    log.told("key-set.not-modified", 1).await;
    stage.landed().await;
    stage.pass(299);
    assert_eq!(code(stage.sig1_at_once()), "found");
}

#[tokio::test]
async fn what_is_held_past_its_lifetime_is_not_shown_and_nothing_is_fetched_for_a_glance() {
    let (log, _guard) = Log::of_this_thread();
    let stage = Stage::warm().await;
    stage.pass(209);
    assert!(stage.keys.held().is_some());
    stage.pass(91);
    assert!(stage.keys.held().is_none());
    assert_eq!(log.count("key-set.refresh-started"), 1);
    assert!(stage.keys.key_set().await.is_ok());
    assert!(stage.keys.held().is_some());
}
