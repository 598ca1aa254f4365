//! Listeners for a proxy: what proves each connection or request to be the proxy's, and who the client behind it is.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hub_roles::{C4, HubToLfi};
use hub_tls::{AddressAndSecret, MutualTls, Peer, ProxyError, TrustedProxy, UnixSocket};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// The proxy is on this machine: the system says once for each connection whose process is at the other end.
pub(super) async fn over_unix_socket(proxy: TrustedProxy<HubToLfi, UnixSocket>, listener: UnixListener) {
    loop {
        let Some((stream, _)) = accepted(listener.accept().await).await else { continue };
        match proxy.hop(&stream) {
            Ok(hop) => drop(tokio::spawn(serve(stream, move |headers| hop.peer(headers, UnixTime::now())))),
            // Whoever else may open the socket gets no answer.
            Err(error) => refused(&error),
        }
    }
}

/// The proxy comes over a network that nobody else listens to: its address and its secret are judged with every request.
pub(super) async fn over_tcp(proxy: TrustedProxy<HubToLfi, AddressAndSecret>, listener: TcpListener) {
    loop {
        let Some((stream, remote)) = accepted(listener.accept().await).await else { continue };
        let proxy = proxy.clone();
        tokio::spawn(serve(stream, move |headers| proxy.hop((remote.ip(), headers))?.peer(headers, UnixTime::now())));
    }
}

/// The proxy comes over any network, by TLS with a certificate of the LFI's own PKI, which is judged once for each connection.
pub(super) async fn over_mutual_tls(proxy: TrustedProxy<HubToLfi, MutualTls>, tls: TlsAcceptor, listener: TcpListener) {
    loop {
        let Some((stream, _)) = accepted(listener.accept().await).await else { continue };
        let (proxy, tls) = (proxy.clone(), tls.clone());
        tokio::spawn(async move {
            // Who is no client of that PKI gets no further than here.
            let Ok(Ok(stream)) = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await else { return };
            match proxy.hop(stream.get_ref().1) {
                Ok(hop) => serve(stream, move |headers| hop.peer(headers, UnixTime::now())).await,
                Err(error) => refused(&error),
            }
        });
    }
}

/// The TLS of the hop, for whoever has a certificate of the LFI's own PKI.
pub(super) fn own_tls(pki: &Path) -> Result<TlsAcceptor, Box<dyn Error>> {
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    for root in certificates(&pki.join("ca.pem"))? {
        roots.add(root)?;
    }
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(
            certificates(&pki.join("server.pem"))?,
            PrivateKeyDer::from_pem_file(pki.join("server.key"))?,
        )?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Of all that have a certificate of the LFI's own PKI, the one that is the proxy.
pub(super) fn pinned(pki: &Path) -> Result<MutualTls, Box<dyn Error>> {
    Ok(MutualTls::of_certificates([CertificateDer::from_pem_file(pki.join("proxy.pem"))?])?)
}

/// Answers the requests of one connection: each has a peer of its own, since the proxy sends those of many clients.
async fn serve<S>(stream: S, peer: impl Fn(&HeaderMap) -> Result<Peer<C4>, ProxyError>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(async |request: Request<Incoming>| {
        let mut response = Response::new(Full::default());
        match peer(request.headers()) {
            Ok(hub) => *response.body_mut() = answer(&hub),
            Err(error) => {
                refused(&error);
                *response.status_mut() = StatusCode::FORBIDDEN;
            }
        }
        Ok::<_, Infallible>(response)
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    if let Err(reason) = connection.await {
        println!("connection broken: {reason}");
    }
}

/// In place of Ozone Connect: who asks.
fn answer(hub: &Peer<C4>) -> Full<Bytes> {
    Full::from(format!("{} {}\n", hub.kid(), hub.subject()))
}

/// Shows what the program's log would have.
fn refused(error: &ProxyError) {
    println!("refused: [{}] {error}", error.code());
}

/// What was accepted; without file descriptors left, for one, nothing, after a rest.
async fn accepted<T>(outcome: io::Result<T>) -> Option<T> {
    if outcome.is_err() {
        sleep(REST).await;
    }
    outcome.ok()
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, rustls_pki_types::pem::Error> {
    CertificateDer::pem_file_iter(file)?.collect()
}

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_millis(50);
