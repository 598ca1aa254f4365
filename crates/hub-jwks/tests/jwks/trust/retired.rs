//! Keys that are retired, at the time of the consent they were used for.

use std::time::Duration;

use hub_jwks::{CertificatePolicy, LookupError};
use hub_roles::{KeyId, RevocationDepth, RevocationPolicy, Sig1};
use hub_testkit::{CrlSpec, Ecosystem};
use rustls_pki_types::UnixTime;

use super::{DAY, POLICIES, Scene, later, rule};
use crate::world::{ECOSYSTEM, certificate, now, publication};

/// An ecosystem in which acme has retired a Sig1, and a time at which that has expired.
pub(super) fn retired() -> (Ecosystem, KeyId, UnixTime) {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let old = eco.tpp("acme").unwrap().sig1().kid().clone();
    eco.rotate::<Sig1>("acme").unwrap();
    eco.retire::<Sig1>("acme").unwrap();
    (eco, old, later(500 * DAY))
}

#[tokio::test]
async fn a_retired_key_is_judged_at_the_time_of_the_consent() {
    let (eco, old, _) = retired();
    let scene = Scene::of(&eco).await;
    let new = eco.tpp("acme").unwrap().sig1().kid().clone();
    scene.clock.advance(Duration::from_secs(500 * DAY));
    for policy in POLICIES {
        let keystore = scene.keystore(eco.trust(), policy);
        let opening =
            async |kid, created_at| rule(keystore.key_for_opening_later(scene.client(), kid, created_at).await);
        for _ in 0..2 {
            assert_eq!(opening(&old, now()).await, Ok(()), "{policy:?}");
            assert_eq!(opening(&old, later(500 * DAY)).await, Err("certificate.expired"), "{policy:?}");
        }
        // One in use has to hold now.
        assert_eq!(rule(keystore.key::<Sig1>(scene.client(), &new).await), Err("certificate.expired"));
        // It may have been retired a moment ago.
        let refused = keystore.key_for_opening_later(scene.client(), &new, now()).await.unwrap_err();
        assert_eq!((refused.code(), refused.is_retryable()), ("lookup.suppressed", true), "{refused}");
        keystore.revoke(scene.client(), &old);
        assert_eq!(opening(&old, now()).await, Err("jwk.revoked"));
    }
}

#[tokio::test]
async fn a_key_that_has_expired_is_found_among_the_retired_before_its_set_is_fetched_again() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let sig1 = certificate::<Sig1>("acme");
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    let location = ECOSYSTEM.keystore().application_keys(&acme.organisation(), &acme.software_statement());
    scene.clock.advance(Duration::from_secs(500 * DAY));
    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::Required);
    let opening = async || rule(keystore.key_for_opening_later(scene.client(), sig1.kid(), now()).await);
    assert_eq!(opening().await, Err("certificate.expired"), "it is not among the retired");
    scene.served.put(location.inactive().published_at().path(), publication().certificate(&sig1).to_json());
    scene.clock.advance(Duration::from_secs(20));
    assert_eq!(opening().await, Ok(()));
}

#[tokio::test]
async fn a_retired_key_needs_the_list_of_today_and_not_that_of_the_consent() {
    let serial = Ecosystem::sandbox(now()).unwrap().issued::<Sig1>("acme").unwrap().serial;
    let (eco, old, today) = retired();
    let scene = Scene::of(&eco).await;
    scene.clock.advance(Duration::from_secs(500 * DAY));
    let lasting = |spec: CrlSpec, from: UnixTime| {
        let next = UnixTime::since_unix_epoch(Duration::from_secs(from.as_secs() + 7 * DAY));
        eco.authority().crl(&spec.with_updates(from, next)).unwrap()
    };
    let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    for (name, list, verdicts) in [
        ("of today", lasting(CrlSpec::current(today), today), [Ok(()), Ok(())]),
        (
            "of the consent's day",
            lasting(CrlSpec::current(today), now()),
            [Ok(()), Err("certificate.revocation-list-expired")],
        ),
        ("listed", lasting(CrlSpec::current(today).revoking(serial), now()), [Err("certificate.revoked"); 2]),
    ] {
        for (policy, expected) in [RevocationPolicy::IfPresent, required].into_iter().zip(verdicts) {
            let trust = eco.trust().with_revocation_policy(policy).with_revocation_lists(&[list.der()], today).unwrap();
            let keystore = scene.keystore(&trust, CertificatePolicy::Required);
            for _ in 0..2 {
                let opening = keystore.key_for_opening_later(scene.client(), &old, now()).await;
                // A list that is missing here is no fault of the token's.
                let hub_code = opening.as_ref().err().and_then(LookupError::hub_code);
                assert_eq!(hub_code, (expected == Err("certificate.revoked")).then_some("JWS.InvalidHeader"));
                assert_eq!(rule(opening), expected, "a list {name}, {policy:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_accepted_of_a_retired_key_ends_with_its_list() {
    let (eco, old, today) = retired();
    let scene = Scene::of(&eco).await;
    scene.clock.advance(Duration::from_secs(500 * DAY));
    let list = eco.authority().crl(&CrlSpec::current(today).with_updates(today, later(500 * DAY + 100))).unwrap();
    let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    let trust = eco.trust().with_revocation_policy(required).with_revocation_lists(&[list.der()], today).unwrap();
    let keystore = scene.keystore(&trust, CertificatePolicy::Required);
    for (passed, expected) in [(0, Ok(())), (99, Ok(())), (1, Err("certificate.revocation-list-expired"))] {
        scene.clock.advance(Duration::from_secs(passed));
        let opening = keystore.key_for_opening_later(scene.client(), &old, now()).await;
        assert_eq!(rule(opening), expected, "{passed} s later");
    }
}

#[tokio::test]
async fn a_consent_of_the_future_opens_nothing() {
    let (eco, old, _) = retired();
    let scene = Scene::of(&eco).await;
    let keystore = scene.keystore(eco.trust(), CertificatePolicy::Required);
    assert_eq!(rule(keystore.key_for_opening_later(scene.client(), &old, now()).await), Ok(()));
    let refused = keystore.key_for_opening_later(scene.client(), &old, later(1)).await.unwrap_err();
    assert_eq!((refused.code(), refused.hub_code()), ("certificate.used-in-future", None), "{refused}");
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(rule(keystore.key_for_opening_later(scene.client(), &old, later(1)).await), Ok(()));
}
