//! Why a token is refused: the rules of THREATS sections 1 and 2, one by one, and why one could not be issued.

mod issue;
mod rule;
#[cfg(test)]
mod table;

use std::fmt;

use hub_roles::{KeyId, PathId};

pub use issue::{IssueError, IssueProblem};
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
/// assert!(!refused.is_retryable());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    token: TokenId,
    layer: Layer,
    rule: TokenRule,
}

impl TokenError {
    /// Every refusal is made here, so that the log is told of each, once, and of no more than the rule's name.
    pub(crate) fn new(token: TokenId, layer: Layer, kid: Option<&KeyId>, rule: TokenRule) -> Self {
        tracing::warn!(%token, %layer, code = rule.code(), kid = kid.map(tracing::field::display), "token refused");
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
        self.rule.hub_code(self.layer)
    }

    /// Whether the same token may be accepted later, once the key set was fetched again or the replay guard has room and answers. All
    /// other rules refuse it however often it comes.
    ///
    /// ```
    /// use hub_jose::TokenError;
    ///
    /// /// The status of an answer.
    /// fn status(refused: &TokenError) -> u16 {
    ///     match (refused.hub_code(), refused.is_retryable()) {
    ///         (Some(_), _) => 400,
    ///         (None, true) => 503,
    ///         (None, false) => 500,
    ///     }
    /// }
    /// ```
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.rule.is_retryable(self.layer)
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
