//! Keys by role and party, from the sets of a whole ecosystem over HTTPS.

use std::sync::Arc;
use std::time::Duration;

use hub_jwks::{CacheSettings, KeySource, Keystore, KeystoreSettings, Standing};
use hub_roles::{Deployment, Enc1, Enc2, HttpsUrl, InstanceId, KeyId, Sig1, Sig2, Sig4};
use hub_testkit::{Ecosystem, ManualClock};

use crate::world::{ECOSYSTEM, now};

fn retail() -> InstanceId {
    "retail".parse().unwrap()
}

fn keystore_of(eco: &Ecosystem, deployment: &Deployment, served: &hub_testkit::Keystore) -> Keystore {
    let transport = Arc::new(served.fetcher().unwrap());
    Keystore::new(deployment, eco.keystore(), transport, &KeystoreSettings::new()).unwrap()
}

#[tokio::test]
async fn each_role_is_looked_up_where_its_party_publishes_it() {
    let served = hub_testkit::Keystore::serve(&ECOSYSTEM).await.unwrap();
    let (acme, bank, hub) = (ECOSYSTEM.tpp("acme").unwrap(), ECOSYSTEM.lfi("bank").unwrap(), ECOSYSTEM.hub());
    let of_hub = keystore_of(&ECOSYSTEM, hub.deployment(), &served);

    let sig1 = of_hub.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.unwrap();
    assert_eq!((sig1.owner(), sig1.kid()), (acme.client_id(), acme.sig1().kid()));
    let enc2 = of_hub.encryption_key::<Enc2>(acme.client_id()).await.unwrap();
    assert_eq!((enc2.owner(), enc2.kid()), (acme.client_id(), acme.enc2().kid()));
    let sig4 = of_hub.key::<Sig4>(&retail(), bank.sig4().unwrap().kid()).await.unwrap();
    assert_eq!((sig4.owner(), sig4.kid()), (&bank.organisation(), bank.sig4().unwrap().kid()));

    let of_bank = keystore_of(&ECOSYSTEM, bank.deployment(), &served);
    let sig3 = of_bank.hub_key(hub.sig3().unwrap().kid()).await.unwrap();
    assert_eq!(sig3.owner(), &hub.organisation());

    let of_tpp = keystore_of(&ECOSYSTEM, acme.deployment(), &served);
    let sig2 =
        of_tpp.key::<Sig2>(&retail(), ECOSYSTEM.holding::<Sig2>("retail").unwrap().credential().kid()).await.unwrap();
    // Ozone holds it, and the LFI registered it.
    assert_eq!(sig2.owner(), &bank.organisation());
    let enc1 = of_tpp.encryption_key::<Enc1>(&retail()).await.unwrap();
    assert_eq!((enc1.owner(), enc1.kid()), (&bank.organisation(), bank.enc1().kid()));
}

#[tokio::test]
async fn a_key_of_another_party_is_not_found_under_its_own_kid() {
    let served = hub_testkit::Keystore::serve(&ECOSYSTEM).await.unwrap();
    let keystore = keystore_of(&ECOSYSTEM, ECOSYSTEM.hub().deployment(), &served);
    let [acme, other] = ["acme", "other-tpp"].map(|tpp| ECOSYSTEM.tpp(tpp).unwrap());
    assert!(keystore.key::<Sig1>(other.client_id(), other.sig1().kid()).await.is_ok());
    let refused = keystore.key::<Sig1>(acme.client_id(), other.sig1().kid()).await.unwrap_err();
    assert_eq!(refused.code(), "keyset.unknown-kid");

    // The same URL for another owner is another set, whose keys carry the other owner.
    let url = keystore.source::<Sig1>(acme.client_id()).unwrap().active().clone();
    let confused = KeySource::<Sig1>::new(other.client_id().clone(), url);
    let key = keystore.key_at(&confused, acme.sig1().kid()).await.unwrap();
    assert_eq!(key.owner(), other.client_id());
    let key = keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.unwrap();
    assert_eq!(key.owner(), acme.client_id());
}

