//! How connections end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::Version;
use hub_roles::{C1, TppToHub};
use hub_testkit::CrlSpec;
use hub_tls::ServedOn;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::world::*;

/// Routes with a handler that takes its time.
#[derive(Clone, Default)]
struct Slow {
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    given_up: Arc<Notify>,
}

impl ServedOn for Slow {
    type Path = TppToHub;
}

impl Slow {
    fn routes() -> Router<Self> {
        Router::new().route("/", get("answered")).route("/slow", get(Self::answer))
    }

    async fn answer(State(slow): State<Self>) -> &'static str {
        let unless_finished = Dropped(slow.given_up);
        slow.begun.notify_one();
        slow.go_on.notified().await;
        std::mem::forget(unless_finished);
        "answered late"
    }
}

/// Tells that it was dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn connections_of_a_revoked_client_end_and_those_of_others_do_not() {
    for version in VERSIONS {
        let (acceptor, slow) = (for_tpps(), Slow::default());
        let server = Server::start(&acceptor, Slow::routes(), slow.clone()).await;
        let [acme, other] = ["acme", "other-tpp"].map(|name| of_tpp(name, &speaking(version)));
        let mut idle = server.call(&acme, RETAIL_AS).await;
        let mut busy = server.call(&acme, RETAIL_AS).await;
        let mut others = server.call(&other, RETAIL_AS).await;
        for client in [&mut idle, &mut others] {
            assert_eq!(client.get(RETAIL_AS, "/").await.unwrap().1, 200);
        }
        let request = tokio::spawn(async move { busy.get(RETAIL_AS, "/slow").await });
        slow.begun.notified().await;

        let list = ECO.authority().crl(&CrlSpec::current(ECO.now()).revoking(ECO.issued::<C1>("acme").unwrap().serial));
        let trust = ECO.trust().with_revocation_lists(&[list.unwrap().der()], ECO.now()).unwrap();
        assert_eq!(acceptor.rotation().swap_trust(&trust).unwrap(), 2);

        assert!(request.await.unwrap().is_err(), "{version:?}");
        slow.given_up.notified().await;
        drop(idle.connection.await);
        assert_eq!(others.get(RETAIL_AS, "/").await.unwrap().1, 200);
    }
}

#[tokio::test]
async fn a_graceful_shutdown_ends_what_is_idle_and_answers_what_is_under_way() {
    for version in VERSIONS {
        let slow = Slow::default();
        let server = Server::start(&for_tpps(), Slow::routes(), slow.clone()).await;
        let connector = of_tpp("acme", &speaking(version));
        let mut idle = server.call(&connector, RETAIL_AS).await;
        assert_eq!(idle.get(RETAIL_AS, "/").await.unwrap().1, 200);
        let mut busy = server.call(&connector, RETAIL_AS).await;
        let request = tokio::spawn(async move { busy.get(RETAIL_AS, "/slow").await });
        slow.begun.notified().await;

        server.stop.send(()).unwrap();
        idle.connection.await.unwrap().unwrap();
        assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
        assert!(!server.served.is_finished());

        slow.go_on.notify_one();
        assert_eq!(request.await.unwrap().unwrap(), (version, 200, "answered late".to_owned()));
        server.served.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn who_stops_waiting_for_the_last_requests_ends_them() {
    for version in VERSIONS {
        let slow = Slow::default();
        let server = Server::start(&for_tpps(), Slow::routes(), slow.clone()).await;
        let mut busy = server.call(&of_tpp("acme", &speaking(version)), RETAIL_AS).await;
        let request = tokio::spawn(async move { busy.get(RETAIL_AS, "/slow").await });
        slow.begun.notified().await;
        server.served.abort();
        slow.given_up.notified().await;
        assert!(request.await.unwrap().is_err(), "{version:?}");
    }
}

#[tokio::test]
async fn silent_clients_are_left() {
    // The beginning of HTTP/2, and an empty SETTINGS frame (RFC 9113 sections 3.4 and 6.5).
    const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    const HALF_A_REQUEST: &str = "GET / HTTP/1.1\r\n";

    let server = Server::start(&for_tpps(), Slow::routes(), Slow::default()).await;
    for (version, first_words) in
        [(Version::HTTP_11, ""), (Version::HTTP_11, HALF_A_REQUEST), (Version::HTTP_2, ""), (Version::HTTP_2, PREFACE)]
    {
        let stream = server.connect(&of_tpp("acme", &speaking(version)), RETAIL_AS).await;
        assert_eq!(seconds(said(stream, first_words)).await, 120, "{version:?}, {first_words:?}");
    }
}

#[tokio::test]
async fn clients_that_fall_silent_are_left() {
    let server = Server::start(&for_tpps(), Slow::routes(), Slow::default()).await;
    let mut client = server.call(&of_tpp("acme", &speaking(Version::HTTP_11)), RETAIL_AS).await;
    assert_eq!(client.get(RETAIL_AS, "/").await.unwrap().1, 200);
    assert_eq!(seconds(client.connection).await, 120);
}

/// How long something takes when time goes on whenever there is nothing else to do.
async fn seconds<T>(what: impl Future<Output = T>) -> u64 {
    tokio::time::pause();
    let before = Instant::now();
    drop(what.await);
    tokio::time::resume();
    (before.elapsed() + Duration::from_millis(500)).as_secs()
}
