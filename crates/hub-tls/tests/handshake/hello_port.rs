//! The port for `/hello` that asks for no client certificate, beside the one that does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_roles::{C4, HubToLfi, KeyId, S4};
use hub_testkit::Ecosystem;
use hub_tls::Acceptor;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription as Alert, HandshakeKind, ServerConfig, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::{Client, alert_in, calls, client_config};
use crate::world::*;

#[tokio::test]
async fn anyone_may_connect_and_nobody_is_asked_for_a_certificate() {
    let acceptor = for_hub(ECO.trust());
    let (hello, mutual) = (acceptor.rustls_config_for_hello_without_client_certificates(), acceptor.rustls_config());
    for version in VERSIONS {
        // A monitor that has none, and one that would present what it has if it were asked.
        let asked = Arc::new(Asked::default());
        let mut monitor = client_config(None, version);
        assert_eq!(greeted(&hello, &TlsConnector::from(Arc::new(monitor.clone()))).await, Ok(s4_of(&ECO)));
        assert_eq!(
            greeted(&mutual, &TlsConnector::from(Arc::new(monitor.clone()))).await,
            Err(Some(Alert::CertificateRequired))
        );

        monitor.client_auth_cert_resolver = asked.clone();
        let monitor = TlsConnector::from(Arc::new(monitor));
        assert_eq!(greeted(&hello, &monitor).await, Ok(s4_of(&ECO)));
        assert_eq!(asked.0.load(Ordering::SeqCst), 0, "{version:?}");
        assert_eq!(greeted(&mutual, &monitor).await, Err(Some(Alert::CertificateRequired)));
        assert_ne!(asked.0.load(Ordering::SeqCst), 0, "{version:?}");

        // The acceptor itself is as strict as ever.
        let nobody = Client { identity: None, version, server_name: Some(BANK_OZONE_CONNECT) };
        let expected = refused("certificate.not-presented", Alert::CertificateRequired);
        assert_eq!(calls(nobody, &acceptor).await, expected, "{version:?}");
        let hub = Client { identity: Some(issued::<C4>("ozone")), ..nobody };
        assert_eq!(calls(hub, &acceptor).await, accepted(issued::<C4>("ozone")), "{version:?}");
    }
}

/// A session that began here would be one without a client certificate.
#[tokio::test]
async fn no_session_begins_at_the_hello_port() {
    let acceptor = for_hub(ECO.trust());
    let hello = TlsAcceptor::from(acceptor.rustls_config_for_hello_without_client_certificates());
    for version in VERSIONS {
        let mut monitor = client_config(None, version);
        monitor.resumption = Resumption::in_memory_sessions(8);
        let monitor = TlsConnector::from(Arc::new(monitor));
        for _ in 0..2 {
            let (_, kind) = meet(
                async |io| hello.accept(io).await.unwrap().write_all(b"!").await.unwrap(),
                async |io| {
                    let mut stream = monitor.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap();
                    stream.read_exact(&mut [0]).await.unwrap();
                    stream.get_ref().1.handshake_kind()
                },
            )
            .await;
            assert_eq!(kind, Some(HandshakeKind::Full), "{version:?}");
        }
        let (accepted, _) = meet(
            async |io| acceptor.accept(io).await.map(drop),
            async |io| monitor.connect(server_name(BANK_OZONE_CONNECT), io).await.map(drop),
        )
        .await;
        assert_eq!(accepted.unwrap_err().code(), "certificate.not-presented", "{version:?}");
    }
}

#[tokio::test]
async fn the_hello_port_shows_the_certificate_that_is_current() {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let bank = eco.lfi("bank").unwrap();
    let acceptor = Acceptor::<HubToLfi>::with_settings(eco.trust(), bank.deployment(), bank.s4(), &settings()).unwrap();
    let hello = acceptor.rustls_config_for_hello_without_client_certificates();
    let monitors = VERSIONS.map(|version| TlsConnector::from(Arc::new(client_config(None, version))));
    let before = s4_of(&eco);
    for monitor in &monitors {
        assert_eq!(greeted(&hello, monitor).await.as_ref(), Ok(&before));
    }
    eco.rotate::<S4>("bank").unwrap();
    acceptor.rotation().swap_credential(eco.lfi("bank").unwrap().s4()).unwrap();
    assert_ne!(s4_of(&eco), before);
    for monitor in &monitors {
        assert_eq!(greeted(&hello, monitor).await, Ok(s4_of(&eco)));
    }
}

fn s4_of(eco: &Ecosystem) -> KeyId {
    eco.issued::<S4>("bank").unwrap().kid()
}

/// Whose greeting a client reads there, or the alert it gets.
async fn greeted(config: &Arc<ServerConfig>, client: &TlsConnector) -> Result<KeyId, Option<Alert>> {
    let server = TlsAcceptor::from(Arc::clone(config));
    let (_, greeted) = meet(
        async |io| server.accept(io).await?.write_all(b"!").await,
        async |io| {
            let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await?;
            stream.read_exact(&mut [0]).await?;
            Ok(KeyId::of_certificate(&stream.get_ref().1.peer_certificates().unwrap()[0]))
        },
    )
    .await;
    greeted.map_err(|error: std::io::Error| alert_in(&error))
}

/// Counts how often it is asked for a certificate, and has none to show.
#[derive(Debug, Default)]
struct Asked(AtomicUsize);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
