//! Unknown `kid`s, many of them.

use http::StatusCode;
use hub_roles::Sig1;
use hub_testkit::Fault;
use tokio::task::JoinSet;

use crate::stage::{Stage, code, kid, let_all_run};

#[tokio::test]
async fn ten_thousand_unknown_kids_a_second_cause_one_fetch_per_cooldown_and_slow_nobody() {
    let mut stage = Stage::warm().await;
    for second in 0..60 {
        let mut strangers = JoinSet::new();
        for number in 0..10_000 {
            let keys = stage.keys.clone();
            strangers.spawn(async move {
                let kid = kid(&format!("stranger-{second}-{number}"));
                keys.verification_key::<Sig1>(&kid).await.map(|_| ()).map_err(|error| error.code())
            });
        }
        // Before they ask, while they do, and while those who wait for a fetch wait.
        assert!(stage.sig1_at_once().is_ok());
        tokio::task::yield_now().await;
        assert!(stage.sig1_at_once().is_ok());
        let_all_run().await;
        assert!(stage.sig1_at_once().is_ok());
        while let Some(refused) = strangers.join_next().await {
            assert!(matches!(refused.unwrap(), Err("keyset.unknown-kid" | "lookup.suppressed")));
        }
        stage.pass(1);
    }
    // One at the start, and one each at 10, 20, 30, 40 and 50 s.
    assert_eq!(stage.fetches(), 6);
    assert!(stage.keys.health().unknown_kids <= 1024);

    // Who rotates in the middle of it is found as ever.
    let new = stage.rotate();
    assert_eq!(stage.sig1().await.unwrap().kid(), &new);
    assert_eq!(stage.fetches(), 7);
}

#[tokio::test]
async fn a_flood_neither_empties_the_set_nor_delays_its_refresh() {
    let stage = Stage::warm().await;
    stage.pass(10);
    let asked = stage.fetches();
    for number in 0..5_000 {
        let stranger = kid(&format!("stranger-{number}"));
        assert!(stage.keys.verification_key::<Sig1>(&stranger).await.is_err());
    }
    assert_eq!(stage.fetches(), asked + 1);
    // What the flood caused was a refresh, from which the lifetime counts.
    stage.pass(299);
    assert!(stage.sig1_at_once().is_ok());
    stage.keystore.requested(stage.path(), asked + 2).await;
    stage.landed().await;
    stage.pass(299);
    assert_eq!(code(stage.sig1_at_once()), "found");
}

#[tokio::test]
async fn a_flood_during_an_outage_neither_hastens_attempts_nor_ends_what_is_held() {
    let stage = Stage::warm().await;
    stage.keystore.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    for second in 1..900 {
        stage.pass(1);
        for number in 0..20 {
            let stranger = kid(&format!("stranger-{second}-{number}"));
            let refused = stage.keys.verification_key::<Sig1>(&stranger).await.unwrap_err();
            // Whether there is such a key, nobody can say: the token is not to blame.
            assert!(refused.is_retryable() && refused.hub_code().is_none(), "{refused}");
        }
        assert_eq!(code(stage.sig1_at_once()), "found", "{second}");
    }
    assert_eq!(stage.keys.health().unknown_kids, 0);
    // The pauses grow: far fewer than one for each cooldown.
    let attempts = stage.fetches() - 1;
    assert!((7..=60).contains(&attempts), "{attempts}");
}
