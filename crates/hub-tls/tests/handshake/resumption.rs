//! Sessions: which resume, and that the peer of each is checked.

use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C1, C4, HubToLfi, Path, S4};
use hub_testkit::{Issued, Validity};
use hub_tls::{AcceptingPath, Acceptor, Connector, Settings};
use rustls::HandshakeKind::{self, Full, Resumed};
use rustls::client::{Resumption, Tls12Resumption};
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::{client_config, server_config};
use crate::world::*;

/// How sessions resume at a server: in TLS 1.3 by ticket, in TLS 1.2 by ticket or by identifier.
pub(crate) const AT_SERVERS: [(&SupportedProtocolVersion, Tls12Resumption); 3] = [
    (&TLS13, Tls12Resumption::SessionIdOrTickets),
    (&TLS12, Tls12Resumption::SessionIdOrTickets),
    (&TLS12, Tls12Resumption::SessionIdOnly),
];

/// How servers let a client resume: with tickets that hold the session, or with a session they keep.
pub(crate) const AT_CLIENTS: [(&SupportedProtocolVersion, bool); 4] =
    [(&TLS13, true), (&TLS13, false), (&TLS12, true), (&TLS12, false)];

/// A client that comes back with its sessions.
pub(crate) struct Guest {
    pub(crate) client: TlsConnector,
    pub(crate) host: &'static str,
}

