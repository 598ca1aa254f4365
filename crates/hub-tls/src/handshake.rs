//! Runs a handshake and tells what came of it.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use hub_roles::{Path, Role, Transport};

use crate::error::HandshakeError;
use crate::peer::Peer;
use crate::verifier::collect;

/// A handshake that failed.
pub(crate) struct Failed<IO> {
    pub(crate) error: HandshakeError,
    /// The transport, unless it is closed.
    pub(crate) io: Option<IO>,
}

impl<IO> From<HandshakeError> for Failed<IO> {
    fn from(error: HandshakeError) -> Self {
        Self { error, io: None }
    }
}

impl<IO> From<Failed<IO>> for HandshakeError {
    fn from(failed: Failed<IO>) -> Self {
        failed.error
    }
}

/// Drives a handshake of tokio-rustls, in which we have role `Ours` and the peer should have role `Theirs`.
pub(crate) async fn drive<P, Ours, Theirs, T, IO>(
    handshake: impl Future<Output = Result<T, (io::Error, impl Into<Option<IO>>)>>,
) -> Result<T, Failed<IO>>
where
    P: Path,
    Ours: Role,
    Theirs: Role,
{
    let mut handshake = pin!(handshake);
    let mut refused = None;
    let outcome = poll_fn(|context| {
        let (outcome, refusal) = collect(|| handshake.as_mut().poll(context));
        // The refusal may come polls before the outcome, if the alert cannot be sent at once.
        refused = refusal.or_else(|| refused.take());
        outcome
    })
    .await;
    outcome.map_err(|(error, io)| Failed {
        error: match refused {
            Some(refusal) => refusal.into(),
            None => HandshakeError::from_tls(P::ID, Ours::ID, Theirs::ID, error),
        },
        io: io.into(),
    })
}

/// Tells the log what came of a handshake with a peer that should have role `R`, once: never more of it than its identifiers.
pub(crate) fn record<P: Path, R: Transport>(outcome: Result<&Peer<R>, &HandshakeError>, remote: Option<SocketAddr>) {
    let remote = remote.map(tracing::field::display);
    match outcome {
        Ok(peer) => tracing::debug!(
            path = %P::ID, role = %R::ID, kid = %peer.kid(), organisation = %peer.organisation(), remote, "peer accepted",
        ),
        Err(HandshakeError::Refused(refusal)) => tracing::warn!(
            path = %P::ID, role = %R::ID, kid = refusal.kid().map(tracing::field::display), code = refusal.code(),
            reason = %refusal.rule(), remote, "peer refused",
        ),
        Err(error) => {
            tracing::info!(path = %P::ID, role = %R::ID, code = error.code(), reason = %error, remote, "handshake failed");
        }
    }
}
