//! Clocks that jump.

use http::StatusCode;
use hub_jwks::Standing;
use hub_testkit::Fault;
use rustls_pki_types::UnixTime;

use crate::stage::{Stage, cause, code, now, seconds};

fn standing(stage: &Stage) -> Standing {
    stage.keys.health().standing
}

fn later(passed: u64) -> UnixTime {
    UnixTime::since_unix_epoch(seconds(now().as_secs() + passed))
}

fn earlier(before: u64) -> UnixTime {
    UnixTime::since_unix_epoch(seconds(now().as_secs() - before))
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_makes_nothing_younger() {
    let stage = Stage::warm().await;
    stage.pass(100);
    stage.clock.set_wall(earlier(86_400));
    stage.pass(199);
    assert_eq!(standing(&stage), Standing::Fresh);
    stage.pass(1);
    assert_eq!(standing(&stage), Standing::Expired);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!((stage.fetches(), standing(&stage)), (2, Standing::Fresh));
}

#[tokio::test]
async fn a_wall_clock_that_is_set_forward_costs_a_fetch() {
    let stage = Stage::warm().await;
    stage.clock.set_wall(later(86_400));
    stage.pass(1);
    assert_eq!(standing(&stage), Standing::Expired);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!((stage.fetches(), standing(&stage)), (2, Standing::Fresh));
    // Back again: nothing is older than it was.
    stage.clock.set_wall(later(1));
    stage.pass(1);
    assert_eq!(code(stage.sig1_at_once()), "found");
}

#[tokio::test]
async fn a_suspended_machine_ages_as_the_world_does() {
    let stage = Stage::warm().await;
    stage.pass(100);
    stage.clock.suspend(seconds(100));
    stage.pass(1);
    assert_eq!(code(stage.sig1_at_once()), "found");
    assert_eq!(stage.keys.health().usable_for, Some(seconds(699)));

    // An hour later no key is used unasked, whatever the keystore does.
    stage.keystore.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    stage.clock.suspend(seconds(3600));
    stage.pass(1);
    assert_eq!(standing(&stage), Standing::Expired);
    assert_eq!(cause(stage.sig1().await), "fetch.status");
    stage.keystore.heal_all();
    stage.pass(20);
    assert_eq!(code(stage.sig1().await), "found");
}

#[tokio::test]
async fn a_wall_clock_that_stands_still_keeps_no_key_alive() {
    let stage = Stage::warm().await;
    stage.keystore.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    stage.clock.advance_monotonic(seconds(899));
    assert_eq!(code(stage.sig1().await), "found");
    stage.clock.advance_monotonic(seconds(1));
    assert_eq!(cause(stage.sig1().await), "fetch.status");
}

#[tokio::test]
async fn a_jump_during_an_attempt_counts_from_where_it_began() {
    let stage = Stage::new().await;
    let gate = stage.keystore.hold(stage.path());
    let keys = stage.keys.clone();
    let kid = stage.kid();
    let lookup = tokio::spawn(async move { keys.verification_key::<hub_roles::Sig1>(&kid).await });
    stage.keystore.requested(stage.path(), 1).await;
    stage.pass(5);
    gate.open();
    assert_eq!(code(lookup.await.unwrap()), "found");
    assert_eq!(stage.keys.health().usable_for, Some(seconds(895)));
}
