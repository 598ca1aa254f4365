//! Why a token is refused: the rules of THREATS sections 1 and 2, one by one, and why one could not be issued.

use std::fmt;

use hub_roles::{KeyError, KeyId, PathId};
use thiserror::Error;

use crate::replay::ReplayError;

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
            Self::JwtAuthRequest(path) => write!(f, "JWT Auth request ({path})"),
            Self::JwtAuthResponse(path) => write!(f, "JWT Auth response ({path})"),
        }
    }
}

/// A token was refused, by one rule.
///
/// It names the token, the rule and what was expected; it never holds the token, a claim's whole text or a secret, so it is safe to
/// log.
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

/// What a rule is about, which decides the ecosystem's code.
enum Class {
    Malformed,
    Header,
    Signature,
    Claim,
    Decryption,
    /// The token is not to blame.
    Own,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })? $(($from:ident $inner:ty))?, $class:ident, $code:literal, $message:literal;)*) => {
        /// A rule that tokens must keep.
        #[derive(Debug, Clone, PartialEq, Eq, Error)]
        #[non_exhaustive]
        pub enum TokenRule {
            $(
                $(#[$doc])*
                #[error($message)]
                $name $({ $($(#[$field_doc])* $field: $type),* })? $((#[$from] $inner))?,
            )*
        }

        impl TokenRule {
            /// A stable code for logs and metrics.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $code,)*
                }
            }

            const fn class(&self) -> Class {
                match self {
                    // A claim of the wrong type is a wrong claim; what is no JSON at all is malformed.
                    Self::Claims(hub_json::Error::Shape { .. }) => Class::Claim,
                    $(Self::$name { .. } => Class::$class,)*
                }
            }
        }
    };
}

rules! {
    /// Longer than a token of this type may be; nothing of it was read.
    TooLarge {
        /// Octets allowed.
        limit: usize,
        /// Octets found.
        found: usize,
    }, Malformed, "token.too-large", "{found} octets long, at most {limit} are allowed";
    /// Not the compact serialisation.
    Segments {
        /// 3 for a JWS, 5 for a JWE.
        expected: usize,
    }, Malformed, "token.segments", "not a compact serialisation of {expected} segments";
    /// A segment is not base64url in its one spelling.
    Base64Url {
        /// The segment.
        segment: &'static str,
    }, Malformed, "token.base64url", "the {segment} is not canonical base64url without padding";

    /// The header is not one strict JSON object of at most 2 KiB.
    HeaderJson(source hub_json::Error), Header, "token.header-json", "header: {0}";
    /// A header parameter that must be there is not.
    HeaderMissing {
        /// The parameter.
        parameter: &'static str,
    }, Header, "token.header-missing", "header parameter `{parameter}` is missing";
    /// A header parameter is of the wrong type or form.
    HeaderForm {
        /// The parameter.
        parameter: &'static str,
        /// What was expected.
        expected: &'static str,
    }, Header, "token.header-form", "header parameter `{parameter}` is not {expected}";
    /// A header parameter that no token may carry.
    HeaderForbidden {
        /// The parameter.
        parameter: &'static str,
    }, Header, "token.header-forbidden", "header parameter `{parameter}` is never accepted: keys come from the registered key set, and no extension is in use";
    /// Another algorithm than the one there is.
    Algorithm {
        /// `alg` or `enc`.
        parameter: &'static str,
        /// The one accepted value.
        expected: &'static str,
        /// What the header says, cut to 32 characters.
        found: String,
    }, Header, "token.algorithm", "`{parameter}` is {found:?}, only {expected} is accepted";
    /// `alg` is `none`, in any spelling of upper and lower case.
    Unsecured, Header, "token.unsecured", "it is not signed (`alg` is none)";
    /// `typ` is that of another kind of token.
    Type {
        /// The values accepted beside none.
        accepted: &'static [&'static str],
    }, Header, "token.typ", "`typ` is that of another kind of token, accepted are none or one of {accepted:?}";
    /// `cty` announces other content.
    ContentType {
        /// The one value accepted beside none.
        accepted: &'static str,
    }, Header, "token.cty", "`cty` announces other content, accepted are none or {accepted:?}";

    /// No key of this `kid` among those at hand.
    UnknownKey {
        /// The `kid` of the header.
        kid: KeyId,
    }, Header, "token.unknown-key", "no key with kid {kid} is registered for the expected party and role";
    /// Two keys of this `kid`.
    AmbiguousKey {
        /// The `kid` of the header.
        kid: KeyId,
    }, Header, "token.ambiguous-key", "more than one key has kid {kid}";
    /// No `kid`, and not exactly one decryption key to try.
    NoKeyNamed {
        /// How many decryption keys are held.
        held: usize,
    }, Header, "token.no-key-named", "the header names no kid, and {held} decryption keys are held instead of one";
    /// The key offered belongs to somebody else than the expected party.
    KeyOwner {
        /// The expected party.
        expected: String,
        /// The key's owner.
        found: String,
    }, Signature, "token.key-owner", "the key belongs to {found}, the token must be signed by {expected}";
    /// The signature does not verify.
    Signature, Signature, "token.signature", "the signature does not verify: it was made with another key than the one its kid names, or the token was changed";

    /// A part of the JWE has a length it cannot have.
    Length {
        /// Which part.
        part: &'static str,
        /// Octets expected.
        expected: usize,
        /// Octets found.
        found: usize,
    }, Decryption, "token.length", "the {part} has {found} octets, {expected} are expected";
    /// It does not decrypt. There is one such error, whatever the cause.
    Decryption, Decryption, "token.decryption", "it does not decrypt with the key it names";
    /// The encrypted content is not signed: it is plain JSON.
    PlainContent, Malformed, "token.plain-content", "the encrypted content is plain JSON: it must be signed first, then encrypted";
    /// The encrypted content is itself encrypted.
    NestedEncryption, Malformed, "token.nested-encryption", "the encrypted content is encrypted again: it must be a JWS";

    /// The claims are not one strict JSON object of the expected form.
    Claims(source hub_json::Error), Malformed, "token.claims", "claims: {0}";
    /// A claim that must be there is not.
    ClaimMissing {
        /// The claim.
        claim: &'static str,
    }, Claim, "token.claim-missing", "claim `{claim}` is missing";
    /// A claim that shows the token to be of another kind.
    ClaimForbidden {
        /// The claim.
        claim: &'static str,
    }, Claim, "token.claim-forbidden", "claim `{claim}` belongs to another kind of token";
    /// A claim has another value than the one expected.
    ClaimValue {
        /// The claim.
        claim: &'static str,
        /// What was expected, in words or as the value itself where it is no secret.
        expected: String,
    }, Claim, "token.claim-value", "claim `{claim}` is not {expected}";
    /// `iss` is somebody else.
    Issuer {
        /// Who was expected.
        expected: String,
    }, Claim, "token.issuer", "`iss` is not {expected:?}";
    /// `sub` is somebody else.
    Subject {
        /// Who was expected.
        expected: String,
    }, Claim, "token.subject", "`sub` is not {expected:?}";
    /// `aud` names others only.
    Audience {
        /// Who was expected.
        expected: String,
    }, Claim, "token.audience", "`aud` does not name {expected:?}";
    /// `aud` is an array where one string is due.
    AudienceForm, Claim, "token.audience-form", "`aud` is an array, one string is expected";
    /// `exp` has passed.
    Expired {
        /// `exp`, in seconds since the Unix epoch, rounded down.
        expires_at: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, Claim, "token.expired", "it expired at {expires_at} and it is {now} (Unix time, seconds)";
    /// `nbf` has not come.
    NotYetValid {
        /// `nbf`, in seconds since the Unix epoch, rounded up.
        not_before: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, Claim, "token.not-yet-valid", "it is valid from {not_before} and it is {now} (Unix time, seconds)";
    /// `iat` lies in the future.
    IssuedInFuture {
        /// `iat`, in seconds since the Unix epoch, rounded up.
        issued_at: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, Claim, "token.issued-in-future", "it was issued at {issued_at} and it is {now} (Unix time, seconds)";
    /// `nbf` is longer ago than allowed.
    TooOld {
        /// Seconds allowed.
        limit: u64,
        /// Seconds found.
        found: u64,
    }, Claim, "token.too-old", "`nbf` is {found} s ago, at most {limit} s are accepted";
    /// It lives longer than its kind may.
    LifetimeTooLong {
        /// The claim that the lifetime counts from: `iat` or `nbf`.
        from: &'static str,
        /// Seconds allowed.
        limit: u64,
        /// Seconds found.
        found: u64,
    }, Claim, "token.lifetime", "`exp` is {found} s after `{from}`, at most {limit} s are accepted";

    /// The header field carries something else than a JWT Auth token, which may be legitimate (FACTS section 4, `bankConnectToken`).
    NotJwtAuth, Malformed, "token.not-jwt-auth", "the header field carries no JWT Auth token";
    /// JWT Auth is switched off for this leg.
    JwtAuthOff, Own, "token.jwt-auth-off", "JWT Auth is off for this leg in the deployment";
    /// A single-use token was used before.
    Replayed, Claim, "token.replayed", "it was used before";
    /// Whether a single-use token was used before could not be established.
    Replay(from ReplayError), Own, "token.replay-guard", "{0}";
}

impl TokenRule {
    pub(crate) fn in_signature(self, token: TokenId) -> TokenError {
        TokenError::new(token, Layer::Signature, self)
    }
}

/// Why a token could not be issued.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The claims do not serialise: the caller's type says why.
    #[error("the claims do not serialise as a JSON object")]
    Serialise,
    /// The claims break a rule that every receiver applies: too large, too deep, a member twice.
    #[error("the claims: {0}")]
    Claims(#[source] hub_json::Error),
    /// The key did not sign or encrypt.
    #[error("{0}")]
    Key(#[from] KeyError),
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
            Self::Key(_) => "issue.key",
            Self::Module => "issue.module",
            Self::JwtAuthOff => "issue.jwt-auth-off",
        }
    }
}
