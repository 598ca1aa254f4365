//! Why a key set could not be fetched.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::HttpsUrl;
use thiserror::Error;

use super::freshness::RetryAfter;
use crate::error::KeySetError;
use crate::limits::MAX_SET_OCTETS;

/// A key set could not be fetched. Cloning shares the cause: one fetch may serve many waiters.
#[derive(Debug, Clone)]
pub struct FetchError {
    /// In a box, which keeps errors small.
    url: Box<HttpsUrl>,
    cause: FetchCause,
}

impl FetchError {
    pub(crate) fn new(url: HttpsUrl, cause: FetchCause) -> Self {
        Self { url: Box::new(url), cause }
    }

    /// What was to be fetched.
    #[must_use]
    pub fn url(&self) -> &HttpsUrl {
        &self.url
    }

    /// Why it could not be.
    #[must_use]
    pub fn cause(&self) -> &FetchCause {
        &self.cause
    }

    /// The cause's stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.cause.code()
    }

    /// Whether a later attempt may succeed with nothing changed on this side.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.cause.is_retryable()
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key set at {}: {}", self.url, self.cause)
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

/// Why a key set could not be fetched (THREATS section 3, "fetch").
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum FetchCause {
    /// The URL's host is not on the list.
    #[error("its host is not allowed: the keystore of the environment is, and what `allow_host` names")]
    HostNotAllowed,
    /// The host's name could not be looked up.
    #[error("its host could not be looked up: {0}")]
    Lookup(#[source] Arc<io::Error>),
    /// The host's name has no address.
    #[error("its host has no address")]
    NoAddress,
    /// The host's name led to an address that is not globally reachable.
    #[error("its host has the address {address}, which is not global")]
    AddressRefused {
        /// The address; the last one, if there were several.
        address: IpAddr,
    },
    /// No TCP connection.
    #[error("no connection: {0}")]
    Connect(#[source] Arc<io::Error>),
    /// The forward proxy could not be reached, or did not answer as a proxy does.
    #[error("no tunnel through the forward proxy: {0}")]
    Proxy(#[source] Arc<io::Error>),
    /// The forward proxy refused to open a tunnel.
    #[error(
        "the forward proxy answered {status}: it must allow tunnels to the keystore, and know the credentials if it wants any"
    )]
    ProxyRefused {
        /// The HTTP status.
        status: u16,
    },
    /// No TLS connection, or a server certificate that the roots do not verify.
    #[error("TLS: {0}")]
    Tls(#[source] Arc<io::Error>),
    /// Not HTTP, or a connection lost on the way.
    #[error("HTTP: {0}")]
    Http(#[source] Arc<dyn StdError + Send + Sync>),
    /// A time limit.
    #[error("not within {limit:?}")]
    Timeout {
        /// The limit that was reached: of connecting, or of the whole.
        limit: Duration,
    },
    /// A redirect. None is followed, wherever it leads.
    #[error("the server answered {status}, a redirect: register the URL it leads to")]
    Redirect {
        /// The HTTP status.
        status: u16,
    },
    /// Another status than 200.
    #[error("the server answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// When to try again, if the server said so. A cache obeys it with `429` and `5xx`, and with no other status.
        retry_after: Option<RetryAfter>,
    },
    /// More than [`MAX_SET_OCTETS`](crate::MAX_SET_OCTETS).
    #[error("the server's answer has more than {MAX_SET_OCTETS} octets")]
    TooLarge,
    /// What was served is no key set.
    #[error("{0}")]
    KeySet(#[from] KeySetError),
    /// What was served is a key set without one key that can be used (THREATS section 3, "one bad key").
    #[error("the set has no usable key: {rejected} of its keys were rejected")]
    NoUsableKey {
        /// How many keys it has; each broke a rule.
        rejected: usize,
    },
    /// The sets that a keystore holds have as many octets as they may, and this one would have more.
    #[error("there is no room for its {octets} octets beside the other sets: allow for more with `with_most_octets`")]
    NoRoom {
        /// How many the document has.
        octets: usize,
    },
    /// The runtime stopped, or there was none, before there was an answer; or the clock was set forward, and what was fetched is past its end.
    #[error(
        "the runtime stopped before there was an answer, or the clock was set forward past the end of what it brought"
    )]
    Abandoned,
}

impl FetchCause {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HostNotAllowed => "fetch.host-not-allowed",
            Self::Lookup(_) => "fetch.lookup",
            Self::NoAddress => "fetch.no-address",
            Self::AddressRefused { .. } => "fetch.address-refused",
            Self::Connect(_) => "fetch.connect",
            Self::Proxy(_) => "fetch.proxy",
            Self::ProxyRefused { .. } => "fetch.proxy-refused",
            Self::Tls(_) => "fetch.tls",
            Self::Http(_) => "fetch.http",
            Self::Timeout { .. } => "fetch.timeout",
            Self::Redirect { .. } => "fetch.redirect",
            Self::Status { .. } => "fetch.status",
            Self::TooLarge => "fetch.too-large",
            Self::KeySet(error) => error.code(),
            Self::NoUsableKey { .. } => "fetch.no-usable-key",
            Self::NoRoom { .. } => "fetch.no-room",
            Self::Abandoned => "fetch.abandoned",
        }
    }

    /// Whether it is an outage: no answer, or `5xx` or `429`, the server's own or a forward proxy's. Only during an outage is a set served beyond its
    /// lifetime (THREATS section 3, "freshness"). A server that says that there is no such set, or serves something else, is none.
    /// [`Self::Timeout`] may be spent in the queue for the host, and [`Self::Abandoned`] is this process's own doing: no answer came either way.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Lookup(_)
            | Self::NoAddress
            | Self::Connect(_)
            | Self::Proxy(_)
            | Self::Tls(_)
            | Self::Http(_)
            | Self::Timeout { .. }
            | Self::Abandoned => true,
            Self::Status { status, .. } | Self::ProxyRefused { status } => matches!(status, 429 | 500..=599),
            Self::HostNotAllowed
            | Self::AddressRefused { .. }
            | Self::Redirect { .. }
            | Self::TooLarge
            | Self::KeySet(_)
            | Self::NoUsableKey { .. }
            | Self::NoRoom { .. } => false,
        }
    }

    /// Whether a later attempt may succeed with nothing changed on this side: not where this side forbids the host.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        !matches!(self, Self::HostNotAllowed)
    }

    /// When to try again, if the server said so and it is its load or its maintenance that passes by then: with `429` and `5xx`. Beside another status it says
    /// nothing of the set, and could only keep a mistake from being mended.
    pub(crate) const fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Status { status: 429 | 500..=599, retry_after } => *retry_after,
            _ => None,
        }
    }

    pub(super) fn lookup(error: io::Error) -> Self {
        Self::Lookup(Arc::new(error))
    }

    pub(super) fn connect(error: io::Error) -> Self {
        Self::Connect(Arc::new(error))
    }

    pub(super) fn proxy(error: io::Error) -> Self {
        Self::Proxy(Arc::new(error))
    }

    pub(super) fn tls(error: io::Error) -> Self {
        Self::Tls(Arc::new(error))
    }

    pub(super) fn http(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Http(Arc::new(error))
    }
}
