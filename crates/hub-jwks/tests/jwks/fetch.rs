//! Fetching, and everything that a fetch refuses.

use std::time::Duration;

use hub_jwks::{AddressPolicy, FetchCause, FetchError, Fetched, Fetcher, FetcherBuilder, RetryAfter};
use hub_roles::{ClientId, Environment, HostError, HttpsUrl, Sig1};
use rustls_pki_types::UnixTime;
use tokio::net::TcpListener;

use crate::server::{Answer, HOST, Server, url};
use crate::world::{ECOSYSTEM, certificate, publication};

pub(crate) const OK: &str = "200 OK";

pub(crate) fn owner() -> ClientId {
    ECOSYSTEM.tpp("acme").unwrap().client_id().clone()
}

pub(crate) fn set() -> Vec<u8> {
    publication().certificate(&certificate::<Sig1>("acme")).to_json()
}

/// A fetcher that finds the keystore of the Sandbox at `server`.
pub(crate) fn builder(server: &Server) -> FetcherBuilder {
    let roots = ECOSYSTEM.authority().bundle_pem().unwrap();
    Fetcher::builder(&Environment::Sandbox, roots.as_bytes())
        .address_policy(AddressPolicy::IncludingLocal)
        .resolve(HOST.parse().unwrap(), server.address)
}

pub(crate) async fn fetch(builder: FetcherBuilder, url: &HttpsUrl) -> Result<Fetched<ClientId>, FetchError> {
    builder.build().unwrap().fetch(url, owner()).await
}

/// What comes of a fetch from a server that gives this answer.
pub(crate) async fn outcome(answer: Answer) -> Result<Fetched<ClientId>, FetchError> {
    let server = Server::start(answer).await;
    let outcome = fetch(builder(&server), &url()).await;
    assert_eq!(server.requests(), 1);
    outcome
}

pub(crate) fn code<T>(outcome: Result<T, FetchError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "fetched")
}

#[tokio::test]
async fn a_set_is_fetched_with_what_the_server_says_of_its_age() {
    let headers = "Cache-Control: public, max-age=300\r\nAge: 17\r\nETag: \"v1\"\r\nContent-Type: application/json\r\n";
    let fetched = outcome(Answer::response(OK, headers, &set())).await.unwrap();
    let sig1 = certificate::<Sig1>("acme");
    assert_eq!(fetched.key_set.verification_key::<Sig1>(sig1.kid()).unwrap().owner(), &owner());
    assert_eq!(fetched.freshness.max_age(), Some(Duration::from_secs(300)));
    assert_eq!(fetched.freshness.age(), Some(Duration::from_secs(17)));
    assert_eq!(fetched.freshness.etag(), Some("\"v1\""));
}

#[tokio::test]
async fn a_body_may_end_in_any_way_that_shows_its_end() {
    let set = set();
    let chunked = [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice(),
        format!("{:x}\r\n", set.len()).as_bytes(),
        &set,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    let until_close = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &set].concat();
    let cut = |octets: &[u8]| octets[..octets.len() - 10].to_vec();
    let Answer::Send(measured) = Answer::response(OK, "", &set) else { unreachable!() };
    for (name, answer, expected) in [
        ("measured", Answer::SendAndHang(measured.clone()), "fetched"),
        ("measured, cut", Answer::Send(cut(&measured)), "fetch.http"),
        ("chunked", Answer::SendAndHang(chunked.clone()), "fetched"),
        ("chunked, cut", Answer::Send(cut(&chunked)), "fetch.http"),
        ("until close", Answer::Send(until_close.clone()), "fetched"),
        ("until the connection was lost", Answer::SendAndDrop(until_close), "fetch.http"),
    ] {
        assert_eq!(code(outcome(answer).await), expected, "{name}");
    }
}

