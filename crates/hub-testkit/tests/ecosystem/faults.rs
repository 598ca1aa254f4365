//! What a keystore does when a test tells it to fail.

use core::time::Duration;

use http::StatusCode;
use http::header::{AGE, CACHE_CONTROL, ETAG, HeaderValue, RETRY_AFTER};
use hub_jwks::{FetchCause, FetchError, Fetched, Fetcher, KeySetAnswer, KeySetRequest, RetryAfter, Transport};
use hub_roles::{HttpsUrl, OrganisationId};
use hub_testkit::{Authority, Fault, Keystore, LeafSpec, SubjectSpec, Validity};
use rustls_pki_types::UnixTime;

use crate::sandbox;

struct Stage {
    keystore: Keystore,
    fetcher: Fetcher,
    bank: OrganisationId,
    url: HttpsUrl,
}

impl Stage {
    async fn new() -> Self {
        let eco = sandbox();
        let keystore = Keystore::serve(&eco).await.unwrap();
        let bank = eco.lfi("bank").unwrap().organisation();
        let url = eco.keystore().organisation_keys(&bank).active();
        Self { fetcher: keystore.fetcher().unwrap(), keystore, bank, url }
    }

    async fn fetch(&self) -> Result<Fetched<OrganisationId>, FetchError> {
        self.fetcher.fetch(&self.url, self.bank).await
    }

    async fn code(&self) -> &'static str {
        self.fetch().await.map_or_else(|error| error.code(), |_| "fetched")
    }
}

#[tokio::test]
async fn each_fault_is_what_it_says_and_heals() {
    let stage = Stage::new().await;
    let (keystore, path) = (&stage.keystore, stage.url.path());
    for (fault, expected) in [
        (Fault::Status(StatusCode::NOT_FOUND), "fetch.status"),
        (Fault::RetryAfter(StatusCode::TOO_MANY_REQUESTS, Duration::from_secs(30)), "fetch.status"),
        (Fault::Redirect(HeaderValue::from_static("https://127.0.0.1/")), "fetch.redirect"),
        (Fault::Document("<html></html>".into()), "json.syntax"),
        (Fault::Announced(10_000_000_000), "fetch.too-large"),
        // Whitespace within the limit, and no set.
        (Fault::Announced(60_000), "json.syntax"),
        (Fault::Endless, "fetch.too-large"),
        (Fault::Disconnect, "fetch.http"),
        // A set, slowly.
        (Fault::Drip(Duration::ZERO), "fetched"),
    ] {
        keystore.fail(path, fault.clone());
        assert_eq!(stage.code().await, expected, "{fault:?}");
        keystore.heal(path);
        assert_eq!(stage.code().await, "fetched", "after {fault:?}");
    }
    assert_eq!((keystore.requests(), keystore.requests_for(path), keystore.requests_for("/other")), (18, 18, 0));
}

#[tokio::test]
async fn the_fault_of_a_path_comes_before_that_of_all() {
    let stage = Stage::new().await;
    let (keystore, path) = (&stage.keystore, stage.url.path());
    keystore.fail("/other", Fault::Disconnect);
    assert_eq!(stage.code().await, "fetched");
    keystore.fail_all(Fault::Disconnect);
    assert_eq!(stage.code().await, "fetch.http");
    keystore.fail(path, Fault::Endless);
    assert_eq!(stage.code().await, "fetch.too-large");
    keystore.heal(path);
    assert_eq!(stage.code().await, "fetch.http");
    keystore.heal_all();
    assert_eq!(stage.code().await, "fetched");
}

