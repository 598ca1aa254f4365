//! Keys that are revoked by this side.

use std::sync::Arc;

use hub_jwks::{CacheSettings, JwkError, LookupError, RemoteKeySet, SelectCause, Standing};
use hub_roles::{Enc1, Sig1};
use serde_json::{Value, json};
use tracing::Level;

use crate::log::Log;
use crate::stage::{Stage, at_once, code, let_all_run};

/// Whether a lookup is refused because the key is revoked, and for nothing else.
fn is_revoked<T>(lookup: Result<T, LookupError>) -> bool {
    match lookup {
        Err(LookupError::Select(error)) => *error.cause() == SelectCause::Rejected(JwkError::Revoked),
        _ => false,
    }
}

#[tokio::test]
async fn a_revoked_key_is_not_handed_out_again_whatever_the_keystore_says() {
    let mut stage = Stage::warm().await;
    let revoked = stage.kid();
    let other = stage.rotate();
    stage.keys.revoke(revoked.clone());
    let lookup = || stage.keys.verification_key::<Sig1>(&revoked);
    let refused = at_once(lookup()).unwrap_err();
    assert!(refused.to_string().contains("revoked"), "{refused}");
    // Not by a new set, nor by a confirmation of it.
    stage.pass(10);
    assert!(stage.keys.verification_key::<Sig1>(&other).await.is_ok());
    assert_eq!(code(at_once(lookup())), refused.code());
    stage.pass(300);
    assert!(stage.keys.verification_key::<Sig1>(&other).await.is_ok());
    assert_eq!(stage.keystore.conditional_requests_for(stage.path()), 2);
    assert_eq!(code(at_once(lookup())), refused.code());
}

