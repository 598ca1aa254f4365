//! HTTP clients over a connector: what hyper-util's client asks of one.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hub_roles::{Certificate, HostName, Path};
use hyper::body::Body;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::timeout;
use tower_service::Service;

use crate::connector::Connector;
use crate::error::HandshakeError;
use crate::handshake::record;
use crate::peer::Peer;
use crate::stream::Stream;

/// Connects HTTP clients to the servers that a [`Connector`] reaches: HTTP/2 or HTTP/1.1, whichever the server chooses (ALPN).
///
/// [`Self::client`] makes a pooling client of it. For each connection:
///
/// - `http://` URIs, IP addresses and hosts that the connector does not reach are refused before anybody is asked or anything sent.
/// - The way to the host and the handshake have a time limit each, five seconds unless set. `TCP_NODELAY` is on.
/// - Responses carry the server's [`Peer`] ([`Peer::of`]), the [`Certificate`] we presented and the connection's
///   [`Ending`](crate::Ending) among their extensions.
/// - A connection that a [`Rotation`](crate::Rotation) closes leaves the pool, and the next request makes another, if the server is
///   still admitted. One that is kept, since only our own credential changed, goes on with the old certificate. Access tokens are
///   bound to a C1 (RFC 8705 section 3): make a client for each certificate, over what [`Connector::presenting`] gives.
///
/// What went wrong is a [`HandshakeError`], and [`cause`](crate::cause) finds it in the client's error.
///
/// A request that met a connection of the pool as it was closing, and of which nothing was sent, is sent again on another one. That is
/// hyper-util's `retry_canceled_requests`, on by default; a request of which anything was sent is never repeated, whatever its
/// method. A refusal does not make a loop of it: on a new connection nothing is tried again.
///
/// Give each request a time limit ([`tokio::time::timeout`]): neither hyper nor this crate has one for a server that is silent after the
/// handshake, and hyper itself may, on very rare occasions, forget a request that meets its connection as it fails.
///
/// ```
/// use bytes::Bytes;
/// use http::Uri;
/// use http_body_util::Empty;
/// use hub_roles::{S4, HubToLfi};
/// use hub_tls::{Connector, HttpsConnector, Peer};
///
/// # async fn call(connector: Connector<HubToLfi>) -> Result<(), Box<dyn std::error::Error>> {
/// let client = HttpsConnector::new(connector).client::<Empty<Bytes>>();
/// let response = client.get(Uri::from_static("https://ozone-connect.bank.example/hello-mtls")).await?;
/// let bank = Peer::<S4>::of(response.extensions()).ok_or("a response that came from nowhere")?;
/// println!("{} from {}", response.status(), bank.subject());
/// # Ok(())
/// # }
/// ```
pub struct HttpsConnector<P: Path, S = HttpConnector> {
    connector: Connector<P>,
    transport: S,
    http2: bool,
    connect_limit: Duration,
    handshake_limit: Duration,
}

impl<P: Path> HttpsConnector<P> {
    /// Over TCP, to the addresses that the system's resolver gives.
    #[must_use]
    pub fn new(connector: Connector<P>) -> Self {
        Self::over_tcp(connector, HttpConnector::new())
    }
}

impl<P: Path, R> HttpsConnector<P, HttpConnector<R>> {
    /// Over TCP, to the addresses that `resolver` gives: a [`Service`] that takes a
    /// [`Name`](hyper_util::client::legacy::connect::dns::Name) and yields socket addresses. A port of theirs that is not zero counts,
    /// unless the URI names one.
    #[must_use]
    pub fn resolving(connector: Connector<P>, resolver: R) -> Self {
        Self::over_tcp(connector, HttpConnector::new_with_resolver(resolver))
    }

    /// Gives up when the host's address is not found, or a TCP connection not made, within `limit`. If there are several addresses,
    /// each gets an equal share.
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.transport.set_connect_timeout(Some(limit));
        self.connect_limit = limit;
        self
    }

    fn over_tcp(connector: Connector<P>, mut tcp: HttpConnector<R>) -> Self {
        tcp.enforce_http(false);
        // Requests are small: none should wait for the acknowledgement of the one before.
        tcp.set_nodelay(true);
        Self::over(connector, tcp, LIMIT).with_connect_timeout(LIMIT)
    }
}

impl<P: Path, S> HttpsConnector<P, S> {
    /// Over a transport of the caller's: a [`Service`] that takes the request's URI and yields a connection to its host within
    /// `limit`. `Tunnel` of hyper-util is one, which asks an HTTP proxy for it (`CONNECT`): the proxy sees host and port, nothing
    /// else.
    #[must_use]
    pub fn over(connector: Connector<P>, transport: S, limit: Duration) -> Self {
        Self { connector, transport, http2: true, connect_limit: limit, handshake_limit: LIMIT }
    }

