//! Why a lookup has no key.

use std::time::Duration;

use hub_roles::{CertificateRule, HttpsUrl, KeyId, MissingPart, Refusal, RoleId};
use thiserror::Error;

use crate::error::SelectError;
use crate::fetch::{FetchCause, FetchError};

/// Why a lookup in a cached set has no key.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The key is revoked; or the set, which may be one that is served beyond its lifetime, has it and refuses it; or the set was fetched for this
    /// `kid` within the cooldown, and does not have it.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The set has no such `kid`, and was asked for so short a time ago that it is not asked for again: a key published since then is
    /// found later.
    #[error(
        "key {kid} is not in the key set at {url}, which was asked for a moment ago: try again in {} s",
        retry_after.as_secs() + 1
    )]
    Suppressed {
        /// Where the set is.
        url: HttpsUrl,
        /// The `kid` that was asked for.
        kid: KeyId,
        /// When the set may be asked for again.
        retry_after: Duration,
    },
    /// There is no set that may be used, or none that may have the key, and it could not be fetched.
    #[error("{cause}; the next attempt is due in {} s", retry_after.as_secs() + 1)]
    Unavailable {
        /// Why the last attempt failed.
        #[source]
        cause: FetchError,
        /// When the set may be asked for again.
        retry_after: Duration,
        /// Whether that attempt was made for this lookup. If not, it began before, and says how the server stood then.
        for_this_lookup: bool,
    },
    /// The deployment does not say where the keys are.
    #[error("the keys cannot be looked up: {0}")]
    MissingPart(#[from] MissingPart),
    /// The keystore judges certificates, and was not told what this party's must show.
    #[error(
        "{role}: keys of {owner}: what their certificates must show is not known: name it with `KeySource::with_expectation`"
    )]
    NoExpectation {
        /// The role asked for.
        role: RoleId,
        /// Whose keys they are.
        owner: String,
    },
    /// The keystore has no room for another set, and all that it has are in use.
    #[error("no room for the key set at {url}, and no set that is not in use: allow for more with `with_most_sets`")]
    NoRoom {
        /// Where the set is.
        url: HttpsUrl,
    },
}

impl LookupError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Select(error) => error.code(),
            Self::Suppressed { .. } => "lookup.suppressed",
            Self::Unavailable { .. } => "lookup.unavailable",
            Self::MissingPart(error) => error.code(),
            Self::NoExpectation { .. } => "lookup.no-expectation",
            Self::NoRoom { .. } => "lookup.no-room",
        }
    }

    /// The ecosystem's code for the answer to a token whose `kid` was asked for (FACTS section 4). `None` where the token is not to
    /// blame: a server answers 503 then.
    #[must_use]
    pub fn hub_code(&self) -> Option<&'static str> {
        match self {
            Self::Select(error) => error.hub_code(),
            Self::Suppressed { .. }
            | Self::Unavailable { .. }
            | Self::MissingPart(_)
            | Self::NoExpectation { .. }
            | Self::NoRoom { .. } => None,
        }
    }

    /// Whether the same lookup may succeed later with nothing changed on this side.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Select(error) => error.is_retryable(),
            Self::Suppressed { .. } | Self::NoRoom { .. } => true,
            Self::MissingPart(_) | Self::NoExpectation { .. } => false,
            Self::Unavailable { cause, .. } => cause.is_retryable(),
        }
    }

    /// Whether the key may be had as a retired one: it may be in another set, or its certificate may have held at another time. One that is on a
    /// revocation list holds at none.
    pub(crate) fn may_be_retired(&self) -> bool {
        match self {
            Self::Select(error) => {
                let rule = error.refusal().map(Refusal::rule);
                error.is_retryable()
                    || error.is_refused_certificate() && !matches!(rule, Some(CertificateRule::Revoked { .. }))
            }
            _ => self.is_retryable(),
        }
    }

    /// Whether the server was asked for this lookup, and says that there is no such set, or that it has no key. What it said before may be out of date.
    pub(crate) fn is_absent_set(&self) -> bool {
        let Self::Unavailable { cause, for_this_lookup: true, .. } = self else {
            return false;
        };
        matches!(cause.cause(), FetchCause::Status { status: 404 | 410, .. } | FetchCause::NoUsableKey { rejected: 0 })
    }

    /// When the set may be asked for again; `None` if that has nothing to do with it.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Select(_) | Self::MissingPart(_) | Self::NoExpectation { .. } | Self::NoRoom { .. } => None,
            Self::Suppressed { retry_after, .. } | Self::Unavailable { retry_after, .. } => Some(*retry_after),
        }
    }
}
