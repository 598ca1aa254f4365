//! A keystore that is out.

use http::StatusCode;
use hub_jwks::Standing;
use hub_testkit::{Fault, LeafSpec, SubjectSpec, Validity};
use rustls_pki_types::UnixTime;

use crate::stage::{Stage, cause, code, seconds};

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
    stage.pass(60);
    for attempts in 3..6 {
        assert_eq!(code(stage.sig1_at_once()), "found");
        stage.keystore.requested(stage.path(), attempts).await;
        assert_eq!(code(stage.sig1_at_once()), "found");
        stage.pass(10);
        stage.landed().await;
        stage.pass(120);
    }
    assert_eq!(stage.keys.health().standing, Standing::Stale);
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
