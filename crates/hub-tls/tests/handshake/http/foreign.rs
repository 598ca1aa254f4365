//! reqwest over an exported configuration: the same verdicts, and where they are lost.

use std::error::Error;

use hub_roles::{RoleId, S1, TppToHub};
use hub_tls::{Cause, Connector, cause};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription as Alert, CertificateError};

use super::server::{HELLO, HTTP, Server, serve_strange};
use crate::generous::{judging_server, server_config};
use crate::world::*;

/// reqwest as a TPP, offering these protocols.
fn reqwest(server: &Server, alpn: &[&'static str]) -> reqwest::Client {
    let tpp = ECO.tpp("acme").unwrap();
    let settings = settings().with_alpn(alpn.to_vec());
    let connector = Connector::<TppToHub>::with_settings(ECO.trust(), tpp.deployment(), tpp.c1(), &settings).unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured((*connector.rustls_config()).clone())
        .https_only(true)
        .resolve(RETAIL_AS, server.address)
        .build()
        .unwrap()
}

async fn get(server: &Server, alpn: &[&'static str]) -> reqwest::Result<reqwest::Response> {
    let target = format!("https://{RETAIL_AS}:{}{HELLO}", server.address.port());
    reqwest(server, alpn).get(target).send().await
}

#[tokio::test]
async fn reqwest_meets_the_server_that_we_take_and_tells_by_which_rule_we_refuse_another() {
    for protocol in HTTP {
        for (presented, refused) in [("retail", false), ("other", true)] {
            let mut config = server_config(issued::<S1>(presented), &TLS13);
            config.alpn_protocols = vec![protocol.into()];
            let mut server = serve_strange(config).await;
            let outcome = get(&server, &HTTP).await;
            if !refused {
                outcome.unwrap();
                continue;
            }
            let error = outcome.unwrap_err();
            assert_eq!(cause(&error).unwrap().code(), "certificate.host-name", "{protocol}");
            assert_eq!(server.refusal().await, ("handshake.peer-refused-us", Some(Alert::BadCertificate)));
        }
    }
}

/// Whether the settings of the connector offer it decides whether reqwest speaks HTTP/2.
#[tokio::test]
async fn reqwest_speaks_http_2_only_if_the_settings_offer_it() {
    let mut config = server_config(issued::<S1>("retail"), &TLS13);
    config.alpn_protocols = HTTP.map(Into::into).to_vec();
    let server = serve_strange(config).await;
    assert_eq!(get(&server, &[]).await.unwrap().version(), http::Version::HTTP_11);
    assert_eq!(get(&server, &HTTP).await.unwrap().version(), http::Version::HTTP_2);
}

/// A late alert is text in HTTP/2: this is why the documentation advises against it.
#[tokio::test]
async fn reqwest_tells_the_alert_unless_it_comes_late_in_http_2() {
    for (version, protocol, found) in
        [(&TLS12, "http/1.1", true), (&TLS12, "h2", true), (&TLS13, "http/1.1", true), (&TLS13, "h2", false)]
    {
        let mut config = judging_server(issued::<S1>("retail"), version, Some(CertificateError::Expired));
        config.alpn_protocols = vec![protocol.into()];
        let server = serve_strange(config).await;
        let error = get(&server, &HTTP).await.unwrap_err();
        match cause(&error) {
            Some(cause @ Cause::Alert(Alert::CertificateExpired)) => {
                assert!(found);
                assert!(cause.hint(RoleId::C1).unwrap().contains("not valid at the peer's time"));
            }
            None => {
                let text = std::iter::successors(Some(&error as &dyn Error), |&error| error.source()).last().unwrap();
                assert!(
                    !found && text.to_string().contains("CertificateExpired"),
                    "{version:?}, {protocol}: {error:?}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