impl Guest {
    pub(crate) fn new(
        identity: &Issued,
        host: &'static str,
        (version, tls12): (&'static SupportedProtocolVersion, Tls12Resumption),
    ) -> Self {
        let mut config = client_config(Some(identity), version);
        config.resumption = Resumption::in_memory_sessions(64).tls12_resumption(tls12);
        Self { client: TlsConnector::from(Arc::new(config)), host }
    }

    /// What the acceptor says, and how the handshake went.
    pub(crate) async fn visits<P: AcceptingPath>(
        &self,
        acceptor: &Acceptor<P>,
    ) -> (Result<String, &'static str>, Option<HandshakeKind>) {
        meet(
            async |io| {
                let accepted = acceptor.accept(io).await.map_err(|error| error.code())?;
                let kid = accepted.peer().kid().to_string();
                let (_, mut stream) = accepted.into_parts();
                stream.write_all(b"!").await.unwrap();
                stream.shutdown().await.unwrap();
                Ok(kid)
            },
            async |io| {
                let mut stream = self.client.connect(server_name(self.host), io).await.ok()?;
                stream.read_to_end(&mut Vec::new()).await.ok();
                stream.get_ref().1.handshake_kind()
            },
        )
        .await
    }

    /// As [`Self::visits`], of a peer that is accepted.
    pub(crate) async fn is_let_in<P: AcceptingPath>(&self, acceptor: &Acceptor<P>) -> HandshakeKind {
        let (verdict, kind) = self.visits(acceptor).await;
        verdict.unwrap();
        kind.unwrap()
    }
}

/// A server that lets clients resume.
pub(crate) fn host_of_guests(
    identity: &Issued,
    (version, tickets): (&'static SupportedProtocolVersion, bool),
) -> TlsAcceptor {
    let mut config = server_config(identity, version);
    if tickets {
        config.ticketer = Ticketer::new().unwrap();
    }
    TlsAcceptor::from(Arc::new(config))
}

/// What the connector says of the server, and how the handshake went.
pub(crate) async fn visit<P: Path>(
    connector: &Connector<P>,
    server: &TlsAcceptor,
    name: &str,
) -> (Result<String, &'static str>, Option<HandshakeKind>) {
    let (kind, verdict) = meet(
        async |io| {
            let mut stream = server.accept(io).await.ok()?;
            stream.write_all(b"!").await.ok();
            stream.shutdown().await.ok();
            stream.get_ref().1.handshake_kind()
        },
        async |io| {
            let connected = connector.connect(&host(name), io).await.map_err(|error| error.code())?;
            let kid = connected.peer().kid().to_string();
            let (_, mut stream) = connected.into_parts();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
            Ok(kid)
        },
    )
    .await;
    (verdict, kind)
}

#[tokio::test]
async fn who_comes_back_to_an_acceptor_resumes_unless_the_settings_say_no() {
    let (bank, c4) = (ECO.lfi("bank").unwrap(), issued::<C4>("ozone"));
    let without = settings().without_resumption();
    let without = Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &without).unwrap();
    for way in AT_SERVERS {
        let acceptor = for_hub(ECO.trust());
        let guest = Guest::new(c4, BANK_OZONE_CONNECT, way);
        for kind in [Full, Resumed, Resumed] {
            assert_eq!(guest.visits(&acceptor).await, (Ok(c4.kid().to_string()), Some(kind)), "{way:?}");
        }
        let guest = Guest::new(c4, BANK_OZONE_CONNECT, way);
        for _ in 0..2 {
            assert_eq!(guest.is_let_in(&without).await, Full, "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_connector_that_comes_back_resumes_unless_the_settings_say_no() {
    let (hub, s4) = (ECO.hub(), issued::<S4>("bank"));
    for way in AT_CLIENTS {
        let (connector, server) = (of_hub(ECO.trust()), host_of_guests(s4, way));
        for kind in [Full, Resumed, Resumed] {
            let outcome = visit(&connector, &server, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome, (Ok(s4.kid().to_string()), Some(kind)), "{way:?}");
        }
        let settings = settings().without_resumption();
        let connector =
            Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), hub.c4(), &settings).unwrap();
        for _ in 0..2 {
            assert_eq!(visit(&connector, &server, BANK_OZONE_CONNECT).await.1, Some(Full), "{way:?}");
        }
    }
}

#[tokio::test]
async fn both_sides_of_ours_know_that_they_resume() {
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    for resumed in [false, true, true] {
        let (accepted, connected) = meet(
            async |io| {
                let (_, mut stream) = acceptor.accept(io).await.unwrap().into_parts();
                stream.write_all(b"!").await.unwrap();
                stream
            },
            async |io| {
                let (_, mut stream) = connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts();
                stream.read_exact(&mut [0]).await.unwrap();
                stream
            },
        )
        .await;
        assert_eq!([accepted.resumed(), connected.resumed()], [resumed; 2]);
    }
}

/// rustls asks no verifier when a session resumes: that the peer's certificate has ended since is seen afterwards.
#[tokio::test]
async fn a_peer_that_expires_while_its_session_lasts_is_not_handed_out() {
    let validity = Validity::around(now(), Duration::from_secs(3600), Duration::from_secs(3600));
    let spec = |spec: &hub_testkit::LeafSpec| ECO.authority().issue(&spec.clone().with_validity(validity)).unwrap();
    let c4 = spec(ECO.holding::<C4>("ozone").unwrap().spec());
    let s4 = spec(ECO.holding::<S4>("bank").unwrap().spec());
    let (hub, bank, clock) = (ECO.hub(), ECO.lfi("bank").unwrap(), Standing::at(now()));
    let settings = Settings::new().with_clock(clock.clone());
    let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap();
    let (last, over) = (at(now().as_secs() + 3600), at(now().as_secs() + 3601));
    for way in AT_SERVERS {
        clock.set(now());
        let guest = Guest::new(&c4, BANK_OZONE_CONNECT, way);
        assert_eq!(guest.is_let_in(&acceptor).await, Full, "{way:?}");
        clock.set(last);
        assert_eq!(guest.is_let_in(&acceptor).await, Resumed, "{way:?}");
        clock.set(over);
        let (other, lasting) = (issued::<C4>("ozone"), Guest::new(issued::<C4>("ozone"), BANK_OZONE_CONNECT, way));
        assert_eq!(lasting.is_let_in(&acceptor).await, Full, "{way:?}");
        assert_eq!(guest.visits(&acceptor).await, (Err("certificate.expired"), Some(Resumed)), "{way:?}");
        // The sessions are forgotten: the next time the client is asked for its certificate, which may be another by then.
        let (verdict, kind) = guest.visits(&acceptor).await;
        assert_eq!(verdict, Err("certificate.expired"), "{way:?}");
        assert_ne!(kind, Some(Resumed), "{way:?}");
        assert_eq!(lasting.visits(&acceptor).await, (Ok(other.kid().to_string()), Some(Full)), "{way:?}");
        assert_eq!(lasting.is_let_in(&acceptor).await, Resumed, "{way:?}");
    }
    for way in AT_CLIENTS {
        clock.set(now());
        let connector =
            Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), hub.c4(), &settings).unwrap();
        let server = host_of_guests(&s4, way);
        assert_eq!(visit(&connector, &server, BANK_OZONE_CONNECT).await.1, Some(Full), "{way:?}");
        clock.set(last);
        assert_eq!(visit(&connector, &server, BANK_OZONE_CONNECT).await.1, Some(Resumed), "{way:?}");
        clock.set(over);
        let outcome = visit(&connector, &server, BANK_OZONE_CONNECT).await;
        assert_eq!(outcome, (Err("certificate.expired"), Some(Resumed)), "{way:?}");
        // The session is forgotten: the same server with a renewed certificate is reached again, however long it honours tickets.
        let outcome = visit(&connector, &renewed(&server), BANK_OZONE_CONNECT).await;
        assert_eq!(outcome, (Ok(issued::<S4>("bank").kid().to_string()), Some(Full)), "{way:?}");
    }
}

/// The bank's server with its sessions and ticket keys, and another certificate.
fn renewed(server: &TlsAcceptor) -> TlsAcceptor {
    let mut config = ServerConfig::clone(server.config());
    config.cert_resolver = server_config(issued::<S4>("bank"), &TLS13).cert_resolver;
    TlsAcceptor::from(Arc::new(config))
}

/// What one instance gave out opens no other instance, and a C1 is no C1 elsewhere.
#[tokio::test]
async fn a_session_belongs_to_the_host_it_began_at() {
    for way in AT_SERVERS {
        let acceptor = for_tpps(ECO.trust());
        let guest = Guest::new(issued::<C1>("acme"), RETAIL_AS, way);
        assert_eq!(guest.is_let_in(&acceptor).await, Full);
        let elsewhere = Guest { client: guest.client.clone(), host: OTHER_AS };
        assert_eq!(elsewhere.is_let_in(&acceptor).await, Full, "{way:?}");
        assert_eq!(guest.is_let_in(&acceptor).await, Resumed, "{way:?}");
    }
}
