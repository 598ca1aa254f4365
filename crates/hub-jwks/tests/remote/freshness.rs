//! For how long a set is good.

use http::header::{AGE, CACHE_CONTROL, HeaderValue};
use hub_jwks::Standing;

use crate::stage::{Stage, code, now, seconds};

#[tokio::test]
async fn a_lifetime_is_what_the_keystore_says_less_its_age_within_limits() {
    let control = |value| (CACHE_CONTROL, HeaderValue::from_static(value));
    let aged = |value| (AGE, HeaderValue::from_static(value));
    for (headers, lifetime) in [
        (vec![control("max-age=300")], 300),
        (vec![control("max-age=300"), aged("100")], 200),
        (vec![control("max-age=300"), aged("299")], 60),
        (vec![control("max-age=300"), aged("4294967296")], 60),
        (vec![control("max-age=0")], 60),
        (vec![control("max-age=86400")], 600),
        (vec![control("max-age=99999999999999999999")], 600),
        (vec![control("no-store")], 300),
        (vec![control("max-age=-1")], 300),
    ] {
        let stage = Stage::new().await;
        for (name, value) in headers.clone() {
            stage.keystore.set_header(stage.path(), name, value);
        }
        assert_eq!(code(stage.sig1().await), "found");
        stage.pass(lifetime - 1);
        assert_eq!(stage.keys.health().standing, Standing::Fresh, "{headers:?}");
        assert_eq!(stage.keys.health().usable_for, Some(seconds(601)), "{headers:?}");
        stage.pass(1);
        assert_eq!(stage.keys.health().standing, Standing::Expired, "{headers:?}");
    }
}

#[tokio::test]
async fn a_confirmation_is_as_good_as_a_new_set() {
    let mut stage = Stage::warm().await;
    assert_eq!(stage.keystore.conditional_requests_for(stage.path()), 0);
    stage.pass(299);
    assert_eq!(code(stage.sig1_at_once()), "found");
    stage.keystore.requested(stage.path(), 2).await;
    stage.landed().await;
    assert_eq!(stage.keystore.conditional_requests_for(stage.path()), 1);
    let health = stage.keys.health();
    assert_eq!(health.fetched_at.unwrap().as_secs(), now().as_secs() + 299);
    assert_eq!((health.standing, health.usable_for), (Standing::Fresh, Some(seconds(900))));
    stage.pass(299);
    assert_eq!(code(stage.sig1_at_once()), "found");
    stage.keystore.requested(stage.path(), 3).await;
    stage.landed().await;

    // A changed set is sent, to the same question.
    stage.pass(10);
    let new = stage.rotate();
    assert_eq!(stage.sig1().await.unwrap().kid(), &new);
    assert_eq!((stage.fetches(), stage.keystore.conditional_requests_for(stage.path())), (4, 3));
}
