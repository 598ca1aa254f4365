//! The host that a request names, and the one its connection is for.

use axum::Router;
use axum::routing::get;
use http::Version;
use hub_roles::{CertificateChain, Credential, Deployment, LfiToHub, Path, S3, SoftwareKey};
use hub_tls::{Acceptor, Connector, ServedOn, Settings};
use serde_json::Value;
use tracing::Level;

use crate::log::Log;
use crate::world::*;

#[tokio::test]
async fn a_request_is_for_the_instance_of_its_connection() {
    let cases = [
        (RETAIL_AS, RETAIL_AS, 200),
        // The hosts of an instance share its certificate.
        (RETAIL_AS, RETAIL_RS, 200),
        (RETAIL_RS, RETAIL_AS, 200),
        (RETAIL_AS, OTHER_AS, 421),
        (OTHER_AS, OTHER_AS, 200),
        (OTHER_AS, RETAIL_AS, 421),
        // A host of the same instance, on the other path.
        (RETAIL_AS, RETAIL_CM, 421),
        (RETAIL_AS, "as1.retail.preprod.apihub.openfinance.ae.example", 421),
        (RETAIL_AS, "retail.preprod.apihub.openfinance.ae", 421),
        (RETAIL_AS, "localhost", 421),
        (RETAIL_AS, "127.0.0.1", 421),
        (RETAIL_AS, "[::1]:443", 421),
        (RETAIL_AS, "as1.retail.preprod.apihub.openfinance.ae.", 421),
        (RETAIL_AS, "AS1.Retail.preprod.apihub.openfinance.AE", 200),
        (RETAIL_AS, "as1.retail.preprod.apihub.openfinance.ae:443", 200),
        (RETAIL_AS, "as1.retail.preprod.apihub.openfinance.ae:8443", 200),
        (OTHER_AS, "as1.retail.preprod.apihub.openfinance.ae:443", 421),
    ];
    answered(&for_tpps(), ForTpps, |settings| of_tpp("acme", settings), &cases).await;

    // Two brands of one bank: the client may call both, and still says which on each connection.
    let cases = [
        (RETAIL_CM, RETAIL_CM, 200),
        (RETAIL_CM, RETAIL_HH, 200),
        (RETAIL_CM, SME_CM, 421),
        (SME_CM, SME_CM, 200),
        (SME_CM, RETAIL_HH, 421),
        (RETAIL_CM, RETAIL_AS, 421),
    ];
    answered(&for_lfis(), ForLfis, of_lfi, &cases).await;

    // Here `o3-provider-id` tells the instance.
    let cases = [(OZONE_CONNECT, OZONE_CONNECT, 200), (OZONE_CONNECT, "10.0.7.2:8443", 200)];
    answered(&for_hub(&http()), ForHub, of_hub, &cases).await;
}

/// Connects to the first host, asks for the second, in both versions.
async fn answered<S>(
    acceptor: &Acceptor<S::Path>,
    state: S,
    connector: impl Fn(&Settings) -> Connector<S::Path>,
    cases: &[(&str, &str, u16)],
) where
    S: ServedOn<Path: Path> + Clone + Send + Sync + 'static,
{
    let server = Server::start(acceptor, Router::new().route("/", get("answered")), state).await;
    for version in VERSIONS {
        let connector = connector(&speaking(version));
        for &(host, authority, status) in cases {
            let mut client = server.call(&connector, host).await;
            let body = if status == 200 { "answered" } else { "" };
            let expected = (version, status, body.to_owned());
            assert_eq!(client.get(authority, "/").await.unwrap(), expected, "{version:?}, {host}, {authority}");
            // What is misdirected ends no connection: the client may have mixed several up.
            assert_eq!(client.get(host, "/").await.unwrap().1, 200, "{version:?}, {host}, {authority}");
        }
    }
}

/// A client may send any number of requests on a connection.
#[tokio::test]
async fn the_log_is_warned_of_the_first_refused_request_of_a_connection() {
    let server = Server::start(&for_tpps(), Router::new().route("/", get("answered")), ForTpps).await;
    let (log, _kept) = Log::of_this_thread();
    // Other events tell of the handshakes.
    let refusals = || log.take().into_iter().filter(|entry| entry.field("status").is_some()).collect::<Vec<_>>();
    for version in VERSIONS {
        let connector = of_tpp("acme", &speaking(version));
        for _connection in 0..2 {
            let mut client = server.call(&connector, RETAIL_AS).await;
            for (authority, level) in [
                (RETAIL_AS, None),
                (OTHER_AS, Some(Level::WARN)),
                (OTHER_AS, Some(Level::DEBUG)),
                (RETAIL_AS, None),
                ("localhost", Some(Level::DEBUG)),
            ] {
                client.get(authority, "/").await.unwrap();
                let refused = refusals();
                let levels: Vec<_> = refused.iter().map(|entry| entry.level).collect();
                assert_eq!(levels, Vec::from_iter(level), "{version:?}, {authority}");
                for entry in refused {
                    let told = ["path", "role", "status"].map(|name| entry.field(name).unwrap());
                    assert_eq!(told, ["TPP to API Hub", "C1", "421"]);
                }
            }
        }
    }
    let connector = of_tpp("acme", &speaking(Version::HTTP_11));
    let request = "GET / HTTP/1.1\r\nHost:\r\n\r\n".repeat(3) + "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    let stream = server.connect(&connector, RETAIL_AS).await;
    assert_eq!(said(stream, &request).await.matches("HTTP/1.1 400").count(), 4);
    let told: Vec<_> = refusals().iter().map(|entry| (entry.level, entry.field("status") == Some("400"))).collect();
    assert_eq!(told, [(Level::WARN, true), (Level::DEBUG, true), (Level::DEBUG, true), (Level::DEBUG, true)]);
}

