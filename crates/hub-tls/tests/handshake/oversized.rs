//! Certificate messages beyond all measure: refused after a bounded part of them was read.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use hub_roles::{C4, S4};
use hub_testkit::Issued;
use hub_tls::Limits;
use rustls::SupportedProtocolVersion;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::{client_config, server_config};
use crate::world::*;

/// The most that may be read of a handshake, whatever is sent: rustls takes messages of up to 64 KiB, and reads in small steps.
const MOST: usize = 80 * 1024;

#[tokio::test]
async fn a_clients_certificates_beyond_all_measure_are_not_read_to_their_end() {
    let (acceptor, sound) = (for_hub(ECO.trust()), issued::<C4>("ozone"));
    for (version, presented, code) in both_versions(sound) {
        let client = TlsConnector::from(Arc::new(client_config(Some(&presented), version)));
        let (verdict, read) = counted(
            async |io| acceptor.accept(io).await.map(drop),
            async |io| client.connect(server_name(BANK_OZONE_CONNECT), io).await.map(drop),
        )
        .await;
        assert_eq!(verdict.err().map(|error| error.code()), code, "{version:?}");
        assert!(read < MOST, "{read} octets, {version:?}");
    }
}

#[tokio::test]
async fn a_servers_certificates_beyond_all_measure_are_not_read_to_their_end() {
    let (connector, sound) = (of_hub(ECO.trust()), issued::<S4>("bank"));
    for (version, presented, code) in both_versions(sound) {
        let server = TlsAcceptor::from(Arc::new(server_config(&presented, version)));
        let (verdict, read) = counted(
            async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.map(drop),
            async |io| server.accept(io).await.map(drop),
        )
        .await;
        assert_eq!(verdict.err().map(|error| error.code()), code, "{version:?}");
        assert!(read < MOST, "{read} octets, {version:?}");
    }
}

/// rustls has no alert for it.
#[tokio::test]
async fn a_client_with_too_much_to_say_sees_the_end_of_the_connection_and_no_reset() {
    let gate = for_hub(ECO.trust()).gate(Limits::new()).unwrap();
    for version in VERSIONS {
        let presented = with_more(issued::<C4>("ozone"), 256 * 1024);
        let client = TlsConnector::from(Arc::new(client_config(Some(&presented), version)));
        let (_, error) = meet(
            async |io| gate.place().await.accept(io, ([192, 0, 2, 7], 50123).into()).await.map(drop),
            async |io| {
                let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await?;
                stream.read(&mut [0]).await
            },
        )
        .await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::UnexpectedEof, "{version:?}");
    }
}

/// What is sound and what is vast, with the code of its refusal.
fn both_versions(
    sound: &Issued,
) -> impl Iterator<Item = (&'static SupportedProtocolVersion, Issued, Option<&'static str>)> {
    let vast = with_more(sound, 4 * 1024 * 1024);
    VERSIONS
        .into_iter()
        .flat_map(move |version| [(version, sound.clone(), None), (version, vast.clone(), Some("handshake.protocol"))])
}

/// What becomes of our side, and how many octets it has read.
async fn counted<T>(
    ours: impl AsyncFnOnce(Counted<TcpStream>) -> T,
    theirs: impl AsyncFnOnce(TcpStream) -> io::Result<()>,
) -> (T, usize) {
    let read = Arc::new(AtomicUsize::new(0));
    let (outcome, _) = meet(async |io| ours(Counted { io, read: Arc::clone(&read) }).await, theirs).await;
    (outcome, read.load(Ordering::SeqCst))
}

/// The same with more behind it.
fn with_more(sound: &Issued, octets: usize) -> Issued {
    let mut vast = sound.clone();
    vast.intermediates.push(CertificateDer::from(vec![0; octets]));
    vast
}

/// A transport that counts what is read from it.
struct Counted<IO> {
    io: IO,
    read: Arc<AtomicUsize>,
}

impl<IO: AsyncRead + Unpin> AsyncRead for Counted<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(context, buffer);
        self.read.fetch_add(buffer.filled().len() - before, Ordering::SeqCst);
        outcome
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Counted<IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