    /// Gives up when a handshake is not done within `limit`.
    #[must_use]
    pub fn with_handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_limit = limit;
        self
    }

    /// Speaks HTTP/1.1 only. Otherwise HTTP/2 is preferred; [`Settings::with_alpn`](crate::Settings::with_alpn) has no say in it.
    #[must_use]
    pub fn with_http1_only(mut self) -> Self {
        self.http2 = false;
        self
    }

    /// A client that keeps connections in a pool, on tokio's runtime. Whoever wants other pool or protocol settings builds one with
    /// `Client::builder`, and gives it a timer, without which idle connections are not closed in time.
    #[must_use]
    pub fn client<B>(self) -> Client<Self, B>
    where
        Self: Connect + Clone,
        B: Body + Send,
        B::Data: Send,
    {
        Client::builder(TokioExecutor::new()).timer(TokioTimer::new()).pool_timer(TokioTimer::new()).build(self)
    }

    /// The host to connect to, if there may be a connection at all.
    fn host(&self, uri: &Uri) -> Result<HostName, HandshakeError> {
        if uri.scheme() != Some(&Scheme::HTTPS) {
            let scheme = uri.scheme_str().unwrap_or_default().to_owned();
            return Err(HandshakeError::NotHttps { path: P::ID, scheme });
        }
        let name = uri.host().unwrap_or_default();
        let Ok(host) = name.parse() else {
            return Err(HandshakeError::UnknownHost { path: P::ID, host: name.to_owned() });
        };
        self.connector.reaching(&host)?;
        Ok(host)
    }
}

impl<P, S> HttpsConnector<P, S>
where
    P: Path,
    S: Service<Uri>,
    S::Response: Read + Write + Unpin + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    async fn connect(mut self, uri: Uri) -> Result<HttpsStream<P, S::Response>, HandshakeError> {
        let host = self.host(&uri)?;
        let unreachable = |error| HandshakeError::Unreachable { path: P::ID, host: host.to_string(), error };
        let transport = async {
            poll_fn(|context| self.transport.poll_ready(context)).await?;
            self.transport.call(uri).await
        };
        let io = match timeout(self.connect_limit, transport).await {
            Ok(Ok(io)) => io,
            Ok(Err(error)) => return Err(unreachable(error.into())),
            Err(_) => return Err(unreachable(format!("not within {:?}", self.connect_limit).into())),
        };
        let handshake = self.connector.handshake(&host, TokioIo::new(io), protocols(self.http2));
        let timed_out = |_| Err(HandshakeError::TimedOut { path: P::ID, limit: self.handshake_limit });
        let outcome = timeout(self.handshake_limit, handshake).await.unwrap_or_else(timed_out);
        record::<P, P::Server>(outcome.as_ref().map(|connected| connected.peer()), None);
        let connected = outcome?;
        let certificate = connected.local_certificate().clone();
        let (peer, stream) = connected.into_parts();
        Ok(HttpsStream { peer, certificate, stream: TokioIo::new(stream) })
    }
}

impl<P, S> Service<Uri> for HttpsConnector<P, S>
where
    P: Path,
    S: Service<Uri> + Clone + Send + 'static,
    S::Response: Read + Write + Unpin + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>> + Send,
    S::Future: Send,
{
    type Response = HttpsStream<P, S::Response>;
    type Error = HandshakeError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    /// Always: the transport is asked when there is a host to connect to.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

impl<P: Path, S: Clone> Clone for HttpsConnector<P, S> {
    fn clone(&self) -> Self {
        Self { connector: self.connector.clone(), transport: self.transport.clone(), ..*self }
    }
}

impl<P: Path, S> fmt::Debug for HttpsConnector<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpsConnector({:?})", self.connector)
    }
}

/// A connection for an HTTP client, which tells it whom it leads to.
pub struct HttpsStream<P: Path, IO> {
    peer: Peer<P::Server>,
    certificate: Certificate<P::Client>,
    stream: TokioIo<Stream<TokioIo<IO>>>,
}

impl<P: Path, IO: Connection> Connection for HttpsStream<P, IO> {
    fn connected(&self) -> Connected {
        let stream = self.stream.inner();
        // Whatever the way was, the other end of it is the server.
        let connected = stream.get_ref().inner().connected().proxy(false);
        let connected = connected.extra(self.peer.clone()).extra(self.certificate.clone()).extra(stream.ending());
        if stream.alpn() == Some(HTTP_2) { connected.negotiated_h2() } else { connected }
    }
}

impl<P: Path, IO: Read + Write + Unpin> Read for HttpsStream<P, IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<P: Path, IO: Read + Write + Unpin> Write for HttpsStream<P, IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, octets)
    }
}

impl<P: Path, IO> fmt::Debug for HttpsStream<P, IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpsStream({:?})", self.peer)
    }
}

/// What is offered to the server (RFC 7301, RFC 9113 section 3.2), the preferred one first.
fn protocols(http2: bool) -> Vec<Vec<u8>> {
    let offered: &[&[u8]] = if http2 { &[HTTP_2, HTTP_1_1] } else { &[HTTP_1_1] };
    offered.iter().map(|protocol| protocol.to_vec()).collect()
}

const HTTP_2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// The time to connect, and the time for a handshake, unless set.
const LIMIT: Duration = Duration::from_secs(5);
