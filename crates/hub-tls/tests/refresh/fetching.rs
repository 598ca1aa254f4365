//! One fetch and its limits. Each answer that is not taken stands beside one that is, from the same server.

use std::sync::Arc;
use std::time::Duration;

use hub_tls::{Clock, DistributionPoint, RefreshSettings};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, UnixTime};
use tokio::net::TcpListener;

use crate::server::{Answer, HOST, Server};
use crate::world::*;

#[tokio::test]
async fn a_list_is_taken_as_der_and_as_pem() {
    let pem = Answer::Content(list(2).pem().unwrap().into_bytes());
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    assert_eq!((outcome(&refresher.health()), numbers(&refresher.trust())), (Ok(()), vec!["0x1".to_owned()]));
    server.answers(pem);
    assert_eq!(outcome(&refresher.refresh_now().await), Ok(()));
    assert_eq!(numbers(&refresher.trust()), ["0x2"]);
}

#[tokio::test]
async fn an_answer_that_is_no_list_changes_nothing_and_the_next_one_is_taken() {
    let server = Server::start(Answer::list(&list(1))).await;
    let brief = settings().with_total_timeout(Duration::from_millis(300));
    let refresher = refreshing(ECO.trust(), [server.point()], &settings().with_max_octets(LIMIT)).await;
    let hasty = refreshing(ECO.trust(), [server.point()], &brief).await;
    let next = list(2).der().to_vec();
    for (refresher, answer, code) in [
        (&refresher, Answer::Status(404), "refresh.status"),
        (&refresher, Answer::Status(500), "refresh.status"),
        (&refresher, Answer::Status(204), "refresh.status"),
        (&refresher, Answer::Status(304), "refresh.status"),
        (&refresher, Answer::Status(301), "refresh.redirect"),
        (&refresher, Answer::Redirect(next.clone()), "refresh.redirect"),
        (&refresher, Answer::CutOff(next.clone()), "refresh.http"),
        (&refresher, Answer::Content(vec![0x30; LIMIT + 1]), "refresh.too-large"),
        (&refresher, Answer::Endless { piece: 1000, pieces: LIMIT / 1000 + 1 }, "refresh.too-large"),
        (&refresher, Answer::Content(vec![0x30; LIMIT]), "revocation-list.encoding"),
        (&refresher, Answer::Content(Vec::new()), "revocation-list.encoding"),
        (&refresher, Answer::Content(b"<html>".to_vec()), "revocation-list.encoding"),
        (&refresher, Answer::Content(next[..100].to_vec()), "revocation-list.malformed"),
        (&hasty, Answer::Nothing, "refresh.timeout"),
        (&hasty, Answer::Endless { piece: 10, pieces: 5 }, "refresh.timeout"),
    ] {
        server.answers(answer.clone());
        let health = refresher.refresh_now().await;
        assert_eq!(outcome(&health), Err(code), "{answer:?}");
        assert_eq!(numbers(&refresher.trust()), ["0x1"], "{answer:?}");
    }
    server.answers(Answer::Content(next));
    for refresher in [refresher, hasty] {
        assert_eq!(outcome(&refresher.refresh_now().await), Ok(()));
        assert_eq!(numbers(&refresher.trust()), ["0x2"]);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_one_that_is() {
    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let server = Server::start(Answer::list(&list(1))).await;
    let points = [DistributionPoint::new(&url).unwrap(), server.point()];
    let refresher = refreshing(ECO.trust(), points, &settings()).await;
    let health = refresher.health();
    assert_eq!([0, 1].map(|index| verdict(&health.points[index])), [Err("refresh.connect"), Ok(())]);
    assert!(!health.is_good(at(NOW)) && health.points[1].is_current(at(NOW)));
    let reason = health.points[0].last_failure.as_ref().unwrap().1.to_string();
    assert!(reason.contains("refused"), "{reason}");
}

#[tokio::test]
async fn a_server_of_https_is_verified_by_the_given_configuration() {
    let server = Server::start_tls(Answer::list(&list(1))).await;
    let stranger = hub_testkit::Authority::production(&hub_testkit::KeyPool::new(), at(NOW)).unwrap();
    for (root, expected) in [(ECO.authority().root(), Ok(())), (stranger.root(), Err("refresh.tls"))] {
        let refresher = refreshing(ECO.trust(), [server.point()], &settings().with_tls(trusting(root))).await;
        assert_eq!(outcome(&refresher.health()), expected);
    }
    let by_address = server.url().replace(HOST, "127.0.0.1");
    let refresher = refreshing(
        ECO.trust(),
        [DistributionPoint::new(&by_address).unwrap()],
        &settings().with_tls(trusting(ECO.authority().root())),
    )
    .await;
    assert_eq!(outcome(&refresher.health()), Err("refresh.tls"), "the certificate does not name the address");
}

/// Plain HTTP goes on beside it.
#[tokio::test]
async fn a_tls_configuration_changes_nothing_for_http() {
    let server = Server::start(Answer::list(&list(1))).await;
    let settings: RefreshSettings = settings().with_tls(trusting(ECO.authority().root()));
    let refresher = refreshing(ECO.trust(), [server.point()], &settings).await;
    assert_eq!(outcome(&refresher.health()), Ok(()));
}

/// It would offer HTTP/2, which is not spoken here.
fn trusting(root: &CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut config = ClientConfig::builder_with_details(Arc::new(default_provider()), Standing::now())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

impl TimeProvider for Standing {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.now())
    }
}

const LIMIT: usize = 64 * 1024;
