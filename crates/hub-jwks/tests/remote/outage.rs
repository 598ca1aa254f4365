//! A keystore that is out.

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use hub_jwks::Standing;
use hub_testkit::{Fault, LeafSpec, SubjectSpec, Validity};
use rustls_pki_types::UnixTime;

use crate::stage::{Stage, at_once, cause, code, let_all_run, seconds};

#[tokio::test]
async fn an_outage_of_twenty_minutes() {
    let stage = Stage::warm().await;
    stage.keystore.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    for second in 1..=1200 {
        stage.pass(1);
        // Strangers ask all the while.
        stage.landed().await;
        let lookup = stage.sig1().await;
        // Its lifetime of 300 s, and 600 s more.
        match second {
            ..900 => assert_eq!(code(lookup), "found", "{second}"),
            _ => assert_eq!(cause(lookup), "fetch.status", "{second}"),
        }
    }
    let attempts = stage.fetches();
    // With pauses of 10 s at least and 120 s at most.
    assert!((10..=120).contains(&attempts), "{attempts}");
    let health = stage.keys.health();
    assert_eq!((health.standing, health.last_failure), (Standing::Expired, Some("fetch.status")));
    assert!(health.next_attempt_in <= seconds(120));

    stage.keystore.heal_all();
    stage.clock.advance(health.next_attempt_in);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!(code(stage.sig1_at_once()), "found");
    let health = stage.keys.health();
    assert_eq!((health.standing, health.failures, health.last_failure), (Standing::Fresh, 0, None));
    assert_eq!(stage.fetches(), attempts + 1);
}

#[tokio::test]
async fn while_the_keystore_is_out_nobody_waits_for_it() {
    let stage = Stage::warm().await;
    stage.keystore.fail_all(Fault::Silence);
    stage.pass(280);
    assert_eq!(code(stage.sig1_at_once()), "found");
    stage.keystore.requested(stage.path(), 2).await;
    stage.pass(10);
    stage.landed().await;
    // Past its lifetime, with one attempt after the other hanging.
    for second in 291..900 {
        stage.pass(1);
        assert_eq!(code(stage.sig1_at_once()), "found", "{second}");
        let_all_run().await;
    }
    let health = stage.keys.health();
    assert_eq!((health.standing, health.last_failure), (Standing::Stale, Some("fetch.timeout")));
    assert!((5..=60).contains(&health.failures), "{health:?}");
}

#[tokio::test]
async fn the_longest_use_is_twenty_minutes_however_long_the_outage() {
    let stage = Stage::new().await;
    stage.keystore.set_header(stage.path(), CACHE_CONTROL, HeaderValue::from_static("max-age=600"));
    assert_eq!(code(stage.sig1().await), "found");
    stage.keystore.fail_all(Fault::Status(StatusCode::BAD_GATEWAY));
    for second in 1..1300 {
        stage.pass(1);
        stage.landed().await;
        let lookup = stage.sig1().await;
        match second {
            ..1200 => assert_eq!(code(lookup), "found", "{second}"),
            _ => assert_eq!(cause(lookup), "fetch.status", "{second}"),
        }
    }
    stage.keystore.heal_all();
    stage.clock.advance(stage.keys.health().next_attempt_in);
    assert_eq!(code(stage.sig1().await), "found");
}

#[tokio::test]
async fn an_outage_that_nobody_has_seen_for_a_while_is_no_reason_to_serve_a_stale_set() {
    for (idle, waits) in [(19, false), (220, true)] {
        let stage = Stage::warm().await;
        stage.keystore.fail(stage.path(), Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, seconds(15)));
        stage.pass(281);
        assert_eq!(code(stage.sig1_at_once()), "found");
        stage.keystore.requested(stage.path(), 2).await;
        stage.landed().await;
        stage.keystore.heal(stage.path());
        // The keystore is back, and nobody has asked.
        stage.pass(idle);
        let (lookups, standing) = (stage.sig1(), stage.keys.health().standing);
        assert_eq!(standing, if waits { Standing::Expired } else { Standing::Stale }, "{idle}");
        if waits {
            assert_eq!(code(lookups.await), "found");
            assert_eq!((stage.fetches(), stage.keys.health().standing), (3, Standing::Fresh));
        } else {
            assert_eq!(code(at_once(lookups)), "found");
        }
    }
}

#[tokio::test]
async fn what_the_keystore_has_answered_no_outage_takes_back() {
    for (first, served) in [(StatusCode::NOT_FOUND, false), (StatusCode::BAD_GATEWAY, true)] {
        let stage = Stage::warm().await;
        stage.keystore.fail(stage.path(), Fault::Status(first));
        stage.pass(270);
        assert_eq!(code(stage.sig1_at_once()), "found");
        stage.keystore.requested(stage.path(), 2).await;
        stage.landed().await;
        stage.keystore.fail(stage.path(), Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
        for second in 271..420 {
            stage.pass(1);
            stage.landed().await;
            let lookup = stage.sig1().await;
            // Its lifetime is as long as ever.
            let expected = if served || second < 300 { "found" } else { "fetch.status" };
            assert_eq!(cause(lookup), expected, "{first} {second}");
        }
        assert!(stage.fetches() > 3);
        stage.keystore.heal(stage.path());
        stage.clock.advance(stage.keys.health().next_attempt_in);
        stage.landed().await;
        assert_eq!((code(stage.sig1_at_once()), stage.keys.health().standing), ("found", Standing::Fresh));
    }
}

#[tokio::test]
async fn a_keystore_that_was_never_reached_is_asked_once_per_pause() {
    let stage = Stage::new().await;
    stage.keystore.fail_all(Fault::Disconnect);
    let refused = stage.sig1().await.unwrap_err();
    assert!(refused.is_retryable());
    assert_eq!((refused.hub_code(), cause::<()>(Err(refused))), (None, "fetch.http"));
    for _ in 0..1000 {
        assert_eq!(cause(stage.sig1_at_once()), "fetch.http");
    }
    assert_eq!((stage.fetches(), stage.keys.health().standing), (1, Standing::Absent));
    stage.keystore.heal_all();
    stage.pass(20);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn a_keystore_may_renew_its_certificate_and_no_other_server_stands_in_for_it() {
    let stage = Stage::warm().await;
    let host = stage.keystore.host().as_str();
    // rustls goes by the system's clock.
    let validity = Validity::around(UnixTime::now(), seconds(3600), seconds(3600));
    let spec =
        LeafSpec::server_transport(SubjectSpec::new("Keystore", host)).with_dns_name(host).with_validity(validity);
    stage.keystore.present(&stage.keystore.authority().issue(&spec).unwrap()).unwrap();
    stage.pass(300);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!((stage.fetches(), stage.keys.health().failures), (2, 0));

    // The right name, but of an authority that nobody named a root for: as good as no answer.
    stage.keystore.present(&stage.eco.authority().issue(&spec).unwrap()).unwrap();
    stage.pass(300);
    assert_eq!(code(stage.sig1().await), "found");
    let health = stage.keys.health();
    assert_eq!((health.standing, health.last_failure), (Standing::Stale, Some("fetch.tls")));
    assert_eq!(stage.fetches(), 2, "nothing was asked of it");

    stage.keystore.present(&stage.keystore.authority().issue(&spec).unwrap()).unwrap();
    stage.clock.advance(health.next_attempt_in);
    stage.landed().await;
    assert_eq!((code(stage.sig1_at_once()), stage.keys.health().standing), ("found", Standing::Fresh));
}
