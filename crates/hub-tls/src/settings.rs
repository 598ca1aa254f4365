//! What a user may choose about handshakes. Nothing here weakens them.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};

/// Settings that an [`Acceptor`](crate::Acceptor) or a [`Connector`](crate::Connector) may be built with.
///
/// ```
/// use hub_tls::Settings;
///
/// let settings = Settings::new().with_alpn(["h2", "http/1.1"]);
/// # let _ = settings;
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) alpn: Vec<Vec<u8>>,
    pub(crate) resumption: bool,
}

impl Settings {
    /// The system's clock, no protocol negotiation, and sessions resume.
    #[must_use]
    pub fn new() -> Self {
        Self { clock: Arc::new(SystemClock), alpn: Vec::new(), resumption: true }
    }

    /// Judges certificates at another clock's time.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Negotiates an application protocol, the first being the preferred one (RFC 7301). A connector's server may choose none; an
    /// acceptor refuses a client that offers others only. A name has 1 to 255 octets, else nothing is built from the settings:
    /// [`ConfigError::Settings`](crate::ConfigError::Settings).
    ///
    /// A configuration exported to foreign code offers the same. An `HttpsConnector` does not ask: it offers what it speaks.
    #[must_use]
    pub fn with_alpn<T: Into<Vec<u8>>>(mut self, protocols: impl IntoIterator<Item = T>) -> Self {
        self.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Makes every handshake a full one: no session is kept, and no ticket is given out. A resumed session is checked as strictly
    /// as a new one (see [`Acceptor::accept`](crate::Acceptor::accept)); this is for whoever wants the key proven each time.
    #[must_use]
    pub fn without_resumption(mut self) -> Self {
        self.resumption = false;
        self
    }

    /// The length of a protocol's name is one octet, and not zero (RFC 7301 section 3.1): rustls does not look.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.alpn.iter().all(|protocol| (1..=255).contains(&protocol.len())) {
            return Ok(());
        }
        Err("the name of an application protocol (ALPN) has 1 to 255 octets")
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}
