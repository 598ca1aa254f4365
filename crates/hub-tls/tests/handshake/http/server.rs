//! HTTP servers behind an acceptor or a stranger's TLS, and clients that find them.

use std::convert::Infallible;
use std::future::{Future, Ready, pending, ready};
use std::iter;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hub_roles::Path;
use hub_tls::{AcceptingPath, Acceptor, Connector, HttpsConnector, cause};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{AlertDescription, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

/// The two versions of HTTP, by their names in ALPN.
pub(crate) const HTTP: [&str; 2] = ["h2", "http/1.1"];

/// Answers a request at once, never, or with a body that does not end, by the path of its URI.
pub(crate) const HELLO: &str = "/hello";
pub(crate) const NEVER: &str = "/never";
pub(crate) const ENDLESS: &str = "/endless";

/// An HTTP server on a port of loopback.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    handshakes: Arc<AtomicUsize>,
    refusals: mpsc::UnboundedReceiver<Refusal>,
}

/// The code of a failed handshake, and the alert in it.
pub(crate) type Refusal = (&'static str, Option<AlertDescription>);

impl Server {
    /// How many connections it has accepted.
    pub(crate) fn connections(&self) -> usize {
        self.handshakes.load(Ordering::SeqCst)
    }

    /// The next handshake that failed here.
    pub(crate) async fn refusal(&mut self) -> Refusal {
        self.refusals.recv().await.unwrap()
    }
}

/// Serves HTTP behind an acceptor.
pub(crate) async fn serve<P: AcceptingPath>(acceptor: Acceptor<P>) -> Server {
    start(move |tcp| {
        let acceptor = acceptor.clone();
        async move {
            let accepted = acceptor.accept(tcp).await.map_err(|error| refusal(&error))?;
            let (_, stream) = accepted.into_parts();
            let http2 = stream.alpn() == Some(b"h2");
            Ok((stream, http2))
        }
    })
    .await
}

/// Serves HTTP behind a stranger's TLS.
pub(crate) async fn serve_strange(config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    start(move |tcp| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(tcp).await.map_err(|error| refusal(&error))?;
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            Ok((stream, http2))
        }
    })
    .await
}

fn refusal(error: &(dyn std::error::Error + 'static)) -> Refusal {
    match cause(error) {
        Some(cause) => (cause.code(), cause.alert()),
        None => panic!("{error}"),
    }
}

async fn start<F, A, S>(accept: F) -> Server
where
    F: Fn(TcpStream) -> A + Send + 'static,
    A: Future<Output = Result<(S, bool), Refusal>> + Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let handshakes = Arc::new(AtomicUsize::new(0));
    let (report, refusals) = mpsc::unbounded_channel();
    let server = Server { address, handshakes: Arc::clone(&handshakes), refusals };
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (accepted, handshakes, report) = (accept(tcp), Arc::clone(&handshakes), report.clone());
            tokio::spawn(async move {
                match accepted.await {
                    Ok((stream, http2)) => {
                        handshakes.fetch_add(1, Ordering::SeqCst);
                        answer(stream, http2).await;
                    }
                    Err(refusal) => drop(report.send(refusal)),
                }
            });
        }
    });
    server
}

/// Answers the requests of one connection. Clients go when they like.
async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, http2: bool) {
    let service = service_fn(async |request: Request<Incoming>| {
        let body = match request.uri().path() {
            NEVER => pending().await,
            ENDLESS => BoxBody::new(Endless),
            _ => BoxBody::new(Empty::new()),
        };
        Ok::<_, Infallible>(Response::new(body))
    });
    let io = TokioIo::new(stream);
    if http2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await.ok();
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await.ok();
    }
}

/// A body with a beginning and no end.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// The body of a request without one.
pub(crate) type Nothing = Empty<Bytes>;

pub(crate) type HttpClient<P, S = HttpConnector<At>> = Client<HttpsConnector<P, S>, Nothing>;

/// A client to which every host is at this server.
pub(crate) fn client<P: Path>(connector: &Connector<P>, server: &Server) -> HttpClient<P> {
    https(connector, server).client()
}

/// What [`client`] is made of.
pub(crate) fn https<P: Path>(connector: &Connector<P>, server: &Server) -> HttpsConnector<P, HttpConnector<At>> {
    HttpsConnector::resolving(connector.clone(), At(server.address))
}

/// The DNS, in which every name is at one address.
#[derive(Clone)]
pub(crate) struct At(pub(crate) SocketAddr);

impl Service<Name> for At {
    type Response = iter::Once<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(iter::once(self.0)))
    }
}

pub(crate) fn uri(host: &str, path: &str) -> Uri {
    format!("https://{host}{path}").parse().unwrap()
}

/// Reads a body to its end.
pub(crate) async fn read(body: Incoming) -> Result<Bytes, hyper::Error> {
    Ok(body.collect().await?.to_bytes())
}
