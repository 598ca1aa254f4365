//! The handle of a follower.

use std::fmt;
use std::sync::Arc;

use super::follower::TrustFollower;

/// A follower of a [`Refresher`](super::Refresher), from [`follow`](super::Refresher::follow): it follows for as long as this is kept.
///
/// Dropping it ends that, and frees the acceptor, connector or proxy that nothing else uses. What it goes by at that moment, it keeps:
/// **from then on nobody tells it who is revoked**. So it is kept beside what follows, and no shorter. Dropping it waits for nothing; a
/// swap that is under way at the time is finished.
#[must_use = "dropping this ends the following: lists that are fetched later reach the follower no more"]
pub struct Following {
    /// The only strong reference: the refresher has a weak one.
    _follower: Arc<dyn TrustFollower>,
    closed: usize,
}

impl Following {
    pub(super) fn new(follower: Arc<dyn TrustFollower>, closed: usize) -> Self {
        Self { _follower: follower, closed }
    }

    /// How many connections were closed when it began, because the trust framework in force refuses their peers.
    #[must_use]
    pub fn closed(&self) -> usize {
        self.closed
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Following({} connections closed)", self.closed)
    }
}
