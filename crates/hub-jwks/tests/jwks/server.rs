//! A keystore on loopback that answers over TLS, octet by octet what a test tells it to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_roles::HttpsUrl;
use hub_testkit::{LeafSpec, SubjectSpec};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ALL_VERSIONS, HandshakeKind, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::world::ECOSYSTEM;

pub(crate) const HOST: &str = "keystore.sandbox.directory.openfinance.ae";

/// What the server does once it has read a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Sends these octets, then closes the TLS connection as it should be closed.
    Send(Vec<u8>),
    /// Sends these octets, then drops the TCP connection.
    SendAndDrop(Vec<u8>),
    /// Sends these octets, then waits for the other side to go.
    SendAndHang(Vec<u8>),
    /// Sends these octets, one after the other and never in haste.
    Drip(Vec<u8>),
}

impl Answer {
    /// A response with a body of known length.
    pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
        Self::Send([head.as_bytes(), body].concat())
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Log>,
}

/// What a server has seen.
#[derive(Default)]
struct Log {
    /// The head of each request, and how its connection was secured.
    requests: Mutex<Vec<(String, HandshakeKind)>>,
    /// Connections that the client has not closed.
    open: watch::Sender<usize>,
}

impl Server {
    /// Answers every request with `answer`, under a certificate for [`HOST`].
    pub(crate) async fn start(answer: Answer) -> Self {
        Self::with(config(&leaf(), default_provider(), ALL_VERSIONS), answer).await
    }

    /// The same with a TLS configuration of its own.
    pub(crate) async fn with(config: ServerConfig, answer: Answer) -> Self {
        Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), config, answer).await
    }

    /// The same as another server, at another address and the same port.
    pub(crate) async fn beside(other: &Self, address: IpAddr, answer: Answer) -> Self {
        let config = config(&leaf(), default_provider(), ALL_VERSIONS);
        Self::at(SocketAddr::from((address, other.address.port())), config, answer).await
    }

    async fn at(address: SocketAddr, config: ServerConfig, answer: Answer) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (acceptor, log) = (TlsAcceptor::from(Arc::new(config)), Arc::new(Log::default()));
        let seen = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                seen.open.send_modify(|open| *open += 1);
                tokio::spawn(serve(acceptor.clone(), tcp, answer.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, log }
    }

    /// How many requests it has read.
    pub(crate) fn requests(&self) -> usize {
        self.log.requests.lock().unwrap().len()
    }

    /// The head of the last request.
    pub(crate) fn last_request(&self) -> String {
        self.log.requests.lock().unwrap().last().unwrap().0.clone()
    }

    /// How the connection of each request was secured.
    pub(crate) fn handshakes(&self) -> Vec<HandshakeKind> {
        self.log.requests.lock().unwrap().iter().map(|(_, kind)| *kind).collect()
    }

    /// Waits until the client has closed every connection.
    pub(crate) async fn left(&self) {
        let mut open = self.log.open.subscribe();
        timeout(Duration::from_secs(20), open.wait_for(|open| *open == 0))
            .await
            .expect("a connection stays open")
            .unwrap();
    }
}

pub(crate) fn url() -> HttpsUrl {
    format!("https://{HOST}/of/application.jwks?x=1").parse().unwrap()
}

/// What the certificate of a keystore says.
pub(crate) fn leaf() -> LeafSpec {
    let subject = SubjectSpec::new("Directory", "3f0f6b1e-4a57-4a39-8f55-8b0d9f6b9a11");
    LeafSpec::server_transport(subject).with_dns_name(HOST)
}

pub(crate) fn config(
    leaf: &LeafSpec,
    provider: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let issued = ECOSYSTEM.authority().issue(leaf).unwrap();
    ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(issued.chain(), issued.private_key())
        .unwrap()
}

async fn serve(acceptor: TlsAcceptor, tcp: TcpStream, answer: Answer, log: Arc<Log>) {
    if let Ok(tls) = acceptor.accept(tcp).await {
        respond(tls, answer, &log).await;
    }
    log.open.send_modify(|open| *open -= 1);
}

/// Answers one request, and returns when the client has gone.
async fn respond(mut tls: TlsStream<TcpStream>, answer: Answer, log: &Log) {
    let request = read_head(&mut tls).await;
    // A URL names the port or leaves it out.
    let lines = [HOST.to_owned(), format!("{HOST}:{}", tls.get_ref().0.local_addr().unwrap().port())]
        .map(|authority| format!("GET /of/application.jwks?x=1 HTTP/1.1\r\nhost: {authority}\r\n"));
    assert!(lines.iter().any(|lines| request.starts_with(lines)), "{request}");
    log.requests.lock().unwrap().push((request, tls.get_ref().1.handshake_kind().unwrap()));
    // The client may hang up in the middle of an answer that it refuses.
    match answer {
        Answer::Send(octets) => {
            let _ = tls.write_all(&octets).await;
            let _ = tls.shutdown().await;
        }
        Answer::SendAndDrop(octets) => {
            let _ = tls.write_all(&octets).await;
            let _ = tls.flush().await;
            return;
        }
        Answer::SendAndHang(octets) => {
            let _ = tls.write_all(&octets).await;
            let _ = tls.flush().await;
        }
        Answer::Drip(octets) => {
            for octet in octets {
                if tls.write_all(&[octet]).await.is_err() || tls.flush().await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
    let _ = tls.read(&mut [0]).await;
}

async fn read_head(tls: &mut TlsStream<TcpStream>) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match tls.read_u8().await {
            Ok(octet) => head.push(octet),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}
