//! When a keystore that refuses is asked again.

use core::time::Duration;

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use hub_testkit::Fault;

use crate::stage::{Stage, seconds};

/// A stage on which the refresh, 280 s after the first fetch, was refused with `fault`; and the pause that follows.
async fn refused(fault: Fault, headers: &[(http::HeaderName, &str)]) -> (Stage, Duration) {
    let stage = Stage::warm().await;
    stage.keystore.fail(stage.path(), fault);
    for (name, value) in headers {
        stage.keystore.set_header(stage.path(), name.clone(), HeaderValue::from_str(value).unwrap());
    }
    stage.pass(280);
    assert!(stage.sig1_at_once().is_ok());
    stage.keystore.requested(stage.path(), 2).await;
    stage.landed().await;
    let pause = stage.keys.health().next_attempt_in;
    (stage, pause)
}

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

#[tokio::test]
async fn retry_after_is_honoured_within_bounds() {
    let in_300_s = "Thu, 28 May 2026 20:36:20 GMT";
    for (fault, headers, expected) in [
        (Fault::RetryAfter(TOO_MANY, seconds(300)), vec![], 300),
        (Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, seconds(300)), vec![], 300),
        // A day would be longer than what is held lasts.
        (Fault::RetryAfter(TOO_MANY, seconds(86_400)), vec![], 600),
        (Fault::Status(TOO_MANY), vec![(RETRY_AFTER, "99999999999999999999")], 600),
        (Fault::Status(TOO_MANY), vec![(RETRY_AFTER, in_300_s)], 300),
    ] {
        let name = format!("{fault:?} {headers:?}");
        let (stage, pause) = refused(fault, &headers).await;
        assert_eq!(pause, seconds(expected), "{name}");
        stage.pass(expected - 1);
        for _ in 0..100 {
            assert!(stage.sig1_at_once().is_ok(), "{name}");
        }
        assert_eq!(stage.fetches(), 2, "{name}");
        stage.pass(1);
        assert!(stage.sig1_at_once().is_ok(), "{name}");
        stage.keystore.requested(stage.path(), 3).await;
    }
}

#[tokio::test]
async fn without_a_word_or_with_nonsense_the_pause_is_our_own() {
    for value in ["0", "-5", "soon", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        let (_, pause) = refused(Fault::Status(TOO_MANY), &[(RETRY_AFTER, value)]).await;
        assert!((seconds(10)..=seconds(20)).contains(&pause), "{value}: {pause:?}");
    }
    // It says when load or maintenance is over, and nothing of a set that is not there.
    for status in [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN] {
        let (_, pause) = refused(Fault::RetryAfter(status, seconds(300)), &[]).await;
        assert!((seconds(10)..=seconds(20)).contains(&pause), "{status}: {pause:?}");
    }
    let (_, pause) = refused(Fault::Status(TOO_MANY), &[]).await;
    assert!((seconds(10)..=seconds(20)).contains(&pause), "{pause:?}");
}

#[tokio::test]
async fn the_pause_grows_with_failures_up_to_its_bound() {
    let stage = Stage::new().await;
    stage.keystore.fail_all(Fault::Disconnect);
    for bound in [20, 40, 80, 120, 120, 120] {
        assert!(stage.sig1().await.is_err());
        let pause = stage.keys.health().next_attempt_in;
        assert!((seconds(10)..=seconds(bound)).contains(&pause), "{pause:?} of {bound}");
        stage.clock.advance(pause);
    }
    assert_eq!((stage.fetches(), stage.keys.health().failures), (6, 6));
    stage.keystore.heal_all();
    assert!(stage.sig1().await.is_ok());
    assert_eq!(stage.keys.health().next_attempt_in, seconds(10));
}
