//! Why a token is refused: the rules of THREATS sections 1 and 2, one by one, and why one could not be issued.

mod rule;

use std::fmt;

use hub_roles::{KeyError, KeyId, PathId};
use thiserror::Error;

use rule::Class;
pub use rule::TokenRule;
pub(crate) use rule::excerpt;

/// Which token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenId {
    /// A JAR request object.
    RequestObject,
    /// A `private_key_jwt` client assertion.
    ClientAssertion,
    /// A signed request body.
    SignedRequest,
    /// A signed response body.
    SignedResponse,
    /// An OpenID Connect ID token.
    IdToken,
    /// A webhook event.
    WebhookEvent,
    /// Personally identifiable information.
    Pii,
    /// Who the user is, ahead of the login.
    LoginHint,
    /// A JWT Auth token on a request.
    JwtAuthRequest(PathId),
    /// A JWT Auth token on a response.
    JwtAuthResponse(PathId),
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestObject => f.write_str("request object"),
            Self::ClientAssertion => f.write_str("client assertion"),
            Self::SignedRequest => f.write_str("signed request"),
            Self::SignedResponse => f.write_str("signed response"),
            Self::IdToken => f.write_str("ID token"),
            Self::WebhookEvent => f.write_str("webhook event"),
            Self::Pii => f.write_str("PII"),
            Self::LoginHint => f.write_str("login hint"),
            Self::JwtAuthRequest(path) => write!(f, "JWT Auth request ({path})"),
            Self::JwtAuthResponse(path) => write!(f, "JWT Auth response ({path})"),
        }
    }
}

/// A token was refused, by one rule.
///
/// It names the token, the rule, what was expected and what was found. Of the token it repeats nothing but header parameters and the
/// names of parties, cut short and escaped, so it is safe to log.
///
/// ```
/// use hub_jose::{ClientAssertion, Layer, TokenId, Unverified};
///
/// let refused = Unverified::<ClientAssertion>::parse("eyJhbGciOiJSUzI1NiJ9.e30.AA").unwrap_err();
/// assert_eq!(refused.to_string(), "client assertion refused (JWS): `alg` is \"RS256\", only PS256 is accepted");
/// assert_eq!((refused.token(), refused.layer()), (TokenId::ClientAssertion, Layer::Signature));
/// assert_eq!((refused.code(), refused.hub_code()), ("token.algorithm", Some("JWS.InvalidHeader")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    token: TokenId,
    layer: Layer,
    rule: TokenRule,
}

impl TokenError {
    pub(crate) fn new(token: TokenId, layer: Layer, rule: TokenRule) -> Self {
        Self { token, layer, rule }
    }

    /// The token that was expected.
    #[must_use]
    pub fn token(&self) -> TokenId {
        self.token
    }

    /// The layer that was being read: encryption or signature.
    #[must_use]
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// The rule it broke.
    #[must_use]
    pub fn rule(&self) -> &TokenRule {
        &self.rule
    }

    /// The rule's stable code, for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// The ecosystem's code for an answer: `JWS.InvalidSignature` and the like (FACTS section 4). `None` where the token is not to
    /// blame: then the answer is a server error.
    #[must_use]
    pub const fn hub_code(&self) -> Option<&'static str> {
        Some(match (self.rule.class(), self.layer) {
            (Class::Malformed, Layer::Signature) => "JWS.Malformed",
            (Class::Header, Layer::Signature) => "JWS.InvalidHeader",
            (Class::Header, Layer::Encryption) => "JWE.InvalidHeader",
            (Class::Signature, _) => "JWS.InvalidSignature",
            (Class::Claim, _) => "JWS.InvalidClaim",
            (Class::Malformed, Layer::Encryption) | (Class::Decryption, _) => "JWE.DecryptionError",
            (Class::Own, _) => return None,
        })
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused ({}): {}", self.token, self.layer, self.rule)
    }
}

impl std::error::Error for TokenError {}

/// Which of a token's two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The JWE.
    Encryption,
    /// The JWS and its claims.
    Signature,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encryption => "JWE",
            Self::Signature => "JWS",
        })
    }
}

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
    #[error("JWT Auth is off for this leg in the deployment")]
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
}