/// What a client library would not send (RFC 9112 section 3.2).
#[tokio::test]
async fn a_request_names_exactly_one_host() {
    const OURS: &str = "Host: as1.retail.preprod.apihub.openfinance.ae\r\n";
    const OTHERS: &str = "Host: as1.other.preprod.apihub.openfinance.ae\r\n";
    let absolute = format!("https://{RETAIL_AS}/");
    let server = Server::start(&for_tpps(), Router::new().route("/", get("answered")), ForTpps).await;
    let connector = of_tpp("acme", &speaking(Version::HTTP_11));
    for (target, fields, status) in [
        ("/", OURS.to_owned(), "200"),
        ("/", OURS.to_uppercase(), "200"),
        ("/", String::new(), "400"),
        ("/", "Host:\r\n".to_owned(), "400"),
        ("/", format!("Host: user@{RETAIL_AS}\r\n"), "400"),
        ("/", format!("Host: {RETAIL_AS}:port\r\n"), "400"),
        ("/", format!("Host: {RETAIL_AS}:65536\r\n"), "400"),
        ("/", format!("Host: {RETAIL_AS}, {RETAIL_AS}\r\n"), "400"),
        ("/", format!("{OURS}{OURS}"), "400"),
        ("/", format!("{OURS}{OTHERS}"), "400"),
        ("/", format!("{OTHERS}{OURS}"), "400"),
        ("/", OTHERS.to_owned(), "421"),
        (&absolute, OURS.to_owned(), "200"),
        (&absolute, OTHERS.to_owned(), "400"),
        (&absolute, format!("{OURS}{OTHERS}"), "400"),
        (&absolute, String::new(), "400"),
        (&format!("https://{OTHER_AS}/"), OTHERS.to_owned(), "421"),
        (&format!("https://{OTHER_AS}/"), OURS.to_owned(), "400"),
        (&format!("https://user@{RETAIL_AS}/"), OURS.to_owned(), "400"),
        ("/", format!("{OURS}X-Forwarded-Host: {OTHER_AS}\r\n"), "200"),
    ] {
        for version in ["1.0", "1.1"] {
            let request = format!("GET {target} HTTP/{version}\r\n{fields}Connection: close\r\n\r\n");
            let stream = server.connect(&connector, RETAIL_AS).await;
            assert_eq!(said(stream, &request).await.get(9..12), Some(status), "{request:?}");
        }
    }
}

/// Two brands of a bank exchange a host, while a connection to another host of one of them is open.
#[tokio::test]
async fn an_instance_has_the_hosts_that_it_has_now() {
    let hub = ECO.hub();
    let mut file: Value = serde_json::from_str(hub.deployment_json()).unwrap();
    for (brand, host) in [("retail", SME_CM), ("sme", RETAIL_CM)] {
        file["instances"][brand]["hosts"]["cm"] = host.into();
    }
    let exchanged = Deployment::from_json(file.to_string().as_bytes()).unwrap();
    // One certificate for all hosts of both.
    let mut spec = ECO.holding::<S3>("retail").unwrap().spec().clone();
    spec.dns_names.extend(ECO.holding::<S3>("sme").unwrap().spec().dns_names.clone());
    let issued = ECO.authority().issue(&spec).unwrap();
    let chain = CertificateChain::from_der(issued.chain()).unwrap();
    let served = ["retail", "sme"].map(|brand| {
        let expectation = hub.deployment().expect::<S3>(&brand.parse().unwrap()).unwrap();
        let certificate = ECO.trust().verify(&chain, &expectation, ECO.now()).unwrap();
        let key = SoftwareKey::from_pkcs8_der(issued.private_key().secret_der()).unwrap();
        (brand.parse().unwrap(), Credential::new(certificate, key).unwrap())
    });
    let acceptor = Acceptor::<LfiToHub>::with_settings(ECO.trust(), hub.deployment(), served, &http()).unwrap();

    let server = Server::start(&acceptor, Router::new().route("/", get("answered")), ForLfis).await;
    let mut client = server.call(&of_lfi(&http()), RETAIL_HH).await;
    for (deployment, [retail_cm, sme_cm]) in [(hub.deployment(), [200, 421]), (&exchanged, [421, 200])] {
        assert_eq!(acceptor.rotation().swap_deployment(deployment).unwrap(), 0);
        for (host, status) in [(RETAIL_HH, 200), (RETAIL_CM, retail_cm), (SME_CM, sme_cm)] {
            assert_eq!(client.get(host, "/").await.unwrap().1, status, "{host}");
        }
    }
}