#[tokio::test]
async fn no_more_than_64_kib_is_read() {
    let padded = |octets: usize| {
        let mut set = set();
        set.resize(octets, b' ');
        set
    };
    let endless = |octets: usize| {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice();
        let size = format!("{octets:x}\r\n");
        [head, size.as_bytes(), &padded(octets), b"\r\n0\r\n\r\n"].concat()
    };
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000000000000000\r\n\r\n".to_vec();
    for (name, answer, expected) in [
        ("64 KiB measured", Answer::response(OK, "", &padded(65_536)), "fetched"),
        ("one octet more", Answer::response(OK, "", &padded(65_537)), "fetch.too-large"),
        ("64 KiB streamed", Answer::Send(endless(65_536)), "fetched"),
        ("more streamed", Answer::SendAndHang(endless(300_000)), "fetch.too-large"),
        ("announced and never sent", Answer::SendAndHang(announced), "fetch.too-large"),
    ] {
        assert_eq!(code(outcome(answer).await), expected, "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: https://{HOST}/elsewhere\r\n");
        // The server counts one request: nobody went elsewhere.
        assert_eq!(code(outcome(Answer::response(status, &location, &set())).await), "fetch.redirect", "{status}");
    }
}

#[tokio::test]
async fn another_status_than_200_is_told_with_its_retry_after() {
    for (status, headers, expected) in [
        ("404 Not Found", "", (404, None)),
        ("304 Not Modified", "", (304, None)),
        ("204 No Content", "", (204, None)),
        ("429 Too Many Requests", "Retry-After: 30\r\n", (429, Some(RetryAfter::Delay(Duration::from_secs(30))))),
        (
            "503 Service Unavailable",
            "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
            (503, Some(RetryAfter::At(UnixTime::since_unix_epoch(Duration::from_secs(784_111_777))))),
        ),
    ] {
        let refused = outcome(Answer::response(status, headers, b"")).await.unwrap_err();
        let FetchCause::Status { status, retry_after } = refused.cause() else { panic!("{refused}") };
        assert_eq!((*status, *retry_after), expected);
    }
}

#[tokio::test]
async fn what_is_not_a_key_set_is_refused_as_such() {
    assert_eq!(code(outcome(Answer::response(OK, "", b"<html></html>")).await), "json.syntax");
    assert_eq!(code(outcome(Answer::response(OK, "", b"")).await), "json.syntax");
    assert_eq!(code(outcome(Answer::Send(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())).await), "fetch.http");
    let long_head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    assert_eq!(code(outcome(Answer::SendAndHang(long_head.into_bytes())).await), "fetch.http");
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(100));
    assert_eq!(code(outcome(Answer::SendAndHang(many_headers.into_bytes())).await), "fetch.http");
}

