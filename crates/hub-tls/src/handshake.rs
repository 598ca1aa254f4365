//! Runs a handshake and tells what came of it.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;

use hub_roles::{Path, Role, Transport};

use crate::error::HandshakeError;
use crate::peer::Peer;
use crate::verifier::collect;

/// Drives a handshake of tokio-rustls, in which we have role `Ours` and the peer should have role `Theirs`.
pub(crate) async fn drive<P, Ours, Theirs, T>(
    mut handshake: impl Future<Output = io::Result<T>> + Unpin,
) -> Result<T, HandshakeError>
where
    P: Path,
    Ours: Role,
    Theirs: Role,
{
    let mut refused = None;
    let outcome = poll_fn(|context| {
        let (outcome, refusal) = collect(|| Pin::new(&mut handshake).poll(context));
        // The refusal may come polls before the outcome, if the alert cannot be sent at once.
        refused = refusal.or_else(|| refused.take());
        outcome
    })
    .await;
    outcome.map_err(|error| match refused {
        Some(refusal) => refusal.into(),
        None => HandshakeError::from_tls(P::ID, Ours::ID, Theirs::ID, error),
    })
}

/// Tells the log what came of a handshake with a peer that should have role `R`: never more of it than its identifiers.
pub(crate) fn record<P: Path, R: Transport, T>(outcome: &Result<T, HandshakeError>, peer: impl FnOnce(&T) -> &Peer<R>) {
    match outcome {
        Ok(connection) => {
            let peer = peer(connection);
            tracing::debug!(
                path = %P::ID, role = %R::ID, kid = %peer.kid(), organisation = %peer.organisation(), "peer accepted",
            );
        }
        Err(HandshakeError::Refused(refusal)) => tracing::warn!(
            path = %P::ID, role = %R::ID, kid = refusal.kid().map(tracing::field::display), code = refusal.code(),
            reason = %refusal.rule(), "peer refused",
        ),
        Err(error) => {
            tracing::info!(path = %P::ID, role = %R::ID, code = error.code(), reason = %error, "handshake failed");
        }
    }
}
