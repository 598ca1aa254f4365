//! Serves routes of axum over a listener.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use hub_roles::{PathId, Role};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower_service::Service;

use super::authority::authority;
use super::caller::{Caller, ServedOn};
use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::guard::Listener;
use crate::stream::Stream;

impl<P: AcceptingPath> Listener<P> {
    /// Serves routes of [axum] in HTTP/2 or HTTP/1.1, as negotiated (ALPN); clients that negotiate nothing are served in HTTP/1.1.
    ///
    /// Handlers ask for their [`Caller`]. A request reaches them if it names exactly one host, else the answer is [400 Bad
    /// Request](StatusCode::BAD_REQUEST); and where server names tell instances apart, if that is a host of the connection's own
    /// instance, else it is [421 Misdirected Request](StatusCode::MISDIRECTED_REQUEST) (RFC 9110 section 15.5.20). So no request is
    /// taken for another instance's than the one whose clients were let in.
    ///
    /// - Which hosts an instance has is what the deployment says now. It need not be the very one that the connection was opened to:
    ///   they share a certificate, so a client of HTTP/2 may send requests for all of them on one connection (RFC 9113 section 9.1.1).
    /// - Case makes no difference. Nor does the port, which is another one behind a load balancer. A final dot does.
    /// - On [`HubToLfi`](hub_roles::HubToLfi) nothing is misdirected: `o3-provider-id` tells the instance (FACTS section 1).
    ///
    /// A [`Rotation`](crate::Rotation) that closes a connection ends the requests on it. Clients that are silent for two minutes are
    /// left: before a first request; between two of HTTP/1.1; and in HTTP/2, if they do not answer a ping.
    ///
    /// This runs until the listener fails. Dropping the future drops the connections.
    ///
    /// ```
    /// use axum::Router;
    /// use axum::routing::get;
    /// use hub_roles::HubToLfi;
    /// use hub_tls::{Acceptor, Caller, Limits, ServedOn, Settings};
    /// # use hub_testkit::Ecosystem;
    /// # use rustls_pki_types::UnixTime;
    /// # use tokio::net::TcpListener;
    ///
    /// #[derive(Clone)]
    /// struct Bank;
    ///
    /// impl ServedOn for Bank {
    ///     type Path = HubToLfi;
    /// }
    ///
    /// async fn echo(caller: Caller<HubToLfi>) -> String {
    ///     caller.peer().subject().to_string()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let eco = Ecosystem::sandbox(UnixTime::now())?;
    /// # let (trust, deployment, s4) = (eco.trust(), eco.lfi("bank")?.deployment(), eco.lfi("bank")?.s4());
    /// # let port = TcpListener::bind(("127.0.0.1", 0)).await?;
    /// # let signal = async {};
    /// let settings = Settings::new().with_alpn(["h2", "http/1.1"]);
    /// let acceptor = Acceptor::<HubToLfi>::with_settings(trust, deployment, s4, &settings)?;
    /// let routes = Router::new().route("/echo-cert", get(echo));
    /// acceptor.listen(port, Limits::new())?.serve_with_graceful_shutdown(routes, Bank, signal).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServeError`]: the acceptor does not negotiate HTTP, or the listener failed.
    pub async fn serve<S>(self, routes: Router<S>, state: S) -> Result<(), ServeError>
    where
        S: ServedOn<Path = P> + Clone + Send + Sync + 'static,
    {
        self.serve_with_graceful_shutdown(routes, state, pending()).await
    }

    /// As [`Self::serve`], until `signal` ends: then no more connections are accepted, and those there are end when the requests under
    /// way have been answered. How long that takes is up to the handlers, and to clients that fall silent (two minutes): whoever cannot
    /// wait drops the future.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub async fn serve_with_graceful_shutdown<S>(
        mut self,
        routes: Router<S>,
        state: S,
        signal: impl Future<Output = ()>,
    ) -> Result<(), ServeError>
    where
        S: ServedOn<Path = P> + Clone + Send + Sync + 'static,
    {
        if !negotiates_http(self.acceptor()) {
            return Err(ServeError::Protocol { path: P::ID });
        }
        let routes = routes.with_state(state);
        let ending = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut signal = pin!(signal);
        loop {
            tokio::select! {
                accepted = self.accept() => {
                    let (accepted, remote) = accepted?;
                    let (caller, stream) = Caller::of(accepted, remote);
                    let desk = Desk {
                        caller,
                        acceptor: self.acceptor().clone(),
                        routes: routes.clone(),
                        asked: AtomicBool::new(false),
                        complained: AtomicBool::new(false),
                    };
                    connections.spawn(desk.serve(stream, ending.watcher()));
                }
                Some(_ended) = connections.join_next() => {}
                () = &mut signal => break,
            }
        }
        drop(self);
        ending.shutdown().await;
        Ok(())
    }
}

