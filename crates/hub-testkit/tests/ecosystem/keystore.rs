//! The keystore over real HTTPS, read by the fetcher of hub-jwks.

use hub_jwks::{FetchError, Fetched, KeySet};
use hub_roles::{Enc1, Enc2, HttpsUrl, InstanceId, KeyId, OrganisationId, Sig1, Sig2, Sig3, Sig4};
use hub_testkit::{Ecosystem, Keystore, LfiSpec};

use crate::{now, sandbox};

#[tokio::test]
async fn the_urls_of_the_deployments_lead_to_the_keys_of_their_owners() {
    let eco = sandbox();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let (bank, hub) = (eco.lfi("bank").unwrap(), eco.hub());
    let retail = instance("retail");

    let known_to_tpp = eco.tpp("acme").unwrap().deployment().instance(&retail).unwrap();
    let of_lfi = fetch(&keystore, known_to_tpp.sig2_jwks_url().unwrap(), bank.organisation()).await.unwrap();
    for brand in bank.instances() {
        assert!(of_lfi.verification_key::<Sig2>(hub.sig2(brand).unwrap().kid()).is_ok(), "{brand}");
    }
    let known = known_to_tpp.lfi();
    let of_lfi = fetch(&keystore, known.enc1_jwks_url().unwrap(), bank.organisation()).await.unwrap();
    let enc1 = of_lfi.encryption_key::<Enc1>(Some(known.enc1_kid().unwrap())).unwrap();
    assert_eq!(enc1.public_key(), bank.enc1().public_key());

    let ozone = bank.deployment().ozone().unwrap();
    let of_ozone = fetch(&keystore, ozone.sig3_jwks_url().unwrap(), ozone.organisation()).await.unwrap();
    assert!(of_ozone.verification_key::<Sig3>(hub.sig3().unwrap().kid()).is_ok());
    let of_ozone = fetch(&keystore, ozone.c4_jwks_url().unwrap(), ozone.organisation()).await.unwrap();
    assert_eq!(kids(&of_ozone), [hub.c4().kid().clone()]);

    let sig4 = hub.deployment().instance(&retail).unwrap().lfi().sig4().unwrap().jwks_url().unwrap();
    let of_application = fetch(&keystore, sig4, bank.organisation()).await.unwrap();
    assert!(of_application.verification_key::<Sig4>(bank.sig4().unwrap().kid()).is_ok());
}

#[tokio::test]
async fn a_tpps_keys_stand_below_its_application() {
    let eco = sandbox();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let acme = eco.tpp("acme").unwrap();
    let place = eco.keystore().application_keys(&acme.organisation(), &acme.software_statement());
    let set = fetch(&keystore, &place.active(), acme.client_id().clone()).await.unwrap();
    assert!(set.verification_key::<Sig1>(acme.sig1().kid()).is_ok());
    assert!(set.encryption_key::<Enc2>(Some(acme.enc2().kid())).is_ok());
    assert!(set.verification_key::<Sig1>(acme.enc2().kid()).is_err());
    let transport = eco.keystore().transport_keys(&acme.organisation()).active();
    let set = fetch(&keystore, &transport, acme.client_id().clone()).await.unwrap();
    assert_eq!(kids(&set), [acme.c1().kid().clone()]);
}

#[tokio::test]
async fn a_rotated_key_is_published_beside_the_old_one_and_then_the_old_one_is_inactive() {
    let mut eco = sandbox();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let place = {
        let acme = eco.tpp("acme").unwrap();
        eco.keystore().application_keys(&acme.organisation(), &acme.software_statement())
    };
    let client = eco.tpp("acme").unwrap().client_id().clone();
    let below_application = eco.keystore().inactive_keys_of(&eco.tpp("acme").unwrap().software_statement());
    let [old, enc2] = [eco.tpp("acme").unwrap().sig1().kid().clone(), eco.tpp("acme").unwrap().enc2().kid().clone()];
    eco.rotate::<Sig1>("acme").unwrap();
    let new = eco.tpp("acme").unwrap().sig1().kid().clone();

    let active = fetch(&keystore, &place.active(), client.clone()).await.unwrap();
    assert_eq!(kids(&active), [old.clone(), enc2.clone()], "not published yet");

    keystore.publish(&eco);
    let active = fetch(&keystore, &place.active(), client.clone()).await.unwrap();
    assert_eq!(kids(&active), [new.clone(), old.clone(), enc2.clone()]);
    let inactive = fetch(&keystore, place.inactive().published_at(), client.clone()).await.unwrap();
    assert_eq!(kids(&inactive), []);

    eco.retire::<Sig1>("acme").unwrap();
    keystore.publish(&eco);
    let active = fetch(&keystore, &place.active(), client.clone()).await.unwrap();
    assert_eq!(kids(&active), [new, enc2]);
    for url in [place.inactive(), below_application] {
        let inactive = fetch(&keystore, url.published_at(), client.clone()).await.unwrap();
        assert_eq!(kids(&inactive), core::slice::from_ref(&old), "{url}");
        assert!(inactive.verification_key::<Sig1>(&old).is_ok());
    }
}

