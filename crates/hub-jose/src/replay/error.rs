//! Why a use was not recorded.

use thiserror::Error;

use crate::error::excerpt;

/// Why a use was not recorded. The token is refused in each case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The token was used before.
    #[error("the token was used before: each use takes a new one")]
    Used,
    /// No room, and every entry is still needed.
    #[error("the replay guard is full ({capacity} unexpired tokens): enlarge it, or wait until tokens expire")]
    Full {
        /// How many tokens there is room for.
        capacity: usize,
    },
    /// The issuer's share of the room is used up, and every entry is still needed.
    #[error(
        "{issuer:?} has used up its share of the replay guard ({share} unexpired tokens): it has to send less, wait, or be given more"
    )]
    IssuerFull {
        /// The issuer, cut to 64 characters.
        issuer: String,
        /// How many of its tokens there is room for.
        share: usize,
    },
    /// The token's time is over by a clock that was read before, and its use may have been forgotten: this clock went back.
    #[error(
        "the clock went back: tokens until {forgotten_until} (Unix time, seconds) have been forgotten; set it right, and send a new token"
    )]
    ClockWentBack {
        /// Seconds since the Unix epoch.
        forgotten_until: u64,
    },
    /// A shared store did not answer.
    #[error("the replay store is not available ({:?}): try again when it is", excerpt(reason))]
    Unavailable {
        /// What the store's client says, which must be no secret. The message shows the first 64 characters, escaped.
        reason: String,
    },
}

impl ReplayError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Used => "replay.used",
            Self::Full { .. } => "replay.full",
            Self::IssuerFull { .. } => "replay.issuer-full",
            Self::ClockWentBack { .. } => "replay.clock-went-back",
            Self::Unavailable { .. } => "replay.unavailable",
        }
    }

    /// Whether the same token may be accepted later: it was not recorded as used, and what stood in the way may pass.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Full { .. } | Self::IssuerFull { .. } | Self::Unavailable { .. } => true,
            Self::Used | Self::ClockWentBack { .. } => false,
        }
    }
}
