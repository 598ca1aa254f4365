//! The two ends of connections: ours, and those of plain rustls.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use hub_roles::{HostName, KeyId, LfiToHub};
use hub_testkit::Issued;
use hub_tls::{Acceptor, Connector};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::Fault;
use super::ledger::Ledger;

/// Who answers at a port.
pub(super) enum Server {
    Ours(Acceptor<LfiToHub>),
    Stock(Arc<Replaceable<ServerConfig>>),
}

/// Who calls a host.
#[derive(Clone)]
pub(super) enum Caller {
    Ours(Connector<LfiToHub>),
    Stock(Arc<Replaceable<ClientConfig>>),
}

/// Where a host is served, for as long as anybody knows it.
#[derive(Clone)]
pub(super) struct Target {
    host: HostName,
    address: SocketAddr,
    _listening: Arc<JoinSet<()>>,
}

/// A configuration of plain rustls: it does not rotate, so another takes its place.
pub(super) struct Replaceable<T>(RwLock<Arc<T>>);

/// An open connection, whoever runs it.
pub(super) struct Open {
    pub(super) stream: Box<dyn Stream>,
    resumed: bool,
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Target {
    /// Serves a host at a port of its own.
    pub(super) async fn serve(host: &str, server: &Arc<Server>, ledger: &Arc<Ledger>) -> Result<Self, Fault> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (host, address) = (host.parse()?, listener.local_addr()?);
        let (server, ledger) = (Arc::clone(server), Arc::clone(ledger));
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (server, ledger) = (Arc::clone(&server), Arc::clone(&ledger));
                tokio::spawn(async move { server.serve(tcp, &ledger).await });
            }
        });
        Ok(Self { host, address, _listening: Arc::new(listening) })
    }
}

impl Server {
    async fn serve(&self, tcp: TcpStream, ledger: &Ledger) {
        tcp.set_nodelay(true).ok();
        match self {
            Self::Ours(acceptor) => match acceptor.accept(tcp).await {
                Ok(accepted) => {
                    let (client, mut stream) = accepted.into_parts();
                    check(ledger, client.kid(), &mut stream).await;
                    // The connection ends when it has been counted.
                    answer(&mut stream).await.unwrap_or_else(|error| ledger.ended(&error));
                }
                Err(error) => ledger.failed(&error),
            },
            // What goes wrong here, the other side tells.
            Self::Stock(config) => {
                if let Ok(mut stream) = TlsAcceptor::from(config.get()).accept(tcp).await {
                    answer(&mut stream).await.ok();
                }
            }
        }
    }
}

impl Caller {
    /// Opens a connection, and has an answer over it.
    pub(super) async fn open(&self, target: &Target, ledger: &Ledger) -> Result<Open, Fault> {
        let tcp = TcpStream::connect(target.address).await?;
        tcp.set_nodelay(true)?;
        let mut open = match self {
            Self::Ours(connector) => {
                let connected = connector.connect(&target.host, tcp).await.inspect_err(|error| ledger.failed(error))?;
                let (server, mut stream) = connected.into_parts();
                check(ledger, server.kid(), &mut stream).await;
                Open { resumed: stream.resumed(), stream: Box::new(stream) }
            }
            Self::Stock(config) => {
                let stream = TlsConnector::from(config.get()).connect(target.host.to_server_name(), tcp).await?;
                let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
                Open { resumed, stream: Box::new(stream) }
            }
        };
        open.stream.write_all(&QUESTION).await?;
        open.stream.read_exact(&mut [0]).await?;
        Ok(open)
    }

    /// Opens a connection, uses it and closes it; tells whether it resumed a session.
    pub(super) async fn call(&self, target: &Target, ledger: &Ledger) -> Result<bool, Fault> {
        let mut open = self.open(target, ledger).await?;
        open.stream.write_all(&GOODBYE).await?;
        match open.stream.read(&mut [0]).await? {
            0 => Ok(open.resumed),
            _ => Err("more than one answer".into()),
        }
    }
}

impl<T> Replaceable<T> {
    pub(super) fn new(value: T) -> Arc<Self> {
        Arc::new(Self(RwLock::new(Arc::new(value))))
    }

    pub(super) fn replace(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }

    fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection that was handed out: if the swaps that refuse its peer have returned, it must be dead.
async fn check(ledger: &Ledger, kid: &KeyId, stream: &mut (impl AsyncWrite + Unpin)) {
    if ledger.is_refused(kid) && stream.write_all(&ANSWER).await.is_ok() {
        ledger.fault(format!("{kid} was handed out after it was refused"));
    }
}

/// Answers every question until the other side says goodbye. Then this side closes first: whoever does cannot use this pair of ports
/// again at once, and a client would soon have none left.
async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    let mut word = [0];
    while stream.read(&mut word).await? > 0 && word == QUESTION {
        stream.write_all(&ANSWER).await?;
    }
    stream.shutdown().await
}

/// A client of plain rustls, which resumes sessions.
pub(super) fn stock_client(
    root: &CertificateDer<'static>,
    identity: &Issued,
    version: &'static SupportedProtocolVersion,
) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(trusting(root)?, Arc::clone(&provider)).build()?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])?
        .with_webpki_verifier(verifier)
        .with_client_auth_cert(identity.chain(), identity.private_key())?)
}

/// A server of plain rustls, which lets clients resume.
pub(super) fn stock_server(
    root: &CertificateDer<'static>,
    identity: &Issued,
    version: &'static SupportedProtocolVersion,
) -> Result<ServerConfig, Fault> {
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(trusting(root)?, Arc::clone(&provider)).build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain(), identity.private_key())?;
    config.ticketer = Ticketer::new()?;
    Ok(config)
}

fn trusting(root: &CertificateDer<'static>) -> Result<Arc<RootCertStore>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone())?;
    Ok(Arc::new(roots))
}

const QUESTION: [u8; 1] = *b"?";
const ANSWER: [u8; 1] = *b"!";
const GOODBYE: [u8; 1] = *b".";
