//! Why a token could not be issued.

use std::fmt;

use hub_roles::{KeyError, KeyId};
use thiserror::Error;

use crate::error::TokenId;

/// A token could not be issued.
///
/// It names the token and the problem, as [`TokenError`](crate::TokenError) does for one that is refused. The token is always our own,
/// so there is no code of the ecosystem to answer with: whoever asked for it gets a server error.
///
/// ```
/// use hub_jose::{AuthorizationRequest, CodeVerifier, IssueProblem, RequestObject, Signer, TokenId};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (sig1, client) = (eco.tpp("acme")?.sig1(), eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
///
/// let request = AuthorizationRequest {
///     scope: "payments openid".to_owned(),
///     redirect_uri: "https://acme.example/callback".to_owned(),
///     nonce: "n-0S6_WzA2Mj".to_owned(),
///     state: "af0ifjsldkj".to_owned(),
///     code_challenge: CodeVerifier::random()?.challenge(),
///     authorization_details: vec!["a consent ".repeat(100_000)],
///     max_age: None,
///     login_hint: None,
/// };
/// let failed = Signer::new(sig1).sign(&RequestObject::new(client, issuer, request), now).unwrap_err();
/// assert!(failed.to_string().ends_with("octets long, receivers accept at most 524288"), "{failed}");
/// assert_eq!((failed.token(), failed.code()), (TokenId::RequestObject, "issue.too-large"));
/// assert!(matches!(failed.problem(), IssueProblem::TooLarge { limit: 524_288, .. }));
/// assert!(!failed.is_retryable());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueError {
    token: TokenId,
    problem: IssueProblem,
}

impl IssueError {
    /// The token that was to be issued.
    #[must_use]
    pub fn token(&self) -> TokenId {
        self.token
    }

    /// What stood in the way.
    #[must_use]
    pub fn problem(&self) -> &IssueProblem {
        &self.problem
    }

    /// The problem's stable code, for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// Whether the same may succeed later: see [`IssueProblem::is_retryable`].
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.problem.is_retryable()
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} not issued: {}", self.token, self.problem)
    }
}

impl std::error::Error for IssueError {}

/// What stands in the way of a token: of its claims, its key, or the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssueProblem {
    /// The claims do not serialise: the caller's type says why.
    #[error("the claims do not serialise as a JSON object")]
    Serialise,
    /// The claims break a rule that every receiver applies: too deep, a member twice.
    #[error("the claims: {0}")]
    Claims(#[source] hub_json::Error),
    /// The compact form is longer than any receiver accepts.
    #[error("it is {found} octets long, receivers accept at most {limit}")]
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

impl IssueProblem {
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

    /// Whether the same may succeed later: a module or service that holds the key may have failed for a moment.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Key(KeyError::Failed) | Self::Module)
    }

    pub(crate) fn of(self, token: TokenId) -> IssueError {
        IssueError { token, problem: self }
    }
}
