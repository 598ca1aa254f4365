//! Who sent a request: the client of its connection.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::ExtensionRejection;
use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use hub_roles::{Certificate, InstanceId};

use crate::accepted::Accepted;
use crate::accepting::AcceptingPath;
use crate::peer::Peer;
use crate::stream::Stream;

/// Who sent a request, and where it arrived: an extractor for the handlers that [`Listener::serve`](crate::Listener::serve) serves.
///
/// A handler can ask for the caller of the path that its routes are served on, and of no other: the routes' state names the path
/// ([`ServedOn`]). Middleware without that state finds it as [`ConnectInfo<Caller<P>>`](ConnectInfo) among the request's extensions, next
/// to a [`ConnectInfo<SocketAddr>`](ConnectInfo) for rate limits and the like. Cloning is cheap.
///
/// ```
/// use hub_roles::HubToLfi;
/// use hub_tls::Caller;
///
/// async fn who(caller: Caller<HubToLfi>) -> String {
///     format!("{} from {}", caller.peer().subject(), caller.remote_address())
/// }
/// # let _ = who;
/// ```
pub struct Caller<P: AcceptingPath>(Arc<Call<P>>);

struct Call<P: AcceptingPath> {
    peer: Peer<P::Client>,
    instance: P::Instance,
    certificate: Certificate<P::Server>,
    remote: SocketAddr,
}

impl<P: AcceptingPath> Caller<P> {
    /// The client of a connection, and the connection.
    pub(super) fn of<IO>(accepted: Accepted<P, IO>, remote: SocketAddr) -> (Self, Stream<IO>) {
        let Accepted { peer, instance, certificate, stream } = accepted;
        (Self(Arc::new(Call { peer, instance, certificate, remote })), stream)
    }

    /// The client. This is what JWT Auth of a request is verified against.
    #[must_use]
    pub fn peer(&self) -> &Peer<P::Client> {
        &self.0.peer
    }

    /// The certificate we presented: its O and OU are what JWT Auth responses speak of by default (FACTS section 4).
    #[must_use]
    pub fn local_certificate(&self) -> &Certificate<P::Server> {
        &self.0.certificate
    }

    /// Where the connection came from: the client, or a proxy in between that forwards TCP.
    #[must_use]
    pub fn remote_address(&self) -> SocketAddr {
        self.0.remote
    }

    pub(super) fn arrived_at(&self) -> &P::Instance {
        &self.0.instance
    }
}

impl<P: AcceptingPath<Instance = InstanceId>> Caller<P> {
    /// The API Hub instance that the request is for: the server name of the connection chose it, and the request names one of its
    /// hosts.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.0.instance
    }
}

impl<P: AcceptingPath> Clone for Caller<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: AcceptingPath> fmt::Debug for Caller<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { peer, instance, certificate, remote } = &*self.0;
        f.debug_struct("Caller")
            .field("peer", peer)
            .field("instance", instance)
            .field("certificate", certificate)
            .field("remote", remote)
            .finish()
    }
}

impl<P: AcceptingPath, S: ServedOn<Path = P> + Send + Sync> FromRequestParts<S> for Caller<P> {
    type Rejection = ExtensionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ExtensionRejection> {
        ConnectInfo::from_request_parts(parts, state).await.map(|ConnectInfo(caller)| caller)
    }
}

/// The state of routes ([`axum::Router`]) that are served on one path: what ties their handlers to that path's [`Caller`].
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use hub_roles::HubToLfi;
/// use hub_tls::{Caller, ServedOn};
///
/// /// What the bank's Ozone Connect works with.
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
/// // With a `Caller<TppToHub>` in `echo`, this would not compile.
/// let routes: Router<Bank> = Router::new().route("/echo-cert", get(echo));
/// # let _ = routes;
/// ```
///
/// Routes that were given their state before they were merged or nested are past that check: in another path's listener, and outside of
/// ours, their handlers find no caller and answer 500.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say on which path its routes are served",
    note = "implement `ServedOn` for it, with `type Path = TppToHub`, `HubToLfi` or `LfiToHub`"
)]
pub trait ServedOn {
    /// The path.
    type Path: AcceptingPath;
}

impl<S: ServedOn> ServedOn for Arc<S> {
    type Path = S::Path;
}
