//! What a user may choose about refreshing.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::ClientConfig;

use super::error::RefresherError;
use super::point::absolute;
use crate::clock::{Clock, SystemClock};

/// Settings that a [`Refresher`](super::Refresher) may be started with.
///
/// ```
/// use std::time::Duration;
///
/// use hub_tls::RefreshSettings;
///
/// let settings = RefreshSettings::new()
///     .with_interval(Duration::from_secs(15 * 60))
///     .with_store(|url, list| println!("{} octets of {url} to keep for the next start", list.len()));
/// # let _ = settings;
/// ```
#[derive(Clone)]
pub struct RefreshSettings {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) interval: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) max_octets: usize,
    pub(super) tls: Option<ClientConfig>,
    pub(super) proxy: Option<Uri>,
    pub(super) store: Option<Arc<Store>>,
}

/// What is called with the URL and the octets of a list that was taken.
pub(super) type Store = dyn Fn(&str, &[u8]) + Send + Sync;

impl RefreshSettings {
    /// Each list every hour, 5 s to connect and 30 s in all, 8 MiB, plain HTTP without a proxy, the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            interval: Duration::from_secs(60 * 60),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            max_octets: 8 * 1024 * 1024,
            tls: None,
            proxy: None,
            store: None,
        }
    }

    /// Judges the dates of lists at another clock's time.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The longest pause between two fetches of a list. It is shorter when the list is soon to be replaced (`nextUpdate`), and after
    /// a failure.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long connecting may take, with looking the host up and TLS.
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long a fetch may take from beginning to end.
    #[must_use]
    pub fn with_total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = limit;
        self
    }

    /// The most octets of an answer that are read. No list of more than
    /// [`MAX_REVOCATION_LIST_OCTETS`](hub_roles::MAX_REVOCATION_LIST_OCTETS) is taken.
    #[must_use]
    pub fn with_max_octets(mut self, limit: usize) -> Self {
        self.max_octets = limit;
        self
    }

    /// Fetches from `https` URLs too, verifying their servers by this configuration. Its application protocols are not used.
    ///
    /// Lists are signed, so plain HTTP is what CAs publish them over: whoever stands between can keep a list back, not change it.
    #[must_use]
    pub fn with_tls(mut self, config: ClientConfig) -> Self {
        self.tls = Some(config);
        self
    }

    /// Asks a forward proxy for what `http` URLs name, such as `http://proxy.bank.example:3128`: from a network whose servers reach the
    /// internet by a proxy only. The proxy is spoken to in the clear and without a password, looks the hosts up, and can do no more than
    /// anybody on the way (see [`with_tls`](Self::with_tls)). Servers of `https` URLs are connected to directly.
    ///
    /// No environment variable is asked for a proxy.
    ///
    /// # Errors
    /// [`RefresherError::Proxy`]: no such URL.
    pub fn with_http_proxy(mut self, url: &str) -> Result<Self, RefresherError> {
        let is_proxy =
            |url: &Uri| url.scheme_str() == Some("http") && url.path_and_query().is_none_or(|path| path == "/");
        self.proxy = Some(absolute(url).filter(is_proxy).ok_or(RefresherError::Proxy)?);
        Ok(self)
    }

    /// Hands every list that is taken and differs from the one before to `store`, with its URL: to be given to
    /// [`DistributionPoint::with_saved`](super::DistributionPoint::with_saved) at the next start. It is called once the list is in
    /// force, on a thread that may block.
    #[must_use]
    pub fn with_store(mut self, store: impl Fn(&str, &[u8]) + Send + Sync + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    pub(super) fn check(&self) -> Result<(), RefresherError> {
        for (what, is_zero) in [
            ("interval", self.interval.is_zero()),
            ("connect timeout", self.connect_timeout.is_zero()),
            ("total timeout", self.total_timeout.is_zero()),
            ("most octets", self.max_octets == 0),
        ] {
            if is_zero {
                return Err(RefresherError::Zero { what });
            }
        }
        Ok(())
    }
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RefreshSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshSettings")
            .field("clock", &self.clock)
            .field("interval", &self.interval)
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("max_octets", &self.max_octets)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
