//! A TCP listener whose connections are peers.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::gate::{Gate, Place};
use super::limits::Limits;
use crate::accepted::Accepted;
use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::error::ConfigError;

/// How long nothing is accepted after the operating system could not give a connection: out of files or memory, it will not have more
/// at once.
const REST: Duration = Duration::from_millis(250);

/// Accepts connections of one path from a TCP port: each handshake is a task of its own, within [`Limits`], so that no client waits for
/// another.
///
/// Connections are taken from the port while [`Self::accept`] is waited for. Who is refused does not show here: the log has an event for
/// each. Dropping the listener closes the port, and ends the handshakes under way; connections that were handed out are not touched.
///
/// The limits end with the handshake: how long a connection may be idle is for whoever serves it.
pub struct Listener<P: AcceptingPath> {
    tcp: TcpListener,
    gate: Gate<P>,
    handshakes: JoinSet<Option<Arrived<P>>>,
    resting_until: Option<Instant>,
}

/// A client that was accepted, and the place it has until it is handed out.
struct Arrived<P: AcceptingPath> {
    accepted: Accepted<P, TcpStream>,
    remote: SocketAddr,
    _place: Place<P>,
}

impl<P: AcceptingPath> Acceptor<P> {
    /// Accepts clients from a TCP port, within limits.
    ///
    /// ```no_run
    /// # use hub_roles::HubToLfi;
    /// # use hub_tls::{Acceptor, Limits};
    /// # async fn f(acceptor: Acceptor<HubToLfi>) -> Result<(), Box<dyn std::error::Error>> {
    /// let port = tokio::net::TcpListener::bind(("0.0.0.0", 443)).await?;
    /// let mut listener = acceptor.listen(port, Limits::new())?;
    /// loop {
    ///     let (accepted, remote) = listener.accept().await?;
    ///     println!("{} from {remote}", accepted.peer().subject());
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Limits`]: one is zero, or a source's share is more than the whole.
    pub fn listen(&self, tcp: TcpListener, limits: Limits) -> Result<Listener<P>, ConfigError> {
        Ok(Listener { tcp, gate: self.gate(limits)?, handshakes: JoinSet::new(), resting_until: None })
    }
}

impl<P: AcceptingPath> Listener<P> {
    /// The next client that was accepted, and its address. Small segments are sent at once (`TCP_NODELAY`).
    ///
    /// Cancel safe: a client that has come, or is about to, is there for the next call. It needs a tokio runtime with I/O and time
    /// enabled.
    ///
    /// # Errors
    /// The socket is none that listens. Whatever else the operating system says passes: of a client that has gone again, nothing comes;
    /// when files or memory are out, the log says so and the port rests for a moment.
    pub async fn accept(&mut self) -> io::Result<(Accepted<P, TcpStream>, SocketAddr)> {
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.handshakes.join_next() => {
                    // One that a rotation refused while it waited here was closed, and the log has that.
                    if let Ok(Some(Arrived { accepted, remote, _place })) = ended && accepted.stream.is_open() {
                        return Ok((accepted, remote));
                    }
                }
                (place, arrival) = next(&self.tcp, &self.gate, self.resting_until) => match arrival {
                    Ok((tcp, remote)) => drop(self.handshakes.spawn(handshake(place, tcp, remote))),
                    Err(error) => self.passed(error)?,
                },
            }
        }
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Who accepts.
    #[cfg(feature = "axum")]
    pub(crate) fn acceptor(&self) -> &Acceptor<P> {
        self.gate.acceptor()
    }

    /// What is to be done about an error of the port. Gives back those that no waiting helps against.
    fn passed(&mut self, error: io::Error) -> io::Result<()> {
        match error.kind() {
            ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted => Ok(()),
            ErrorKind::InvalidInput | ErrorKind::Unsupported => Err(error),
            _ => {
                tracing::warn!(path = %P::ID, reason = %error, "no connection to be had: the port rests");
                self.resting_until = Some(Instant::now() + REST);
                Ok(())
            }
        }
    }
}

/// The next connection, with a place for it. Cancel safe.
async fn next<P: AcceptingPath>(
    tcp: &TcpListener,
    gate: &Gate<P>,
    resting_until: Option<Instant>,
) -> (Place<P>, io::Result<(TcpStream, SocketAddr)>) {
    let place = gate.place().await;
    if let Some(time) = resting_until {
        sleep_until(time).await;
    }
    (place, tcp.accept().await)
}

async fn handshake<P: AcceptingPath>(mut place: Place<P>, tcp: TcpStream, remote: SocketAddr) -> Option<Arrived<P>> {
    // Without it the connection is slower, and as good.
    tcp.set_nodelay(true).ok();
    let accepted = place.accept(tcp, remote).await.ok()?;
    Some(Arrived { accepted, remote, _place: place })
}

impl<P: AcceptingPath> fmt::Debug for Listener<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tcp, gate, handshakes, resting_until: _ } = self;
        f.debug_struct("Listener").field("tcp", tcp).field("gate", gate).field("handshakes", &handshakes.len()).finish()
    }
}