/// Why routes are not served, or no longer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The acceptor negotiates no application protocol, or one that is not HTTP. Without negotiation everything would be HTTP/1.1, and
    /// nobody would notice.
    #[error(
        "{path}: the acceptor negotiates no HTTP: build it with `Settings::new().with_alpn([\"h2\", \"http/1.1\"])`"
    )]
    Protocol {
        /// The path.
        path: PathId,
    },
    /// The listener failed for good.
    #[error("the listener failed: {0}")]
    Listener(#[from] io::Error),
}

impl ServeError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Protocol { .. } => "serve.protocol",
            Self::Listener(_) => "serve.listener",
        }
    }
}

/// Where the requests of one connection are taken.
struct Desk<P: AcceptingPath> {
    caller: Caller<P>,
    acceptor: Acceptor<P>,
    routes: Router,
    /// Whether there was a request.
    asked: AtomicBool,
    /// Whether the log has been warned of a request.
    complained: AtomicBool,
}

impl<P: AcceptingPath> Desk<P> {
    /// Answers requests until the connection ends.
    async fn serve(self, stream: Stream<TcpStream>, ending: Watcher) {
        let mut protocol = match stream.alpn() {
            Some(HTTP_2) => Builder::new(TokioExecutor::new()).http2_only(),
            _ => Builder::new(TokioExecutor::new()).http1_only(),
        };
        protocol.http1().timer(TokioTimer::new()).header_read_timeout(IDLE);
        protocol.http2().timer(TokioTimer::new()).keep_alive_interval(IDLE);

        let desk = Arc::new(self);
        let service = service_fn(|request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(desk.answer(request).await) }
        });
        let mut connection = pin!(ending.watch(protocol.serve_connection(TokioIo::new(stream), service)));
        let outcome = match timeout(IDLE, &mut connection).await {
            Ok(outcome) => outcome,
            Err(_) if desk.asked.load(Ordering::Relaxed) => connection.await,
            // Nor will there be a request: HTTP/2 sends pings only after its first words.
            Err(_) => return,
        };
        if let Err(error) = outcome {
            let code = crate::cause(error.as_ref()).map(|cause| cause.code());
            tracing::debug!(path = %P::ID, kid = %desk.caller.peer().kid(), code, reason = %error, "connection failed");
        }
    }

    /// Answers a request by the routes, if it is for a host that the connection is for.
    async fn answer(&self, mut request: Request<Incoming>) -> Response {
        self.asked.store(true, Ordering::Relaxed);
        let refused = match authority(&request) {
            Some(authority) if self.acceptor.shared.is_host_of(self.caller.arrived_at(), authority.host()) => {
                let extensions = request.extensions_mut();
                extensions.insert(ConnectInfo(self.caller.remote_address()));
                extensions.insert(ConnectInfo(self.caller.clone()));
                let Ok(response) = self.routes.clone().call(request).await;
                return response;
            }
            Some(_) => StatusCode::MISDIRECTED_REQUEST,
            None => StatusCode::BAD_REQUEST,
        };
        self.complain(refused);
        refused.into_response()
    }

    /// Tells the log of a request that was refused: a warning for the first of a connection, so that nobody fills the log with one.
    fn complain(&self, status: StatusCode) {
        let peer = self.caller.peer();
        let (path, role, kid, organisation) = (P::ID, P::Client::ID, peer.kid(), peer.organisation());
        let (instance, status) = (self.caller.arrived_at(), status.as_u16());
        const REASON: &str = "request refused: it names a host of no or another instance";
        if self.complained.swap(true, Ordering::Relaxed) {
            tracing::debug!(%path, %role, %kid, %organisation, ?instance, status, "{REASON}");
        } else {
            tracing::warn!(%path, %role, %kid, %organisation, ?instance, status, "{REASON}");
        }
    }
}

/// Whether an acceptor negotiates HTTP and nothing else (RFC 7301).
fn negotiates_http<P: AcceptingPath>(acceptor: &Acceptor<P>) -> bool {
    let protocols = &acceptor.shared.settings.alpn;
    !protocols.is_empty() && protocols.iter().all(|protocol| [HTTP_2, HTTP_1_1].contains(&protocol.as_slice()))
}

/// The protocols' names (RFC 9113 section 3.1, RFC 7301 section 6).
const HTTP_2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// How long a client may be silent: longer than HTTP clients usually keep a connection, so that it is they who close it.
const IDLE: Duration = Duration::from_secs(120);