#[tokio::test]
async fn whoever_is_not_in_the_deployment_has_no_keys() {
    let served = hub_testkit::Keystore::serve(&ECOSYSTEM).await.unwrap();
    let keystore = keystore_of(&ECOSYSTEM, ECOSYSTEM.hub().deployment(), &served);
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    assert!(keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.is_ok());
    let refused = keystore.key::<Sig1>(&"stranger".parse().unwrap(), acme.sig1().kid()).await.unwrap_err();
    assert_eq!((refused.code(), refused.is_retryable()), ("deployment.missing-part", false), "{refused}");
    assert_eq!(served.requests(), 1);
}

#[tokio::test]
async fn a_retired_key_opens_what_comes_later_and_nothing_else() {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let old = eco.tpp("acme").unwrap().sig1().kid().clone();
    eco.rotate::<Sig1>("acme").unwrap();
    eco.retire::<Sig1>("acme").unwrap();
    let served = hub_testkit::Keystore::serve(&eco).await.unwrap();
    let keystore = keystore_of(&eco, eco.hub().deployment(), &served);
    let acme = eco.tpp("acme").unwrap();
    let sig1 = acme.sig1();
    let (client, new) = (acme.client_id(), sig1.kid());

    let refused = keystore.key::<Sig1>(client, &old).await.unwrap_err();
    assert_eq!(refused.code(), "keyset.unknown-kid");
    assert_eq!(keystore.key_for_opening_later(client, &old, now()).await.unwrap().kid(), &old);
    assert_eq!(keystore.key_for_opening_later(client, new, now()).await.unwrap().kid(), new);
    let unknown: KeyId = "unknown".parse().unwrap();
    assert!(keystore.key_for_opening_later(client, &unknown, now()).await.unwrap_err().is_retryable());

    keystore.revoke(client, &old);
    let refused = keystore.key_for_opening_later(client, &old, now()).await.unwrap_err();
    assert_eq!((refused.code(), refused.is_retryable()), ("keyset.rejected", false), "{refused}");
    assert!(keystore.key_for_opening_later(client, new, now()).await.is_ok());
}

#[tokio::test]
async fn who_never_retired_a_key_has_no_set_of_them() {
    let served = hub_testkit::Keystore::serve(&ECOSYSTEM).await.unwrap();
    let keystore = keystore_of(&ECOSYSTEM, ECOSYSTEM.hub().deployment(), &served);
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    assert!(keystore.key_for_opening_later(acme.client_id(), acme.sig1().kid(), now()).await.is_ok());
    let refused =
        keystore.key_for_opening_later(acme.client_id(), &"unknown".parse().unwrap(), now()).await.unwrap_err();
    // What the set in use says: nothing of the other, which is not there.
    assert_eq!(refused.code(), "lookup.suppressed", "{refused}");
}

