//! Why a token could not be issued.

use hub_roles::{KeyError, KeyId};
use thiserror::Error;

/// Why a token could not be issued.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The claims do not serialise: the caller's type says why.
    #[error("the claims do not serialise as a JSON object")]
    Serialise,
    /// The claims break a rule that every receiver applies: too deep, a member twice.
    #[error("the claims: {0}")]
    Claims(#[source] hub_json::Error),
    /// The compact form is longer than any receiver accepts.
    #[error("the token is {found} octets long, receivers accept at most {limit}")]
    TooLarge {
        /// Octets accepted.
        limit: usize,
        /// Octets of the token.
        found: usize,
    },
    /// The key did not sign or encrypt.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The key does not sign when it is asked to.
    #[error(
        "the key with kid {kid} does not sign in one call: `prepare` the token, have its message signed where the key is, then `complete` it"
    )]
    RemoteKey {
        /// The `kid` of the credential.
        kid: KeyId,
    },
    /// A signature that no receiver would accept.
    #[error(
        "the signature is not that of the key with kid {kid} over the prepared message in PS256: RSASSA-PSS with SHA-256, MGF1-SHA256 and a salt of 32 octets"
    )]
    Signature {
        /// The `kid` of the credential.
        kid: KeyId,
    },
    /// The system has no randomness to give, or the cipher failed.
    #[error("the cryptographic module failed")]
    Module,
    /// JWT Auth is switched off for this leg.
    #[error("JWT Auth is off for this leg in the deployment: switch it on there, or attach no token")]
    JwtAuthOff,
}

impl IssueError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Serialise => "issue.serialise",
            Self::Claims(_) => "issue.claims",
            Self::TooLarge { .. } => "issue.too-large",
            Self::Key(_) => "issue.key",
            Self::RemoteKey { .. } => "issue.remote-key",
            Self::Signature { .. } => "issue.signature",
            Self::Module => "issue.module",
            Self::JwtAuthOff => "issue.jwt-auth-off",
        }
    }

    /// Whether the same may succeed later: a module or service that holds the key may have failed for a moment. The token is always
    /// our own, so there is no code of the ecosystem to answer with.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Key(KeyError::Failed) | Self::Module)
    }
}
