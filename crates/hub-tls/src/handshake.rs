//! Runs a handshake and tells what came of it.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use hub_roles::{Credential, Path, Role, Transport};
use tracing::field;

use crate::error::HandshakeError;
use crate::peer::Peer;
use crate::remote::BlockingPool;
use crate::verifier::{Report, collect};

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
    judge::<P, Ours, Theirs, _, _>(collecting(handshake).await)
}

/// As [`drive`], for a part of the handshake in which our own key signs.
pub(crate) async fn drive_signing<P, Ours, Theirs, T, IO>(
    credential: &Credential<Ours>,
    pool: &BlockingPool,
    handshake: impl Future<Output = Result<T, (io::Error, IO)>> + Send + 'static,
) -> Result<T, Failed<IO>>
where
    P: Path,
    Ours: Transport,
    Theirs: Role,
    T: Send + 'static,
    IO: Send + 'static,
{
    let handshake = collecting(handshake);
    let outcome = if credential.is_remote() {
        pool.drive(handshake).await.map_err(|error| HandshakeError::Io { path: P::ID, error })?
    } else {
        handshake.await
    };
    judge::<P, Ours, Theirs, _, _>(outcome)
}

/// What comes of a handshake, and what a verifier reported in it.
async fn collecting<T>(handshake: impl Future<Output = T>) -> (T, Option<Report>) {
    let mut handshake = pin!(handshake);
    let mut reported = None;
    let outcome = poll_fn(|context| {
        let (outcome, report) = collect(|| handshake.as_mut().poll(context));
        // The report may come polls before the outcome, if the alert cannot be sent at once.
        reported = report.or_else(|| reported.take());
        outcome
    })
    .await;
    (outcome, reported)
}

fn judge<P, Ours, Theirs, T, IO>(
    (outcome, reported): (Result<T, (io::Error, impl Into<Option<IO>>)>, Option<Report>),
) -> Result<T, Failed<IO>>
where
    P: Path,
    Ours: Role,
    Theirs: Role,
{
    outcome.map_err(|(error, io)| Failed {
        error: match reported {
            Some(Report::Refused(refusal)) => refusal.into(),
            Some(Report::KeyNotProven { kid, subject }) => {
                HandshakeError::KeyNotProven { path: P::ID, role: Theirs::ID, kid, subject }
            }
            None => HandshakeError::from_tls(P::ID, Ours::ID, Theirs::ID, error),
        },
        io: io.into(),
    })
}

/// Tells the log what came of a handshake with a peer that should have role `R`, in one event: of who was accepted the identifiers, of
/// who was not also the subject it claims, escaped.
pub(crate) fn record<P: Path, R: Transport>(outcome: Result<&Peer<R>, &HandshakeError>, remote: Option<SocketAddr>) {
    let remote = remote.map(field::display);
    let error = match outcome {
        Ok(peer) => {
            tracing::debug!(
                path = %P::ID, role = %R::ID, kid = %peer.kid(), organisation = %peer.organisation(), remote,
                "peer accepted",
            );
            return;
        }
        Err(error) => error,
    };
    let (kid, subject) = error.presented();
    macro_rules! failed {
        ($level:ident) => {
            tracing::$level!(
                path = %P::ID, role = %R::ID, code = error.code(), reason = %error, kid = kid.map(field::display),
                subject = subject.map(field::debug), remote, "handshake failed",
            )
        };
    }
    match error {
        HandshakeError::Refused(_) | HandshakeError::KeyNotProven { .. } => failed!(warn),
        // Whoever scans the port causes the others.
        _ => failed!(info),
    }
}