#[tokio::test]
async fn a_set_that_was_not_there_before_hides_no_key_that_is_retired_since() {
    for absent in [None, Some(r#"{"keys":[]}"#)] {
        let mut eco = Ecosystem::sandbox(now()).unwrap();
        let served = hub_testkit::Keystore::serve(&eco).await.unwrap();
        let client = eco.tpp("acme").unwrap().client_id().clone();
        let clock = ManualClock::new(now());
        let cache = CacheSettings::new().with_clock(Arc::new(clock.clone()));
        let settings = KeystoreSettings::new().with_cache(cache);
        let transport = Arc::new(served.fetcher().unwrap());
        let keystore = Keystore::new(eco.hub().deployment(), eco.keystore(), transport, &settings).unwrap();
        let source = keystore.source::<Sig1>(&client).unwrap();
        let is_retired = |url: &HttpsUrl| source.retired().iter().any(|place| place.published_at() == url);
        for place in source.retired() {
            let path = place.published_at().path();
            match absent {
                Some(empty) => served.put(path, empty),
                None => served.remove(path),
            }
        }
        let opening = async |kid: &KeyId| keystore.key_for_opening_later(&client, kid, now()).await;

        // Whoever waited for what the servers say hears that nobody has the key.
        let stray: KeyId = "stray".parse().unwrap();
        let refused = opening(&stray).await.unwrap_err();
        assert_eq!((refused.code(), refused.hub_code()), ("keyset.unknown-kid", Some("JWS.InvalidHeader")));
        // Until the next attempt at the retired sets is farther away than two at the set in use.
        loop {
            assert!(opening(&stray).await.is_err());
            let health = keystore.health();
            let mut retired = health.iter().filter(|set| is_retired(&set.url));
            if retired.all(|set| set.next_attempt_in > Duration::from_secs(25)) {
                break;
            }
            clock.advance(Duration::from_secs(10));
        }

        let old = eco.tpp("acme").unwrap().sig1().kid().clone();
        eco.rotate::<Sig1>("acme").unwrap();
        eco.retire::<Sig1>("acme").unwrap();
        served.publish(&eco);
        clock.advance(Duration::from_secs(10));
        let new = eco.tpp("acme").unwrap().sig1().kid().clone();
        assert!(keystore.key::<Sig1>(&client, &new).await.is_ok());
        clock.advance(Duration::from_secs(10));
        let pending = opening(&old).await.unwrap_err();
        assert_eq!(
            (pending.code(), pending.is_retryable(), pending.hub_code()),
            ("lookup.unavailable", true, None),
            "{pending}"
        );

        clock.advance(pending.retry_after().unwrap());
        assert_eq!(opening(&old).await.unwrap().kid(), &old);
    }
}

#[tokio::test]
async fn a_revoked_key_is_gone_from_sets_that_are_here_and_that_come() {
    let served = hub_testkit::Keystore::serve(&ECOSYSTEM).await.unwrap();
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    let sig1 = acme.sig1();
    let (client, kid) = (acme.client_id(), sig1.kid());
    for fetched_before in [false, true] {
        let keystore = keystore_of(&ECOSYSTEM, ECOSYSTEM.hub().deployment(), &served);
        if fetched_before {
            assert!(keystore.key::<Sig1>(client, kid).await.is_ok());
        }
        // Somebody else's key of that kid.
        keystore.revoke(ECOSYSTEM.tpp("other-tpp").unwrap().client_id(), kid);
        assert!(keystore.key::<Sig1>(client, kid).await.is_ok());
        keystore.revoke(client, kid);
        let refused = keystore.key::<Sig1>(client, kid).await.unwrap_err();
        assert_eq!(refused.code(), "keyset.rejected", "{refused}");
        assert!(keystore.encryption_key::<Enc2>(client).await.is_ok());
    }
}

#[tokio::test]
async fn a_set_that_is_in_use_is_never_evicted() {
    let served = hub_testkit::Keystore::serve(&ECOSYSTEM).await.unwrap();
    let transport = Arc::new(served.fetcher().unwrap());
    let settings = KeystoreSettings::new().with_most_sets(1);
    let deployment = ECOSYSTEM.hub().deployment();
    let keystore = Keystore::new(deployment, ECOSYSTEM.keystore(), transport.clone(), &settings).unwrap();
    let [acme, other] = ["acme", "other-tpp"].map(|tpp| ECOSYSTEM.tpp(tpp).unwrap());
    assert!(keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.is_ok());
    let refused = keystore.key::<Sig1>(other.client_id(), other.sig1().kid()).await.unwrap_err();
    assert_eq!((refused.code(), refused.is_retryable()), ("lookup.no-room", true), "{refused}");
    let health = keystore.health();
    assert_eq!(health.len(), 1);
    assert_eq!((health[0].standing, health[0].owner.as_str()), (Standing::Fresh, acme.client_id().as_str()));

    let none = KeystoreSettings::new().with_most_sets(0);
    let refused = Keystore::new(deployment, ECOSYSTEM.keystore(), transport, &none).unwrap_err();
    assert_eq!(refused.code(), "keystore-settings.no-sets");
}