#[tokio::test]
async fn without_a_registered_kid_the_newest_of_two_overlapping_enc1_is_chosen() {
    let mut eco = sandbox();
    eco.rotate::<Enc1>("bank").unwrap();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let bank = eco.lfi("bank").unwrap();
    let url = eco.keystore().organisation_keys(&bank.organisation()).active();
    let set = fetch(&keystore, &url, bank.organisation()).await.unwrap();
    assert_eq!(set.encryption_key::<Enc1>(None).unwrap().kid(), bank.enc1().kid());
}

#[tokio::test]
async fn a_bare_enc1_is_published_under_its_kid() {
    let bank = LfiSpec::new("bank").brand("retail").bare_enc1();
    let eco = Ecosystem::builder(now()).tpp("acme").lfi(bank).build().unwrap();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let bank = eco.lfi("bank").unwrap();
    let url = eco.keystore().organisation_keys(&bank.organisation()).active();
    let set = fetch(&keystore, &url, bank.organisation()).await.unwrap();
    let enc1 = set.encryption_key::<Enc1>(Some(bank.bare_enc1().unwrap().kid())).unwrap();
    assert_eq!(enc1.public_key(), bank.enc1().public_key());
}

#[tokio::test]
async fn sets_come_with_an_age_and_a_tag_and_every_request_counts() {
    let eco = sandbox();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let bank = eco.lfi("bank").unwrap();
    let url = eco.keystore().organisation_keys(&bank.organisation()).active();
    let fetched = fetch_whole(&keystore, &url, bank.organisation()).await.unwrap();
    assert_eq!(fetched.freshness.max_age().unwrap().as_secs(), 300);
    let again = fetch_whole(&keystore, &url, bank.organisation()).await.unwrap();
    assert_eq!(fetched.freshness.etag().unwrap(), again.freshness.etag().unwrap());
    assert_eq!(keystore.requests(), 2);

    let nobody: OrganisationId = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    let refused = fetch(&keystore, &eco.keystore().organisation_keys(&nobody).active(), nobody).await.unwrap_err();
    assert!(refused.to_string().contains("404"), "{refused}");
    assert_eq!(keystore.requests(), 3);
}

#[tokio::test]
async fn a_test_may_serve_whatever_it_wants_at_any_path() {
    let eco = sandbox();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let bank = eco.lfi("bank").unwrap();
    let url = eco.keystore().organisation_keys(&bank.organisation()).active();
    let path = format!("/{}/application.jwks", bank.organisation());

    keystore.put(&path, r#"{"keys":[]}"#);
    assert_eq!(kids(&fetch(&keystore, &url, bank.organisation()).await.unwrap()), []);
    keystore.remove(&path);
    assert!(fetch(&keystore, &url, bank.organisation()).await.is_err());
    keystore.publish(&eco);
    assert!(!kids(&fetch(&keystore, &url, bank.organisation()).await.unwrap()).is_empty());
}

#[tokio::test]
async fn a_dropped_keystore_answers_no_more() {
    let eco = sandbox();
    let keystore = Keystore::serve(&eco).await.unwrap();
    let bank = eco.lfi("bank").unwrap().organisation();
    let url = eco.keystore().organisation_keys(&bank).active();
    let fetcher = keystore.fetcher().unwrap();
    assert!(fetcher.fetch(&url, bank).await.is_ok());
    drop(keystore);
    // The listener closes as soon as its task runs.
    while fetcher.fetch(&url, bank).await.is_ok() {}
}

async fn fetch<O: core::fmt::Display>(keystore: &Keystore, url: &HttpsUrl, owner: O) -> Result<KeySet<O>, FetchError> {
    fetch_whole(keystore, url, owner).await.map(|fetched| fetched.key_set)
}

async fn fetch_whole<O: core::fmt::Display>(
    keystore: &Keystore,
    url: &HttpsUrl,
    owner: O,
) -> Result<Fetched<O>, FetchError> {
    keystore.fetcher().unwrap().fetch(url, owner).await
}

fn kids<O>(set: &KeySet<O>) -> Vec<KeyId> {
    assert_eq!(set.rejected(), []);
    set.keys().iter().map(|key| key.kid().clone()).collect()
}

fn instance(name: &str) -> InstanceId {
    name.parse().unwrap()
}
