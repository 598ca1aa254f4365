//! Keys that come and go.

use std::sync::Arc;

use hub_jwks::{CacheSettings, LookupError, RemoteKeySet};
use hub_roles::{Enc1, KeyId, Sig1};

use crate::stage::{Stage, at_once, code, kid, seconds};

#[tokio::test]
async fn the_first_request_after_a_rotation_finds_the_new_key() {
    let mut stage = Stage::warm().await;
    let old = stage.kid();
    stage.pass(10);
    let new = stage.rotate();
    assert_eq!(stage.keys.verification_key::<Sig1>(&new).await.unwrap().kid(), &new);
    assert_eq!(stage.fetches(), 2);
    // Both are published: neither is waited for.
    for kid in [&old, &new] {
        assert_eq!(at_once(stage.keys.verification_key::<Sig1>(kid)).unwrap().kid(), kid);
    }
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn a_key_is_shown_where_it_lies_under_the_rules_for_one_that_is_handed_out() {
    let mut stage = Stage::warm().await;
    let keys = stage.keys.clone();
    let kid_shown = |kid: KeyId| {
        let keys = keys.clone();
        async move { keys.with_verification_key::<Sig1, _>(&kid, |key| (key.kid().clone(), key.owner().clone())).await }
    };
    let (old, client) = (stage.kid(), keys.owner().clone());
    assert_eq!(at_once(kid_shown(old.clone())).unwrap(), (old.clone(), client.clone()));
    let refused = at_once(kid_shown(kid("nobody-s"))).unwrap_err();
    assert_eq!(refused.code(), "lookup.suppressed");
    stage.keys.revoke(old.clone());
    assert_eq!(at_once(kid_shown(old.clone())).unwrap_err().code(), "keyset.rejected");

    stage.pass(10);
    let new = stage.rotate();
    assert_eq!(kid_shown(new.clone()).await.unwrap(), (new.clone(), client));
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn within_the_cooldown_a_new_key_is_an_error_that_says_when_to_come_back() {
    let mut stage = Stage::warm().await;
    stage.pass(3);
    let new = stage.rotate();
    let refused = stage.sig1_at_once().unwrap_err();
    let LookupError::Suppressed { retry_after, kid, .. } = &refused else { panic!("{refused}") };
    assert_eq!((*retry_after, kid), (seconds(7), &new));
    assert!(refused.is_retryable());
    assert_eq!(refused.hub_code(), None, "the token is not to blame");
    assert_eq!(stage.fetches(), 1);

    stage.clock.advance(*retry_after);
    assert_eq!(stage.sig1().await.unwrap().kid(), &new);
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn an_unknown_kid_is_asked_for_once_per_cooldown() {
    let mut stage = Stage::warm().await;
    stage.pass(10);
    let stranger = kid("nobody-s");
    let lookup = || stage.keys.verification_key::<Sig1>(&stranger);
    assert_eq!(code(lookup().await), "keyset.unknown-kid");
    assert_eq!((stage.fetches(), stage.keys.health().unknown_kids), (2, 1));
    stage.pass(9);
    assert_eq!(code(at_once(lookup())), "keyset.unknown-kid");
    assert_eq!((stage.fetches(), stage.keys.health().unknown_kids), (2, 1));
    // It may have been published.
    stage.pass(1);
    assert_eq!(stage.keys.health().unknown_kids, 0);
    assert_eq!(code(lookup().await), "keyset.unknown-kid");
    assert_eq!((stage.fetches(), stage.keys.health().unknown_kids), (3, 1));

    // An attempt, whatever it was for, empties the memory.
    stage.pass(10);
    stage.rotate();
    assert!(stage.sig1().await.is_ok());
    assert_eq!((stage.fetches(), stage.keys.health().unknown_kids), (4, 0));
    stage.pass(10);
    assert_eq!(code(stage.keys.verification_key::<Sig1>(&stranger).await), "keyset.unknown-kid");
    assert_eq!(stage.fetches(), 5);
}

#[tokio::test]
async fn a_kid_that_was_asked_for_before_it_was_published_is_found_after_the_cooldown() {
    let mut stage = Stage::warm().await;
    stage.pass(10);
    // Made, and not published yet.
    stage.eco.rotate::<Sig1>("acme").unwrap();
    assert_eq!(code(stage.sig1().await), "keyset.unknown-kid");
    stage.keystore.publish(&stage.eco);
    stage.pass(9);
    assert_eq!(code(stage.sig1_at_once()), "keyset.unknown-kid");
    stage.pass(1);
    assert_eq!(code(stage.sig1().await), "found");
    assert_eq!(stage.fetches(), 3);
}

#[tokio::test]
async fn the_fetch_that_an_expired_set_needs_is_the_one_for_an_unknown_kid_too() {
    let stage = Stage::warm().await;
    stage.pass(300);
    // Asked for a moment ago, because of this lookup: there is nothing to wait for.
    assert_eq!(code(stage.keys.verification_key::<Sig1>(&kid("nobody-s")).await), "keyset.unknown-kid");
    assert_eq!((stage.fetches(), stage.keys.health().unknown_kids), (2, 1));
    assert!(stage.sig1_at_once().is_ok());
}

#[tokio::test]
async fn a_key_that_is_withdrawn_goes_to_the_inactive_set() {
    let mut stage = Stage::warm().await;
    let old = stage.kid();
    let new = stage.rotate();
    stage.eco.retire::<Sig1>("acme").unwrap();
    stage.keystore.publish(&stage.eco);
    // It is used until the set is fetched again.
    assert!(at_once(stage.keys.verification_key::<Sig1>(&old)).is_ok());
    stage.pass(10);
    assert!(stage.keys.verification_key::<Sig1>(&new).await.is_ok());
    assert_eq!(code(at_once(stage.keys.verification_key::<Sig1>(&old))), "lookup.suppressed");
    stage.pass(10);
    assert_eq!(code(stage.keys.verification_key::<Sig1>(&old).await), "keyset.unknown-kid");

    let inactive = {
        let acme = stage.acme();
        let place = stage.eco.keystore().application_keys(&acme.organisation(), &acme.software_statement());
        let settings = CacheSettings::new().with_clock(Arc::new(stage.clock.clone()));
        let fetcher = Arc::new(stage.keystore.fetcher().unwrap());
        RemoteKeySet::new(place.inactive().published_at().clone(), acme.client_id().clone(), fetcher, &settings)
            .unwrap()
    };
    assert_eq!(inactive.verification_key::<Sig1>(&old).await.unwrap().kid(), &old);
    stage.pass(10);
    assert_eq!(code(inactive.verification_key::<Sig1>(&new).await), "keyset.unknown-kid");
}

#[tokio::test]
async fn of_two_encryption_keys_in_overlap_the_registered_or_the_newer_one_is_chosen() {
    let mut stage = Stage::new().await;
    let bank = stage.eco.lfi("bank").unwrap().organisation();
    let old = stage.eco.lfi("bank").unwrap().enc1().kid().clone();
    let settings = CacheSettings::new().with_clock(Arc::new(stage.clock.clone()));
    let url = stage.eco.keystore().organisation_keys(&bank).active();
    let keys = RemoteKeySet::new(url, bank, Arc::new(stage.keystore.fetcher().unwrap()), &settings).unwrap();
    assert_eq!(keys.encryption_key::<Enc1>(None).await.unwrap().kid(), &old);

    stage.eco.rotate::<Enc1>("bank").unwrap();
    stage.keystore.publish(&stage.eco);
    let new = stage.eco.lfi("bank").unwrap().enc1().kid().clone();
    // Nothing says yet that there is a newer one; whoever asks for it by its name finds it.
    stage.pass(10);
    assert_eq!(at_once(keys.encryption_key::<Enc1>(None)).unwrap().kid(), &old);
    assert_eq!(keys.encryption_key::<Enc1>(Some(&new)).await.unwrap().kid(), &new);
    assert_eq!(at_once(keys.encryption_key::<Enc1>(None)).unwrap().kid(), &new);
    assert_eq!(at_once(keys.encryption_key::<Enc1>(Some(&old))).unwrap().kid(), &old);
}
