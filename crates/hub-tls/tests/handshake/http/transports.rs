//! The way to the host: other transports, proxies, and how long it may take.

use std::future::{Future, Ready, pending, ready};
use std::io;
use std::iter;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hub_roles::S4;
use hub_tls::{HttpsConnector, Peer, cause};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tower_service::Service;
use tracing::Level;

use super::server::{HELLO, Nothing, serve, uri};
use crate::log::Log;
use crate::world::*;

type Connecting = Pin<Box<dyn Future<Output = io::Result<TokioIo<TcpStream>>> + Send>>;

/// Leads to one address.
#[derive(Clone)]
pub(crate) struct To(pub(crate) SocketAddr);

impl Service<Uri> for To {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Connecting {
        let address = self.0;
        Box::pin(async move { Ok(TokioIo::new(TcpStream::connect(address).await?)) })
    }
}

/// Counts how often it is asked.
#[derive(Clone)]
pub(crate) struct Counting {
    to: To,
    calls: Arc<AtomicUsize>,
}

impl Counting {
    pub(crate) fn over(to: To) -> Self {
        Self { to, calls: Arc::default() }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Service<Uri> for Counting {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.to.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.to.call(uri)
    }
}

/// Leads nowhere.
#[derive(Clone)]
struct Nowhere;

impl Service<Uri> for Nowhere {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Connecting {
        Box::pin(pending())
    }
}

/// The DNS, in which there is nothing.
#[derive(Clone)]
struct NoNames;

impl Service<Name> for NoNames {
    type Response = iter::Empty<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Err(io::Error::other("no such name")))
    }
}

#[tokio::test(start_paused = true)]
async fn a_way_that_takes_too_long_is_given_up() {
    let limit = Duration::from_secs(7);
    let client = HttpsConnector::over(of_hub(ECO.trust()), Nowhere, limit).client::<Nothing>();
    let start = Instant::now();
    let error = client.get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), limit.as_secs());
    let found = cause(&error).unwrap();
    assert_eq!(found.code(), "handshake.unreachable");
    assert!(found.to_string().ends_with("not within 7s"), "{found}");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_takes_too_long_is_given_up() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let limit = Duration::from_secs(7);
    let https = HttpsConnector::over(of_hub(ECO.trust()), To(listener.local_addr().unwrap()), Duration::MAX);
    let client = https.with_handshake_timeout(limit).client::<Nothing>();
    let (log, _kept) = Log::of_this_thread();
    // The connection waits in the listener's queue.
    let error = client.get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap_err();
    let found = cause(&error).unwrap();
    assert_eq!(found.code(), "handshake.timed-out");
    assert!(found.to_string().contains("within 7s"), "{found}");
    let told: Vec<_> = log.take().iter().map(|entry| (entry.level, entry.field("code").map(str::to_owned))).collect();
    assert_eq!(told, [(Level::INFO, Some("handshake.timed-out".to_owned()))]);
}

#[tokio::test]
async fn a_name_that_is_not_resolved_is_unreachable() {
    let https = HttpsConnector::resolving(of_hub(ECO.trust()), NoNames);
    let error = https.client::<Nothing>().get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap_err();
    let found = cause(&error).unwrap();
    assert_eq!(found.code(), "handshake.unreachable");
    assert!(found.to_string().contains("no such name"), "{found}");
}

/// The tunnel asks the proxy for host and port, and TLS goes through it to the server.
#[tokio::test]
async fn an_http_proxy_is_a_transport() {
    let server = serve(for_hub(ECO.trust())).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (report, asked) = oneshot::channel();
    let behind = server.address;
    tokio::spawn(async move {
        let mut client = BufReader::new(listener.accept().await.unwrap().0);
        let mut asked = String::new();
        while !asked.ends_with("\r\n\r\n") {
            client.read_line(&mut asked).await.unwrap();
        }
        report.send(asked).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        copy_bidirectional(&mut client, &mut TcpStream::connect(behind).await.unwrap()).await
    });

    let tunnel = Tunnel::new(proxy, HttpConnector::new());
    let client = HttpsConnector::over(of_hub(ECO.trust()), tunnel, Duration::from_secs(60)).client::<Nothing>();
    let response = client.get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap();
    assert_eq!(*Peer::<S4>::of(response.extensions()).unwrap().kid(), issued::<S4>("bank").kid());
    assert!(asked.await.unwrap().starts_with("CONNECT ozone-connect.bank.example:443 HTTP/1.1\r\n"));
}