#[tokio::test]
async fn only_https_to_allowed_hosts() {
    assert_eq!(format!("http://{HOST}/application.jwks").parse::<HttpsUrl>(), Err(HostError::NotHttps));

    let server = Server::start(Answer::response(OK, "", &set())).await;
    assert_eq!(code(fetch(builder(&server), &url()).await), "fetched");
    let production: HttpsUrl = "https://keystore.directory.openfinance.ae/application.jwks".parse().unwrap();
    let refused = fetch(builder(&server).resolve(production.host().clone(), server.address), &production).await;
    assert_eq!(code(refused), "fetch.host-not-allowed");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_custom_environment_names_its_host() {
    let server = Server::start(Answer::response(OK, "", &set())).await;
    let roots = ECOSYSTEM.authority().bundle_pem().unwrap();
    let builder = Fetcher::builder(&"in-house".parse().unwrap(), roots.as_bytes())
        .address_policy(AddressPolicy::IncludingLocal)
        .resolve(HOST.parse().unwrap(), server.address);
    assert_eq!(builder.clone().build().unwrap_err().code(), "fetcher.no-host");
    assert_eq!(code(fetch(builder.allow_host(HOST.parse().unwrap()), &url()).await), "fetched");
}

#[tokio::test]
async fn a_time_limit_of_zero_is_refused_when_the_fetcher_is_built() {
    let server = Server::start(Answer::response(OK, "", &set())).await;
    let limited = |connect, total| builder(&server).connect_timeout(connect).total_timeout(total);
    let (some, none) = (Duration::from_secs(60), Duration::ZERO);
    for refused in [limited(none, some), limited(some, none)] {
        assert_eq!(refused.build().unwrap_err().code(), "fetcher.no-time");
    }
    assert_eq!(code(fetch(limited(some, some), &url()).await), "fetched");
}

#[tokio::test]
async fn a_local_address_is_refused_wherever_it_comes_from() {
    let server = Server::start(Answer::response(OK, "", &set())).await;
    let refused = fetch(builder(&server).address_policy(AddressPolicy::GlobalOnly), &url()).await.unwrap_err();
    assert!(
        matches!(refused.cause(), FetchCause::AddressRefused { address } if *address == server.address.ip()),
        "{refused}"
    );
    assert_eq!(server.requests(), 0);

    // The same through the system's resolver.
    let localhost: HttpsUrl = "https://localhost/application.jwks".parse().unwrap();
    let builder = builder(&server).allow_host(localhost.host().clone()).address_policy(AddressPolicy::GlobalOnly);
    assert_eq!(code(fetch(builder, &localhost).await), "fetch.address-refused");
}

#[tokio::test]
async fn the_server_must_be_verified_by_the_given_roots_and_for_its_name() {
    let server = Server::start(Answer::response(OK, "", &set())).await;
    let other = hub_testkit::Authority::production(ECOSYSTEM.authority().keys(), ECOSYSTEM.now()).unwrap();
    let strangers = Fetcher::builder(&Environment::Sandbox, other.bundle_pem().unwrap().as_bytes())
        .address_policy(AddressPolicy::IncludingLocal)
        .resolve(HOST.parse().unwrap(), server.address);
    assert_eq!(code(fetch(strangers, &url()).await), "fetch.tls");

    let elsewhere: HttpsUrl = "https://keystore.example/of/application.jwks".parse().unwrap();
    let misnamed =
        builder(&server).allow_host(elsewhere.host().clone()).resolve(elsewhere.host().clone(), server.address);
    assert_eq!(code(fetch(misnamed, &elsewhere).await), "fetch.tls");
    assert_eq!(server.requests(), 0);
    assert_eq!(code(fetch(builder(&server), &url()).await), "fetched");

    let unparsable = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let beside = ECOSYSTEM.authority().bundle_pem().unwrap() + unparsable;
    assert!(Fetcher::builder(&Environment::Sandbox, beside.as_bytes()).build().is_ok());
    for (roots, expected) in [
        ("", "fetcher.no-roots"),
        (unparsable, "fetcher.no-roots"),
        ("-----BEGIN CERTIFICATE-----\n?\n", "fetcher.roots"),
    ] {
        let refused = Fetcher::builder(&Environment::Sandbox, roots.as_bytes()).build().unwrap_err();
        assert_eq!(refused.code(), expected);
    }
}

#[tokio::test]
async fn whoever_does_not_answer_is_given_up() {
    let limit = Duration::from_millis(300);
    // Takes connections, says nothing: the TLS handshake never ends.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(Answer::SendAndHang(Vec::new())).await;
    let to_silent =
        builder(&server).resolve(HOST.parse().unwrap(), silent.local_addr().unwrap()).connect_timeout(limit);
    let refused = fetch(to_silent, &url()).await.unwrap_err();
    assert!(matches!(refused.cause(), FetchCause::Timeout { limit: reached } if *reached == limit), "{refused}");

    // Takes the request, or sends a part of the answer, and hangs.
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"keys\":".to_vec();
    for octets in [Vec::new(), half] {
        let server = Server::start(Answer::SendAndHang(octets)).await;
        assert_eq!(code(fetch(builder(&server).total_timeout(limit), &url()).await), "fetch.timeout");
    }

    // Nobody there at all.
    let address = silent.local_addr().unwrap();
    drop(silent);
    assert_eq!(code(fetch(builder(&server).resolve(HOST.parse().unwrap(), address), &url()).await), "fetch.connect");
}

#[test]
fn no_debug_output_shows_what_was_given_as_roots() {
    let key = ECOSYSTEM.issued::<Sig1>("acme").unwrap().key_pem().unwrap();
    let roots = ECOSYSTEM.authority().bundle_pem().unwrap() + &key;
    let builder = Fetcher::builder(&Environment::Sandbox, roots.as_bytes());
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(shown.contains(HOST));
    assert!(shown.len() < 512, "{shown}");
}

#[tokio::test]
async fn an_error_names_the_url() {
    let refused = outcome(Answer::response("500 Internal Server Error", "", b"")).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("key set at {}: the server answered 500", url()));
}