#[tokio::test]
async fn headers_are_what_a_test_sets() {
    let stage = Stage::new().await;
    let (keystore, path) = (&stage.keystore, stage.url.path());
    keystore.set_header(path, CACHE_CONTROL, HeaderValue::from_static("max-age=86400"));
    keystore.set_header(path, AGE, HeaderValue::from_static("17"));
    keystore.set_header(path, ETAG, HeaderValue::from_static("\"v1\""));
    let freshness = stage.fetch().await.unwrap().freshness;
    assert_eq!(freshness.max_age(), Some(Duration::from_secs(86_400)));
    assert_eq!(freshness.age(), Some(Duration::from_secs(17)));
    assert_eq!(freshness.etag(), Some("\"v1\""));

    keystore.fail(path, Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    keystore.set_header(path, RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
    let refused = stage.fetch().await.unwrap_err();
    let expected = RetryAfter::At(UnixTime::since_unix_epoch(Duration::from_secs(784_111_777)));
    assert!(
        matches!(refused.cause(), FetchCause::Status { status: 503, retry_after } if *retry_after == Some(expected)),
        "{refused}"
    );
}

#[tokio::test]
async fn a_change_is_asked_for_by_the_tag_that_was_sent() {
    let stage = Stage::new().await;
    let (keystore, path) = (&stage.keystore, stage.url.path());
    let ask = async |tag: &str| {
        let request = KeySetRequest::new(stage.url.clone()).with_etag(Some(tag.to_owned()));
        matches!(stage.fetcher.get(request).await.unwrap(), KeySetAnswer::NotModified { .. })
    };
    let tag = stage.fetch().await.unwrap().freshness.etag().unwrap().to_owned();
    assert!(ask(&tag).await);
    keystore.set_header(path, ETAG, HeaderValue::from_static("\"v1\""));
    assert!(!ask(&tag).await);
    assert!(ask("\"v1\"").await);
    assert_eq!((keystore.requests_for(path), keystore.conditional_requests_for(path)), (4, 3));
}

#[tokio::test]
async fn requests_are_held_until_the_gate_opens() {
    let stage = Stage::new().await;
    let (keystore, path) = (&stage.keystore, stage.url.path());
    let gate = keystore.hold(path);
    let (fetcher, url, bank) = (stage.fetcher.clone(), stage.url.clone(), stage.bank);
    let waiting = tokio::spawn(async move { fetcher.fetch(&url, bank).await });
    keystore.requested(path, 1).await;
    // What is answered was decided before.
    keystore.fail(path, Fault::Endless);
    assert!(!waiting.is_finished());
    gate.open();
    assert!(waiting.await.unwrap().is_ok());
    assert_eq!(stage.code().await, "fetch.too-large");
}

#[tokio::test]
async fn who_says_nothing_is_waited_for_until_it_is_gone() {
    let stage = Stage::new().await;
    let path = stage.url.path();
    stage.keystore.fail(path, Fault::Silence);
    let (fetcher, url, bank) = (stage.fetcher.clone(), stage.url.clone(), stage.bank);
    let waiting = tokio::spawn(async move { fetcher.fetch(&url, bank).await });
    stage.keystore.requested(path, 1).await;
    assert!(!waiting.is_finished());
    drop(stage.keystore);
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), "fetch.http");
}

#[tokio::test]
async fn another_certificate_is_presented_from_the_next_connection_on() {
    let stage = Stage::new().await;
    let keystore = &stage.keystore;
    let host = keystore.host().as_str();
    // The fetcher goes by the system's clock.
    let issued = |authority: &Authority, until: u64| {
        let now = UnixTime::now();
        let begin = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs() - 7200));
        let spec = LeafSpec::server_transport(SubjectSpec::new("Keystore", host)).with_dns_name(host);
        let validity = Validity::around(begin, Duration::ZERO, Duration::from_secs(until));
        authority.issue(&spec.with_validity(validity)).unwrap()
    };
    let eco = sandbox();
    for (name, certificate, expected) in [
        ("renewed", issued(keystore.authority(), 10_800), "fetched"),
        ("expired", issued(keystore.authority(), 3600), "fetch.tls"),
        ("a stranger's", issued(eco.authority(), 10_800), "fetch.tls"),
        ("renewed again", issued(keystore.authority(), 10_800), "fetched"),
    ] {
        keystore.present(&certificate).unwrap();
        assert_eq!(stage.code().await, expected, "{name}");
    }
    assert_eq!(keystore.requests(), 2);
}
