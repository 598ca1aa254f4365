//! The connection itself.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hub_roles::{PathId, RoleId};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

use crate::error::HandshakeError;

/// A connection after its handshake: what is written is encrypted to the peer, what is read came from it.
///
/// A client of TLS 1.3 has finished the handshake before the server has seen its certificate: that the server refuses it shows at
/// the first read. This read fails with [`HandshakeError::PeerRefusedUs`] inside the [`io::Error`], which
/// [`cause`](crate::cause) finds, also below the error of an HTTP client.
pub struct Stream<IO> {
    inner: TlsStream<IO>,
    /// Path and our role, until the peer has shown that it accepts us.
    unanswered: Option<(PathId, RoleId)>,
}

impl<IO> Stream<IO> {
    /// A connection that we accepted: the client has accepted us, else its handshake would not have finished.
    pub(crate) fn accepted(inner: TlsStream<IO>) -> Self {
        Self { inner, unanswered: None }
    }

    /// A connection that we opened in role `ours`.
    pub(crate) fn connected(inner: TlsStream<IO>, path: PathId, ours: RoleId) -> Self {
        Self { inner, unanswered: Some((path, ours)) }
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

    /// The version of TLS, as `TLSv1_3` or `TLSv1_2`.
    fn version(&self) -> Option<&'static str> {
        self.inner.get_ref().1.protocol_version()?.as_str()
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.inner).poll_read(context, buffer));
        let Some((path, ours)) = self.unanswered.take() else {
            return Poll::Ready(outcome);
        };
        Poll::Ready(outcome.map_err(|error| explained(path, ours, error)))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, octets)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl<IO> fmt::Debug for Stream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.version().unwrap_or("TLS"))
    }
}

/// The error of the first read, with what an alert means in it.
fn explained(path: PathId, ours: RoleId, error: io::Error) -> io::Error {
    let kind = error.kind();
    match crate::cause(&error).and_then(|cause| cause.alert()) {
        Some(alert) => io::Error::new(kind, HandshakeError::PeerRefusedUs { path, role: ours, alert }),
        None => error,
    }
}
