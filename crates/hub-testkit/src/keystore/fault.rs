//! What a keystore does instead of serving its sets.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Interval, interval};

/// What goes wrong at a keystore: see [`Keystore::fail`](crate::Keystore::fail).
///
/// Whoever fetches gives up on the slow and the endless ones by a limit of its own; the keystore never does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Another status than `200`, and no body.
    Status(StatusCode),
    /// Such a status, `429` or `503` say, and when to try again: `Retry-After` in whole seconds (RFC 9110 section 10.2.3). For a date
    /// instead, see [`Keystore::set_header`](crate::Keystore::set_header).
    RetryAfter(StatusCode, Duration),
    /// `302`, a redirect to this `Location`.
    Redirect(HeaderValue),
    /// `200` with this body under the usual headers: what is no JSON, a set without keys, a set of bad keys.
    Document(Bytes),
    /// `200` and the real set, one octet after each pause.
    Drip(Duration),
    /// `200` and a body that announces this many octets, and has them.
    Announced(u64),
    /// `200` and a body that announces nothing and never ends.
    Endless,
    /// Takes the request, and says nothing.
    Silence,
    /// Takes the request, and drops the connection.
    Disconnect,
}

/// A body as it is sent.
#[derive(Debug)]
pub(super) enum Payload {
    /// All at once.
    Whole(Full<Bytes>),
    /// An octet after each tick.
    Drip(Bytes, Interval),
    /// As many spaces as are announced; without end, if none are.
    Padding(Option<u64>),
}

impl Payload {
    pub(super) fn drip(content: Bytes, pause: Duration) -> Self {
        // An interval must not be zero.
        Self::Drip(content, interval(pause.max(Duration::from_nanos(1))))
    }

    /// The next octets, or none at the end.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        Poll::Ready(match self {
            Self::Whole(whole) => {
                let Some(Ok(frame)) = ready!(Pin::new(whole).poll_frame(context)) else {
                    return Poll::Ready(None);
                };
                frame.into_data().ok()
            }
            Self::Drip(rest, _) if rest.is_empty() => None,
            Self::Drip(rest, pause) => {
                ready!(pause.poll_tick(context));
                Some(rest.split_to(1))
            }
            Self::Padding(None) => Some(Bytes::from_static(&SPACES)),
            Self::Padding(Some(0)) => None,
            Self::Padding(Some(left)) => {
                let spaces = Bytes::from_static(&SPACES);
                let next = spaces.slice(..usize::try_from(*left).map_or(spaces.len(), |left| left.min(spaces.len())));
                *left -= next.len() as u64;
                Some(next)
            }
        })
    }
}

impl From<Bytes> for Payload {
    fn from(content: Bytes) -> Self {
        Self::Whole(Full::new(content))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_next(context).map(|next| next.map(|octets| Ok(Frame::data(octets))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Drip(rest, _) => SizeHint::with_exact(rest.len() as u64),
            Self::Padding(announced) => announced.map_or_else(SizeHint::new, SizeHint::with_exact),
        }
    }
}

/// What JSON allows anywhere: a reader that has no limit finds no fault either.
const SPACES: [u8; 16 * 1024] = [b' '; 16 * 1024];
