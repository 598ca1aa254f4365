//! The peer refuses us: all we get is an alert, and the error makes the most of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hub_roles::{C1, C4, HubToLfi, PathId, RoleId, S1};
use hub_testkit::Issued;
use hub_tls::{Acceptor, HandshakeError, cause};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription as Alert, CertificateError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::sync::Notify;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::{judging_client, judging_server, server_config};
use crate::world::*;

const REFUSALS: [(CertificateError, Alert, &str); 8] = [
    (CertificateError::Expired, Alert::CertificateExpired, "not valid at the peer's time"),
    (CertificateError::UnknownIssuer, Alert::UnknownCA, "is it of the peer's environment"),
    (CertificateError::UnknownRevocationStatus, Alert::UnknownCA, "lacks a current revocation list of its issuer"),
    (CertificateError::ExpiredRevocationList, Alert::UnknownCA, "lacks a current revocation list of its issuer"),
    (CertificateError::Revoked, Alert::CertificateRevoked, "holds our certificate for revoked"),
    (CertificateError::InvalidOcspResponse, Alert::BadCertificateStatusResponse, "asks for a stapled OCSP response"),
    (CertificateError::InvalidPurpose, Alert::UnsupportedCertificate, "client certificates need clientAuth"),
    (CertificateError::ApplicationVerificationFailure, Alert::AccessDenied, "for a C1: is its application registered"),
];

#[tokio::test]
async fn a_server_of_tls_1_2_refuses_us_within_the_handshake() {
    for (error, alert, hint) in REFUSALS {
        let server = TlsAcceptor::from(Arc::new(judging_server(issued::<S1>("retail"), &TLS12, Some(error))));
        let connector = of_tpp(ECO.trust());
        let (_, connected) = meet(
            async |io| server.accept(io).await.map(drop),
            async |io| connector.connect(&host(RETAIL_AS), io).await,
        )
        .await;
        assert_refused_as(RoleId::C1, alert, hint, &connected.unwrap_err());
    }
}

#[tokio::test]
async fn a_server_of_tls_1_3_refuses_us_at_the_first_read() {
    for (error, alert, hint) in REFUSALS {
        let server = TlsAcceptor::from(Arc::new(judging_server(issued::<S1>("retail"), &TLS13, Some(error))));
        let connector = of_tpp(ECO.trust());
        let (_, error) = meet(
            async |io| server.accept(io).await.map(drop),
            async |io| {
                let (_, mut stream) = connector.connect(&host(RETAIL_AS), io).await.unwrap().into_parts();
                stream.read(&mut [0; 1]).await.unwrap_err()
            },
        )
        .await;
        let found = cause(&error).unwrap();
        assert_eq!((found.code(), found.alert()), ("handshake.peer-refused-us", Some(alert)));
        let hub_tls::Cause::Handshake(found) = found else { panic!("{found}") };
        assert_refused_as(RoleId::C1, alert, hint, found);
    }
}

/// Who writes a large request learns of the refusal by a write that fails, since the server has gone: the alert is there still.
#[tokio::test]
async fn a_server_of_tls_1_3_refuses_us_at_a_write_before_the_first_read() {
    for (error, alert, hint) in REFUSALS {
        let server = TlsAcceptor::from(Arc::new(judging_server(issued::<S1>("retail"), &TLS13, Some(error))));
        let connector = of_tpp(ECO.trust());
        let gone = Notify::new();
        let (_, error) = meet(
            async |io| {
                let outcome = server.accept(io).await.map(drop);
                gone.notify_one();
                outcome
            },
            async |io| {
                let (_, mut stream) = connector.connect(&host(RETAIL_AS), io).await.unwrap().into_parts();
                gone.notified().await;
                loop {
                    if let Err(error) = stream.write_all(&[0; 16 * 1024]).await {
                        break error;
                    }
                }
            },
        )
        .await;
        let found = cause(&error);
        let Some(hub_tls::Cause::Handshake(found)) = found else { panic!("{error}: {found:?}") };
        assert_refused_as(RoleId::C1, alert, hint, found);
    }
}

/// A write may fail before the transport sees what has arrived: the alert is waited for.
#[tokio::test]
async fn an_alert_that_is_there_and_not_seen_yet_explains_the_write_that_failed() {
    let server =
        TlsAcceptor::from(Arc::new(judging_server(issued::<S1>("retail"), &TLS13, Some(REFUSALS[0].0.clone()))));
    let connector = of_tpp(ECO.trust());
    let (here, there) = duplex(16 * 1024);
    let broken = Arc::new(AtomicBool::new(false));
    let io = Hasty { io: here, broken: Arc::clone(&broken), looked: false };
    let host = host(RETAIL_AS);
    let (connected, refused) = tokio::join!(connector.connect(&host, io), server.accept(there));
    refused.unwrap_err();
    let (_, mut stream) = connected.unwrap().into_parts();
    broken.store(true, Ordering::SeqCst);
    let error = stream.write_all(b"request").await.unwrap_err();
    let Some(hub_tls::Cause::Handshake(found)) = cause(&error) else { panic!("{error}") };
    assert_refused_as(RoleId::C1, REFUSALS[0].1, REFUSALS[0].2, found);
    assert_eq!(stream.ending().reason().unwrap().code(), "handshake.peer-refused-us");
}

