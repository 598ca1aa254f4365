//! An acceptor within limits, for whoever accepts the connections.

use std::fmt;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::limits::Limits;
use super::linger::linger;
use super::shares::Shares;
use crate::accepted::Accepted;
use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::error::{ConfigError, HandshakeError};
use crate::handshake::{Failed, record};

/// An [`Acceptor`] that keeps [`Limits`], for accept loops that are not [`Listener`](super::Listener)'s: where the address of a client
/// comes from elsewhere, as from the PROXY protocol, or connections are not TCP.
///
/// ```no_run
/// # use hub_roles::HubToLfi;
/// # use hub_tls::{Acceptor, ConfigError, Limits};
/// # async fn f(acceptor: Acceptor<HubToLfi>, listener: tokio::net::TcpListener) -> Result<(), Box<dyn std::error::Error>> {
/// let gate = acceptor.gate(Limits::new())?;
/// loop {
///     let mut place = gate.place().await;             // before accepting: who finds no place, waits in the backlog
///     let (tcp, remote) = listener.accept().await?;
///     tokio::spawn(async move {
///         let Ok(accepted) = place.accept(tcp, remote).await else { return };
///         drop(place);                                // for the next
///         let (hub, stream) = accepted.into_parts();
/// #       drop((hub, stream));
///     });
/// }
/// # }
/// ```
///
/// Cloning is cheap, and the clones share the limits.
pub struct Gate<P: AcceptingPath> {
    acceptor: Acceptor<P>,
    limits: Limits,
    places: Arc<Semaphore>,
    shares: Arc<Shares>,
}

impl<P: AcceptingPath> Acceptor<P> {
    /// This acceptor within limits, for an accept loop of one's own. [`Self::listen`] has one.
    ///
    /// # Errors
    /// [`ConfigError::Limits`]: one is zero, or a source's share is more than the whole.
    pub fn gate(&self, limits: Limits) -> Result<Gate<P>, ConfigError> {
        limits.check::<P>()?;
        let places = Arc::new(Semaphore::new(limits.handshakes_in_flight));
        let shares = Arc::new(Shares::new(limits.share::<P>()));
        Ok(Gate { acceptor: self.clone(), limits, places, shares })
    }
}

impl<P: AcceptingPath> Gate<P> {
    /// Waits for a place among the handshakes that may be under way, and takes it. Cancel safe.
    pub async fn place(&self) -> Place<P> {
        match Arc::clone(&self.places).acquire_owned().await {
            Ok(permit) => Place { gate: self.clone(), _permit: permit },
            // Nobody closes the semaphore.
            Err(_) => pending().await,
        }
    }

    #[cfg(feature = "axum")]
    pub(super) fn acceptor(&self) -> &Acceptor<P> {
        &self.acceptor
    }
}

/// A place among the handshakes under way, free again when this is dropped.
pub struct Place<P: AcceptingPath> {
    gate: Gate<P>,
    _permit: OwnedSemaphorePermit,
}

impl<P: AcceptingPath> Place<P> {
    /// Runs the handshake on a connection that a client opened from `remote`, as [`Acceptor::accept`] does, in the time there is for it.
    ///
    /// A client that is refused has up to two seconds of what was left of its time to read why: the alert would be lost if it were still
    /// sending. The runtime needs its timer enabled.
    ///
    /// # Errors
    /// [`HandshakeError`]: as [`Acceptor::accept`], [`HandshakeError::OverShare`] and [`HandshakeError::TimedOut`]. It is in the log
    /// already.
    pub async fn accept<IO>(&mut self, io: IO, remote: SocketAddr) -> Result<Accepted<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Gate { acceptor, limits, places, shares } = &self.gate;
        let (limit, began) = (limits.time(places.available_permits()), Instant::now());
        let share = shares.take(remote.ip());
        let outcome = match &share {
            Some(_) => timeout(limit, acceptor.handshake(io))
                .await
                .unwrap_or_else(|_| Err(HandshakeError::TimedOut { path: P::ID, limit }.into())),
            None => Err(HandshakeError::OverShare { path: P::ID, share: limits.share::<P>() }.into()),
        };
        record::<P, P::Client>(outcome.as_ref().map(Accepted::peer).map_err(|failed| &failed.error), Some(remote));
        match outcome {
            Ok(accepted) => Ok(accepted),
            Err(Failed { error, io }) => {
                if let Some(io) = io {
                    linger(io, limit.saturating_sub(began.elapsed())).await;
                }
                Err(error)
            }
        }
    }
}

impl<P: AcceptingPath> Clone for Gate<P> {
    fn clone(&self) -> Self {
        let Self { acceptor, limits, places, shares } = self;
        Self { acceptor: acceptor.clone(), limits: *limits, places: Arc::clone(places), shares: Arc::clone(shares) }
    }
}

impl<P: AcceptingPath> fmt::Debug for Gate<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acceptor, limits, places, shares: _ } = self;
        f.debug_struct("Gate")
            .field("acceptor", acceptor)
            .field("limits", limits)
            .field("free", &places.available_permits())
            .finish()
    }
}

impl<P: AcceptingPath> fmt::Debug for Place<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", P::ID)
    }
}
