//! The connection itself.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hub_roles::{PathId, RoleId};
use rustls::{HandshakeKind, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

use crate::connections::{Connection, Half};
use crate::ending::Ending;
use crate::error::HandshakeError;

/// A connection after its handshake: what is written is encrypted to the peer, what is read came from it.
///
/// A client of TLS 1.3 has finished the handshake before the server has seen its certificate: that the server refuses it shows at
/// the first read, or at a write before it. This read or write fails with [`HandshakeError::PeerRefusedUs`] inside the
/// [`io::Error`], which [`cause`](crate::cause) finds, also below the error of an HTTP client.
///
/// When the peer is no longer admitted after a [`Rotation`](crate::Rotation), reads and writes fail with the [`HandshakeError`] that says
/// why, those that wait at the time too. Only [`shutdown`](tokio::io::AsyncWriteExt::shutdown) still works.
pub struct Stream<IO> {
    inner: TlsStream<IO>,
    connection: Arc<Connection>,
    /// Path and our role, until the peer has shown that it accepts us.
    unanswered: Option<(PathId, RoleId)>,
}

impl<IO> Stream<IO> {
    /// A connection that we accepted: the client has accepted us, else its handshake would not have finished.
    pub(crate) fn accepted(inner: TlsStream<IO>, connection: Arc<Connection>) -> Self {
        Self { inner, connection, unanswered: None }
    }

    /// A connection that we opened in role `ours`. In TLS 1.2 the server's handshake finishes first: it has accepted us.
    pub(crate) fn connected(inner: TlsStream<IO>, connection: Arc<Connection>, path: PathId, ours: RoleId) -> Self {
        let unseen = inner.get_ref().1.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        Self { inner, connection, unanswered: unseen.then_some((path, ours)) }
    }

    /// Whether no rotation has closed it.
    pub(crate) fn is_open(&self) -> bool {
        self.connection.open().is_ok()
    }

    /// The transport below, for its addresses. What is read from or written to it directly breaks the connection.
    #[must_use]
    pub fn get_ref(&self) -> &IO {
        self.inner.get_ref().0
    }

    /// The application protocol that was negotiated, if any (RFC 7301).
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.inner.get_ref().1.alpn_protocol()
    }

    /// Whether the handshake resumed a session, in which the peer proved that it holds its key.
    #[must_use]
    pub fn resumed(&self) -> bool {
        self.inner.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Why the connection has ended, once it has, for code above that loses the errors of reads and writes.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.connection.ending.clone()
    }

    /// Ends a connection to a server that has not answered yet and whose alert is in `error`, and gives what the alert means in our
    /// role; `None` if there is none.
    fn refused(&self, error: &io::Error) -> Option<io::Error> {
        let (path, role) = self.unanswered?;
        let alert = crate::cause(error)?.alert()?;
        let refused = HandshakeError::PeerRefusedUs { path, role, alert };
        tracing::info!(%path, role = %role, code = refused.code(), reason = %refused, "refused after the handshake");
        self.connection.close(refused);
        self.connection.open().err()
    }

    /// The version of TLS, as `TLSv1_3` or `TLSv1_2`.
    fn version(&self) -> Option<&'static str> {
        self.inner.get_ref().1.protocol_version()?.as_str()
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Stream<IO> {
    /// Polls a write, unless the connection is closed.
    fn write<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut TlsStream<IO>>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        self.connection.open()?;
        let outcome = poll(Pin::new(&mut self.inner), context);
        match self.written(context, outcome) {
            Poll::Pending => self.connection.wait(Half::Writing, context),
            ready => ready,
        }
    }

    /// What a write has come to. If it failed because a server that refused us has gone, its alert arrived before that: a read
    /// without room takes the alert and nothing else. It may have to wait until the transport sees what has arrived.
    fn written<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let Poll::Ready(Err(error)) = outcome else {
            return outcome;
        };
        if self.unanswered.is_none() {
            return Poll::Ready(Err(error));
        }
        let read = ready!(Pin::new(&mut self.inner).poll_read(context, &mut ReadBuf::new(&mut [])));
        // Another task may have waited for this read.
        self.connection.wake();
        Poll::Ready(Err(read.err().and_then(|alert| self.refused(&alert)).unwrap_or(error)))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.open()?;
        let Poll::Ready(outcome) = Pin::new(&mut self.inner).poll_read(context, buffer) else {
            return self.connection.wait(Half::Reading, context);
        };
        let outcome = outcome.map_err(|error| self.refused(&error).unwrap_or(error));
        self.unanswered = None;
        Poll::Ready(outcome)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.write(context, |inner, context| inner.poll_write(context, octets))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |inner, context| inner.poll_write_vectored(context, octets))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, TlsStream::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_shutdown(context);
        self.written(context, outcome)
    }
}

impl<IO> fmt::Debug for Stream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.version().unwrap_or("TLS"))
    }
}
