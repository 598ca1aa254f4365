//! Why there is no refresher, and why a fetch brought no list.

use std::error::Error as StdError;
use std::iter::successors;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{Environment, RevocationListError};
use thiserror::Error;

use crate::error::ConfigError;

/// Why a [`Refresher`](super::Refresher) does not start, or does not take another trust framework.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RefresherError {
    /// No absolute URL of the scheme `http` or `https`, or one with a user name.
    #[error("{url:?} is no URL to fetch lists from: expected http://host/path, or https, without a user name")]
    Url {
        /// What was given, without a user name and password.
        url: String,
    },
    /// No URL of a forward proxy. It is not repeated here: it may hold a password.
    #[error("no URL of a forward proxy: expected http://host:port, without a user name or a path")]
    Proxy,
    /// A URL of the scheme `https`, and nothing to verify its server with.
    #[error(
        "{url}: lists are fetched over https only with a TLS configuration: set one, or use the http URL of the list"
    )]
    NoTls {
        /// The URL.
        url: String,
    },
    /// One URL is given twice.
    #[error("{url} is given twice")]
    Twice {
        /// The URL.
        url: String,
    },
    /// No distribution point at all.
    #[error("no distribution point: give the URL of the list of each CA")]
    NoPoint,
    /// A limit of nothing.
    #[error("the {what} is zero: nothing could be fetched")]
    Zero {
        /// The setting.
        what: &'static str,
    },
    /// A trust framework of another environment.
    #[error("the trust framework belongs to {found}, the one in force to {expected}: the two PKIs never mix")]
    Environment {
        /// Its environment.
        found: Environment,
        /// That of the one in force.
        expected: Environment,
    },
    /// A follower does not take the trust framework.
    #[error(transparent)]
    Follower(#[from] ConfigError),
}

impl RefresherError {
    /// A stable code for logs and metrics; that of the follower's error where it is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "refresher.url",
            Self::Proxy => "refresher.proxy",
            Self::NoTls { .. } => "refresher.no-tls",
            Self::Twice { .. } => "refresher.twice",
            Self::NoPoint => "refresher.no-point",
            Self::Zero { .. } => "refresher.zero",
            Self::Environment { .. } => "refresher.environment",
            Self::Follower(error) => error.code(),
        }
    }
}

/// Why a revocation list was not refreshed. The one in force stays.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The host could not be looked up, or there is no TCP connection to it.
    #[error("no connection: {}", in_full(.0))]
    Connect(#[source] Arc<dyn StdError + Send + Sync>),
    /// No TLS connection, or a server certificate that the TLS configuration refuses.
    #[error("TLS: {}", in_full(.0))]
    Tls(#[source] Arc<dyn StdError + Send + Sync>),
    /// Not HTTP, or a connection lost on the way.
    #[error("HTTP: {}", in_full(.0))]
    Http(#[source] Arc<dyn StdError + Send + Sync>),
    /// A time limit.
    #[error("not within {limit:?}")]
    Timeout {
        /// The limit that was reached: of connecting, or of the whole.
        limit: Duration,
    },
    /// A redirect. None is followed, wherever it leads.
    #[error("the server answered {status}, a redirect: configure the URL it leads to")]
    Redirect {
        /// The HTTP status.
        status: u16,
    },
    /// Another status than 200, and than 304 where a list was told of.
    #[error("the server answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// More octets than are read.
    #[error("the server's answer has more than {limit} octets")]
    TooLarge {
        /// The limit, in octets.
        limit: usize,
    },
    /// What was served is no list, or one that is not taken: of the future, older than the one in force, badly signed.
    #[error(transparent)]
    List(#[from] RevocationListError),
    /// What was served is the list of another CA than the distribution point's: it would hide that this one's is missing.
    #[error("the list is of {found:?}, and those of this distribution point are of {expected:?}")]
    OtherIssuer {
        /// The CA whose list was served.
        found: String,
        /// Whose list was expected, or was served before.
        expected: String,
    },
    /// A follower or the store panicked. The list is tried again with the next fetch, unless it is in force already.
    #[error("a follower or the store panicked over the list")]
    Panicked,
}

impl RefreshError {
    /// A stable code for logs and metrics; that of the rule where a list was served and refused.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "refresh.connect",
            Self::Tls(_) => "refresh.tls",
            Self::Http(_) => "refresh.http",
            Self::Timeout { .. } => "refresh.timeout",
            Self::Redirect { .. } => "refresh.redirect",
            Self::Status { .. } => "refresh.status",
            Self::TooLarge { .. } => "refresh.too-large",
            Self::List(error) => error.code(),
            Self::OtherIssuer { .. } => "refresh.other-issuer",
            Self::Panicked => "refresh.panicked",
        }
    }
}

/// An error with its causes: those of HTTP clients say little themselves.
fn in_full(error: &Arc<dyn StdError + Send + Sync>) -> String {
    let outermost: &dyn StdError = &**error;
    let causes = successors(Some(outermost), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