/// A transport that, once it is broken, refuses to write at once and sees what it can read the second time it looks.
struct Hasty {
    io: DuplexStream,
    broken: Arc<AtomicBool>,
    looked: bool,
}

impl AsyncRead for Hasty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.broken.load(Ordering::SeqCst) && !std::mem::replace(&mut self.looked, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for Hasty {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.io).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// A server that has answered has accepted us, and one of TLS 1.2 has when the handshake is over: an alert that comes later is not
/// about our certificate.
#[tokio::test]
async fn once_accepted_an_alert_is_an_error_of_the_connection() {
    for (version, answer) in [(&TLS13, &b"!"[..]), (&TLS12, b"!"), (&TLS12, b"")] {
        let server = TlsAcceptor::from(Arc::new(server_config(issued::<S1>("retail"), version)));
        let connector = of_tpp(ECO.trust());
        let ((), error) = meet(
            async |io| {
                let mut stream = server.accept(io).await.unwrap();
                stream.write_all(answer).await.unwrap();
                // What was never encrypted makes the server end with an alert.
                stream.read(&mut [0; 1]).await.unwrap_err();
                stream.flush().await.ok();
            },
            async |io| {
                let (_, mut stream) = connector.connect(&host(RETAIL_AS), io).await.unwrap().into_parts();
                stream.read_exact(&mut vec![0; answer.len()]).await.unwrap();
                stream.get_ref().try_write(b"\x17\x03\x03\x00\x11 not encrypted at").unwrap();
                stream.read(&mut [0; 1]).await.unwrap_err()
            },
        )
        .await;
        let found = cause(&error).unwrap();
        assert!(matches!(found, hub_tls::Cause::Alert(Alert::BadRecordMac)), "{found:?}, {version:?}, {answer:?}");
    }
}

#[tokio::test]
async fn a_client_refuses_our_certificate_within_the_handshake() {
    for version in VERSIONS {
        for (error, alert, hint) in [
            (CertificateError::Expired, Alert::CertificateExpired, "not valid at the peer's time"),
            (CertificateError::NotValidForName, Alert::BadCertificate, "does not name the host"),
        ] {
            let client = judging_client(Some(issued::<C1>("acme")), version, Some(error));
            let acceptor = for_tpps(ECO.trust());
            let (accepted, _) = meet(
                async |io| acceptor.accept(io).await,
                async |io| TlsConnector::from(Arc::new(client)).connect(server_name(RETAIL_AS), io).await.map(drop),
            )
            .await;
            assert_refused_as(RoleId::S1, alert, hint, &accepted.unwrap_err());
        }
    }
}

/// Both sides ours, and one of them with an outdated registration.
#[tokio::test]
async fn an_lfi_that_pins_another_organisation_for_the_hub_refuses_c4() {
    let bank = ECO.lfi("bank").unwrap();
    let outdated = edited(bank.deployment_json(), |file| {
        file["ozone"]["organisation"] = "0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c0aa".into();
    });
    let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), &outdated, bank.s4(), &settings()).unwrap();
    let connector = of_hub(ECO.trust());
    let (refused, error) = meet(
        async |io| acceptor.accept(io).await.unwrap_err(),
        async |io| {
            let (_, mut stream) = connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts();
            stream.read(&mut [0; 1]).await.unwrap_err()
        },
    )
    .await;

    let HandshakeError::Refused(refusal) = &refused else { panic!("{refused}") };
    assert_eq!(
        (refusal.role(), refusal.path(), refusal.code()),
        (RoleId::C4, Some(PathId::HubToLfi), "certificate.organisation")
    );
    let presented: &Issued = issued::<C4>("ozone");
    assert_eq!(refusal.kid(), Some(&presented.kid()));
    assert!(error.to_string().contains("the LFI pins the organisation of C4"), "{error}");
}

fn assert_refused_as(ours: RoleId, expected: Alert, hint: &str, error: &HandshakeError) {
    let HandshakeError::PeerRefusedUs { path, role, alert, .. } = error else { panic!("{error}") };
    assert_eq!((*role, *alert, Some(*path)), (ours, expected, PathId::of_transport(ours)));
    assert_eq!(error.code(), "handshake.peer-refused-us");
    let text = error.to_string();
    assert!(text.contains(&format!("in which we are {ours}")) && text.contains(hint), "{text}");
}
