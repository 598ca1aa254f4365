//! Where the time of a handshake comes from.

use std::fmt;
use std::sync::Arc;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;

/// Tells the time at which certificates are judged: the system's, unless a test sets another.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> UnixTime;
}

/// The system's clock: the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        UnixTime::now()
    }
}

/// A [`Clock`] in the form rustls takes.
#[derive(Debug)]
pub(crate) struct HandshakeTime(pub(crate) Arc<dyn Clock>);

impl TimeProvider for HandshakeTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0.now())
    }
}
