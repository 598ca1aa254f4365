//! How much of a server strangers may take.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::accepting::AcceptingPath;
use crate::error::ConfigError;

/// How long a handshake may last, how many may be under way, and how many of these may be of one source.
///
/// A handshake costs a server a signature, and memory for what its client has sent: rustls takes at most 64 KiB of it. Whoever can reach
/// the port can begin one, and never finish. So there are three limits, and one rule for each that is reached:
///
/// - A client that has not finished in time is cut off. From half of all places taken, newcomers have a tenth of the time: an honest
///   client needs a few round trips, and whoever only wants to take up places must come ten times as often.
/// - When all places are taken, no connection is accepted until one is free: those that wait, wait in the backlog of the operating
///   system, and nothing is done for them.
/// - A source that has its share under way is turned away at once, so that the others find places. A source is an IPv4 address, or the
///   /64 network of an IPv6 address, which is what one subscriber gets at least.
///
/// On [`HubToLfi`](hub_roles::HubToLfi) all connections are the Hub's, of few addresses: there the share is three quarters of all unless one is
/// set, lest the Hub be turned away when it opens many at once. A stranger at one address still leaves it a quarter; against two, filter
/// the network by the Hub's addresses.
///
/// Nobody starves as long as fewer sources attack than shares make up all places, or they come more slowly than places are freed: with
/// the limits of [`Self::new`], a thousand connections a second. Against more than that a filter in the network helps, not a server.
///
/// ```
/// use std::time::Duration;
///
/// use hub_tls::Limits;
///
/// let limits = Limits::new().with_handshake_timeout(Duration::from_secs(5)).with_share_of_a_source(16);
/// # let _ = limits;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub(super) handshake_timeout: Duration,
    pub(super) handshakes_in_flight: usize,
    /// The path's own if `None`.
    share_of_a_source: Option<usize>,
}

impl Limits {
    /// Ten seconds for a handshake, 1024 of them under way, 64 of one source; on [`HubToLfi`](hub_roles::HubToLfi) three
    /// quarters of all are of one source at most.
    #[must_use]
    pub const fn new() -> Self {
        Self { handshake_timeout: Duration::from_secs(10), handshakes_in_flight: 1024, share_of_a_source: None }
    }

    /// Cuts off who needs longer for a handshake, counted from the connection on.
    #[must_use]
    pub const fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Has no more handshakes under way at once. Those that have finished count until they are taken.
    #[must_use]
    pub const fn with_handshakes_in_flight(mut self, most: usize) -> Self {
        self.handshakes_in_flight = most;
        self
    }

    /// Has no more of one source. What counts is handshakes under way, not connections: who opens more than its share at the same moment
    /// is turned away with the rest, and tries again.
    ///
    /// Where all clients come from one address, as behind a load balancer that does not pass theirs on, the share may be the whole: as
    /// many as [`Self::with_handshakes_in_flight`].
    #[must_use]
    pub const fn with_share_of_a_source(mut self, most: usize) -> Self {
        self.share_of_a_source = Some(most);
        self
    }

    pub(super) fn check<P: AcceptingPath>(&self) -> Result<(), ConfigError> {
        let share = self.share::<P>();
        let reason = if self.handshake_timeout.is_zero() {
            "the time for a handshake is zero"
        } else if share == 0 {
            "the share of a source is zero"
        } else if share > self.handshakes_in_flight {
            "the share of a source is more than all handshakes that may be under way"
        } else if self.handshakes_in_flight > Semaphore::MAX_PERMITS {
            "more handshakes under way than can be counted"
        } else {
            return Ok(());
        };
        Err(ConfigError::Limits { path: P::ID, reason })
    }

    /// How many of one source may be under way on a path.
    pub(super) fn share<P: AcceptingPath>(&self) -> usize {
        const OF_MANY: usize = 64;
        let three_quarters = self.handshakes_in_flight - self.handshakes_in_flight / 4;
        let usual = if P::ONE_CLIENT { three_quarters } else { OF_MANY };
        self.share_of_a_source.unwrap_or(usual)
    }

    /// The time for a handshake that begins when so many places are free.
    pub(super) fn time(&self, free: usize) -> Duration {
        const HURRY: u32 = 10;
        if free >= self.handshakes_in_flight / 2 { self.handshake_timeout } else { self.handshake_timeout / HURRY }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
