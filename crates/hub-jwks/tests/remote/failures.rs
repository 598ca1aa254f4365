//! Every way a refresh fails: what is held stays, and only an outage makes it last longer.

use http::{HeaderValue, StatusCode};
use hub_jwks::{LookupError, Standing};
use hub_testkit::{Ecosystem, Fault, Keystore};

use crate::stage::{Stage, now, seconds};

/// Fails the refresh of a set with `fault`. Past its lifetime, it is served if that is an outage.
async fn after(fault: Fault, expected: &str, outage: bool) {
    let stage = Stage::warm().await;
    let name = format!("{fault:?}");
    let slow = matches!(fault, Fault::Silence | Fault::Drip(_));
    stage.keystore.fail(stage.path(), fault);
    stage.pass(280);
    assert!(stage.sig1_at_once().is_ok(), "{name}");
    stage.keystore.requested(stage.path(), 2).await;
    if slow {
        assert_eq!(stage.keys.health().failures, 0, "{name}: in progress");
        stage.pass(10);
    }
    stage.landed().await;
    let health = stage.keys.health();
    assert_eq!((health.standing, health.last_failure), (Standing::Fresh, Some(expected)), "{name}");
    assert!(health.keys > 0 && health.next_attempt_in >= seconds(10), "{name}: {health:?}");
    // Nothing is shortened.
    stage.pass(if slow { 9 } else { 19 });
    assert!(stage.sig1_at_once().is_ok(), "{name}");

    stage.pass(1);
    assert_eq!(stage.keys.health().standing, if outage { Standing::Stale } else { Standing::Expired }, "{name}");
    match outage {
        true => assert!(stage.sig1_at_once().is_ok(), "{name}"),
        false => {
            let refused = stage.sig1().await.unwrap_err();
            let LookupError::Unavailable { cause, .. } = &refused else { panic!("{name}: {refused}") };
            assert_eq!(cause.code(), expected, "{name}");
        }
    }

    stage.keystore.heal(stage.path());
    // What was in progress still fails.
    stage.pass(10);
    stage.landed().await;
    stage.clock.advance(stage.keys.health().next_attempt_in);
    stage.landed().await;
    assert!(stage.sig1().await.is_ok(), "{name}");
    assert_eq!(stage.keys.health().standing, Standing::Fresh, "{name}");
}

#[tokio::test]
async fn no_answer_and_the_servers_own_failures_are_outages() {
    for (fault, expected) in [
        (Fault::Status(StatusCode::INTERNAL_SERVER_ERROR), "fetch.status"),
        (Fault::Status(StatusCode::BAD_GATEWAY), "fetch.status"),
        (Fault::Status(StatusCode::TOO_MANY_REQUESTS), "fetch.status"),
        (Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, seconds(15)), "fetch.status"),
        (Fault::Disconnect, "fetch.http"),
        (Fault::Silence, "fetch.timeout"),
        (Fault::Drip(seconds(1)), "fetch.timeout"),
    ] {
        after(fault, expected, true).await;
    }
}

#[tokio::test]
async fn another_answer_is_no_outage() {
    let bad = r#"{"keys":[{"kty":"EC","kid":"a","crv":"P-256"},{"kty":"oct","kid":"b","k":"AA"}]}"#;
    for (fault, expected) in [
        (Fault::Status(StatusCode::NOT_FOUND), "fetch.status"),
        (Fault::Status(StatusCode::GONE), "fetch.status"),
        (Fault::Status(StatusCode::FORBIDDEN), "fetch.status"),
        (Fault::Status(StatusCode::NO_CONTENT), "fetch.status"),
        (Fault::Document("<html>Bad gateway</html>".into()), "json.syntax"),
        (Fault::Document("".into()), "json.syntax"),
        (Fault::Document(r#"{"keys":[]}"#.into()), "fetch.no-usable-key"),
        (Fault::Document(bad.into()), "fetch.no-usable-key"),
        (Fault::Announced(10_000_000_000), "fetch.too-large"),
        (Fault::Endless, "fetch.too-large"),
    ] {
        after(fault, expected, false).await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_to_the_inside() {
    let inside = Keystore::serve(&Ecosystem::sandbox(now()).unwrap()).await.unwrap();
    let port = inside.address().port();
    for location in
        [format!("https://127.0.0.1:{port}/"), format!("https://localhost:{port}/"), "http://169.254.169.254/".into()]
    {
        after(Fault::Redirect(HeaderValue::from_str(&location).unwrap()), "fetch.redirect", false).await;
    }
    assert_eq!(inside.requests(), 0);
}