#[tokio::test]
async fn nothing_is_fetched_for_a_revoked_key_whatever_is_held() {
    let stage = Stage::new().await;
    let other = stage.acme().sig1().kid().clone();
    let revoked = crate::stage::kid("revoked");
    stage.keys.revoke(revoked.clone());
    let lookup = || stage.keys.verification_key::<Sig1>(&revoked);
    assert!(is_revoked(at_once(lookup())), "before anything was fetched");
    assert_eq!(stage.fetches(), 0);
    assert!(stage.keys.verification_key::<Sig1>(&other).await.is_ok());
    stage.pass(10);
    assert!(is_revoked(at_once(lookup())), "where the set does not have it");
    stage.pass(290);
    assert!(is_revoked(at_once(lookup())), "when the set has expired");
    assert_eq!(stage.fetches(), 1);
    assert!(stage.keys.verification_key::<Sig1>(&other).await.is_ok());
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_is_revoked_while_a_lookup_waits_is_not_handed_out_to_it() {
    let mut stage = Stage::new().await;
    let revoked = stage.kid();
    let kids = [revoked.clone(), stage.rotate()];
    let gate = stage.keystore.hold(stage.path());
    let [revoked_one, other] = kids.map(|kid| {
        let keys = stage.keys.clone();
        tokio::spawn(async move { keys.verification_key::<Sig1>(&kid).await })
    });
    stage.keystore.requested(stage.path(), 1).await;
    let_all_run().await;
    stage.keys.revoke(revoked);
    gate.open();
    assert!(is_revoked(revoked_one.await.unwrap()));
    assert_eq!(code(other.await.unwrap()), "found");
}

#[tokio::test]
async fn a_set_of_revoked_keys_alone_is_fetched_and_says_that_they_are_revoked() {
    let stage = Stage::new().await;
    let mut set: Value = serde_json::from_slice(&stage.eco.key_sets()[stage.path()]).unwrap();
    set["keys"].as_array_mut().unwrap().retain(|key| key["kid"] == *stage.kid().as_str());
    stage.keystore.put(stage.path(), set.to_string());
    stage.keys.revoke(stage.kid());
    let held = stage.keys.key_set().await.unwrap();
    assert_eq!((held.keys().len(), held.rejected().len()), (0, 1));
    assert!(is_revoked(stage.sig1_at_once()));
    assert!(at_once(stage.keys.verification_keys::<Sig1>()).unwrap().is_empty());
    let health = stage.keys.health();
    assert_eq!((health.standing, health.keys, health.rejected, health.failures), (Standing::Fresh, 0, 1, 0));
}

#[tokio::test]
async fn the_set_is_shown_without_revoked_keys_and_says_where_they_stand() {
    let (log, _guard) = Log::of_this_thread();
    let stage = Stage::new().await;
    let mut set: Value = serde_json::from_slice(&stage.eco.key_sets()[stage.path()]).unwrap();
    let elliptic = |kid: &str| json!({ "kty": "EC", "kid": kid, "crv": "P-256" });
    let keys = set["keys"].as_array_mut().unwrap();
    let place = 2 + keys.iter().position(|key| key["kid"] == *stage.kid().as_str()).unwrap();
    keys.splice(0..0, ["first", "second"].map(elliptic));
    keys.push(elliptic("last"));
    let last = keys.len() - 1;
    stage.keystore.put(stage.path(), set.to_string());
    assert!(stage.sig1().await.is_ok());
    assert_eq!(at_once(stage.keys.verification_keys::<Sig1>()).unwrap().len(), 1);

    stage.keys.revoke(stage.kid());
    for shown in [stage.keys.held().unwrap(), at_once(stage.keys.key_set()).unwrap()] {
        assert!(shown.keys().iter().all(|key| *key.kid() != stage.kid()) && shown.keys().len() == 1);
        let rejected: Vec<_> = shown.rejected().iter().map(|rejected| rejected.index).collect();
        assert_eq!(rejected, [0, 1, place, last]);
        assert_eq!(shown.rejected()[2].reason, JwkError::Revoked);
    }
    assert!(at_once(stage.keys.verification_keys::<Sig1>()).unwrap().is_empty());
    let health = stage.keys.health();
    assert_eq!((health.keys, health.rejected), (1, 4));

    // It is told whenever the set is fetched, among the others.
    log.take();
    stage.keystore.put(stage.path(), set.to_string() + " ");
    stage.pass(10);
    stage.landed().await;
    let told: Vec<_> = log.take().into_iter().filter(|entry| entry.field("reason").is_some()).collect();
    let places: Vec<_> = told.iter().map(|entry| (entry.level, entry.field("index").unwrap().to_owned())).collect();
    assert_eq!(places, [0, 1, place, last].map(|index| (Level::WARN, index.to_string())));
    assert!(told[2].field("reason").unwrap().contains("revoked"));
}

#[tokio::test]
async fn nothing_is_encrypted_to_a_revoked_key() {
    let mut stage = Stage::new().await;
    let bank = stage.eco.lfi("bank").unwrap().organisation();
    let old = stage.eco.lfi("bank").unwrap().enc1().kid().clone();
    stage.eco.rotate::<Enc1>("bank").unwrap();
    stage.keystore.publish(&stage.eco);
    let new = stage.eco.lfi("bank").unwrap().enc1().kid().clone();
    let settings = CacheSettings::new().with_clock(Arc::new(stage.clock.clone()));
    let url = stage.eco.keystore().organisation_keys(&bank).active();
    let keys = RemoteKeySet::new(url, bank, Arc::new(stage.keystore.fetcher().unwrap()), &settings).unwrap();
    assert_eq!(keys.encryption_key::<Enc1>(None).await.unwrap().kid(), &new);
    keys.revoke(new.clone());
    assert_eq!(at_once(keys.encryption_key::<Enc1>(None)).unwrap().kid(), &old);
    assert!(is_revoked(at_once(keys.encryption_key::<Enc1>(Some(&new)))));
    keys.revoke(old);
    let refused = at_once(keys.encryption_key::<Enc1>(None)).unwrap_err();
    assert!(refused.to_string().contains(new.as_str()), "the one that would be chosen: {refused}");
    assert!(is_revoked::<()>(Err(refused)));
}
