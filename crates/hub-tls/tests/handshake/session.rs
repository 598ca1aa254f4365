//! What outlives a handshake, and what does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hub_roles::{C4, HubToLfi, S4};
use hub_testkit::{LeafSpec, Validity};
use hub_tls::{Acceptor, Clock, Connector, Settings};
use rustls::HandshakeKind;
use rustls::client::Resumption;
use rustls::version::TLS13;
use rustls_pki_types::UnixTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::{Client, calls, client_config, is_called, server_config};
use crate::world::*;

#[tokio::test]
async fn no_session_resumes_at_an_acceptor() {
    let acceptor = for_hub(ECO.trust());
    for version in VERSIONS {
        let mut config = client_config(Some(issued::<C4>("ozone")), version);
        config.resumption = Resumption::in_memory_sessions(8);
        let client = TlsConnector::from(Arc::new(config));
        for _ in 0..2 {
            let (accepted, kind) = meet(
                async |io| {
                    let (peer, mut stream) = acceptor.accept(io).await.unwrap().into_parts();
                    stream.write_all(b"!").await.unwrap();
                    stream.shutdown().await.unwrap();
                    peer
                },
                async |io| {
                    let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap();
                    stream.read_to_end(&mut Vec::new()).await.unwrap();
                    let connection = stream.get_ref().1;
                    assert_eq!(connection.tls13_tickets_received(), 0);
                    connection.handshake_kind()
                },
            )
            .await;
            assert_eq!(kind, Some(HandshakeKind::Full), "{version:?}");
            assert_eq!(accepted.kid(), &issued::<C4>("ozone").kid());
        }
    }
}

#[tokio::test]
async fn no_session_resumes_at_a_connector() {
    let connector = of_hub(ECO.trust());
    for version in VERSIONS {
        // rustls gives out tickets and keeps sessions unless told otherwise: the connector is what does not come back with them.
        let server = TlsAcceptor::from(Arc::new(server_config(issued::<S4>("bank"), version)));
        let mut resumable = client_config(Some(issued::<C4>("ozone")), version);
        resumable.resumption = Resumption::in_memory_sessions(8);
        let resumable = TlsConnector::from(Arc::new(resumable));
        let serve = async |io| {
            let mut stream = server.accept(io).await.unwrap();
            stream.write_all(b"!").await.unwrap();
            stream.shutdown().await.unwrap();
            stream.get_ref().1.handshake_kind()
        };
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let (kind, ()) = meet(serve, async |io| {
                let (_, mut stream) = connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts();
                stream.read_to_end(&mut Vec::new()).await.unwrap();
            })
            .await;
            kinds.push(kind);
        }
        assert_eq!(kinds, [Some(HandshakeKind::Full); 2], "{version:?}");

        let mut kinds = Vec::new();
        for _ in 0..2 {
            let (kind, ()) = meet(serve, async |io| {
                let mut stream = resumable.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap();
                stream.read_to_end(&mut Vec::new()).await.unwrap();
            })
            .await;
            kinds.push(kind);
        }
        assert_eq!(kinds[1], Some(HandshakeKind::Resumed), "{version:?}: this server does resume");
    }
}

/// A certificate that was accepted is not accepted for ever: what is remembered ends with the path's validity.
#[tokio::test]
async fn a_peer_that_came_before_is_refused_at_any_time_it_is_not_valid_at() {
    let end = at(now().as_secs() + 3600);
    let issue = |spec: &LeafSpec| {
        let validity = Validity::around(now(), Duration::from_secs(3600), Duration::from_secs(3600));
        ECO.authority().issue(&spec.clone().with_validity(validity)).unwrap()
    };
    let (c4, s4) =
        (issue(ECO.holding::<C4>("ozone").unwrap().spec()), issue(ECO.holding::<S4>("bank").unwrap().spec()));
    let (hub, bank, trust) = (ECO.hub(), ECO.lfi("bank").unwrap(), ECO.trust());
    let clock = Standing::at(now());
    let moving = Settings::new().with_clock(clock.clone());
    let acceptor = Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), &moving).unwrap();
    let connector = Connector::<HubToLfi>::with_settings(trust, hub.deployment(), hub.c4(), &moving).unwrap();

    let begin = at(now().as_secs() - 3600);
    // Clocks are set back, too.
    for (time, expected) in [
        (now(), None),
        (end, None),
        (at(end.as_secs() + 1), Some("certificate.expired")),
        (begin, None),
        (at(begin.as_secs() - 1), Some("certificate.not-yet-valid")),
        (now(), None),
    ] {
        clock.set(time);
        for version in VERSIONS {
            let outcome = is_called(&s4, version, &connector, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome.0.err(), expected, "S4, {version:?}");
            let client = Client { identity: Some(&c4), version, server_name: None };
            assert_eq!(calls(client, &acceptor).await.0.err(), expected, "C4, {version:?}");
        }
    }
}

/// The time is read in the handshake and again when it is over: a peer whose certificate ends in between is not handed out.
#[tokio::test]
async fn a_peer_that_expires_during_its_handshake_is_not_handed_out() {
    let (trust, bank) = (ECO.trust(), ECO.lfi("bank").unwrap());
    let client = Client { identity: Some(issued::<C4>("ozone")), version: &TLS13, server_name: None };
    let mut refusals = 0;
    for valid_readings in 0.. {
        let clock = Arc::new(Leaping(AtomicUsize::new(usize::MAX)));
        let settings = Settings::new().with_clock(clock.clone());
        let acceptor = Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), &settings).unwrap();
        clock.0.store(valid_readings, Ordering::SeqCst);
        match calls(client, &acceptor).await.0 {
            Err(code) => assert_eq!(code, "certificate.expired", "after {valid_readings} readings"),
            Ok(_) => break,
        }
        refusals += 1;
    }
    assert!(refusals >= 2, "once within the handshake, once after it: {refusals}");
}

/// A clock that shows the present for some readings, and then a time when everything has expired.
#[derive(Debug)]
struct Leaping(AtomicUsize);

impl Clock for Leaping {
    fn now(&self) -> UnixTime {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { now() } else { at(now().as_secs() + 3 * 365 * 24 * 3600) }
    }
}
