//! A keystore on loopback that answers over TLS, octet by octet what a test tells it to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_roles::HttpsUrl;
use hub_testkit::{LeafSpec, SubjectSpec};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
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
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Answers every request with `answer`, under a certificate for [`HOST`].
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let (acceptor, counter) = (acceptor(), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), tcp, answer.clone(), Arc::clone(&counter)));
            }
        });
        Self { address, requests }
    }

    /// How many requests it has read.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

pub(crate) fn url() -> HttpsUrl {
    format!("https://{HOST}/of/application.jwks?x=1").parse().unwrap()
}

fn acceptor() -> TlsAcceptor {
    let subject = SubjectSpec::new("Directory", "3f0f6b1e-4a57-4a39-8f55-8b0d9f6b9a11");
    let spec = LeafSpec::server_transport(subject).with_dns_name(HOST);
    let issued = ECOSYSTEM.authority().issue(&spec).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(issued.chain(), issued.private_key())
        .unwrap();
    Arc::new(config).into()
}

async fn serve(acceptor: TlsAcceptor, tcp: TcpStream, answer: Answer, requests: Arc<AtomicUsize>) {
    let Ok(mut tls) = acceptor.accept(tcp).await else { return };
    let request = read_head(&mut tls).await;
    let lines = format!("GET /of/application.jwks?x=1 HTTP/1.1\r\nhost: {HOST}\r\n");
    assert!(request.starts_with(&lines), "{request}");
    requests.fetch_add(1, Ordering::SeqCst);
    // The client may hang up in the middle of an answer that it refuses.
    match answer {
        Answer::Send(octets) => {
            let _ = tls.write_all(&octets).await;
            let _ = tls.shutdown().await;
        }
        Answer::SendAndDrop(octets) => {
            let _ = tls.write_all(&octets).await;
            let _ = tls.flush().await;
        }
        Answer::SendAndHang(octets) => {
            let _ = tls.write_all(&octets).await;
            let _ = tls.flush().await;
            let _ = tls.read(&mut [0]).await;
        }
    }
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
