//! The rules one by one, with their codes and texts.

use hub_roles::{KeyId, OrganisationId};
use thiserror::Error;

use crate::error::{Layer, TokenError, TokenId};
use crate::replay::ReplayError;

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
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })? $(($inner:ty))?, $class:ident, $code:literal, $message:literal;)*) => {
        /// A rule that tokens must keep.
        #[derive(Debug, Clone, PartialEq, Eq, Error)]
        #[non_exhaustive]
        pub enum TokenRule {
            $(
                $(#[$doc])*
                #[error($message)]
                $name $({ $($(#[$field_doc])* $field: $type),* })? $((#[source] $inner))?,
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

            #[cfg(test)]
            pub(super) const CODES: &[&str] = &[$($code),*];
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
    }, Malformed, "token.segments", "not a compact serialisation: that is {expected} segments with a dot between each two";
    /// A segment is not base64url in its one spelling.
    Base64Url {
        /// The segment.
        segment: &'static str,
    }, Malformed, "token.base64url", "the {segment} is not canonical base64url without padding";

    /// The header is not one strict JSON object of at most 2 KiB.
    HeaderJson(hub_json::Error), Header, "token.header-json", "header: {0}";
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
        /// What the header says, cut to 64 characters.
        found: String,
    }, Header, "token.algorithm", "`{parameter}` is {found:?}, only {expected} is accepted";
    /// `alg` is `none`, in any spelling of upper and lower case.
    Unsecured, Header, "token.unsecured", "it is not signed (`alg` is none): PS256 is due";
    /// `typ` is that of another kind of token.
    Type {
        /// The values accepted beside none.
        accepted: &'static [&'static str],
        /// What the header says, cut to 64 characters.
        found: String,
    }, Header, "token.typ", "`typ` is {found:?}, that of another kind of token: accepted are none or one of {accepted:?}";
    /// `cty` announces other content.
    ContentType {
        /// The one value accepted beside none.
        accepted: &'static str,
        /// What the header says, cut to 64 characters.
        found: String,
    }, Header, "token.cty", "`cty` announces {found:?}: accepted are none or {accepted:?}";

    /// No key of this `kid` among those at hand.
    UnknownKey {
        /// The `kid` of the header.
        kid: KeyId,
    }, Header, "token.unknown-key", "no key with kid {kid} is held for the expected party and role: the receiver or the sender has an old key set";
    /// Two keys of this `kid`.
    AmbiguousKey {
        /// The `kid` of the header.
        kid: KeyId,
    }, Header, "token.ambiguous-key", "more than one key has kid {kid}, and none is chosen: their holder must give each its own";
    /// No `kid`, and not exactly one decryption key to try.
    NoKeyNamed {
        /// How many decryption keys are held.
        held: usize,
    }, Header, "token.no-key-named", "the header names no kid, and {held} decryption keys are held instead of one: the sender must name it";
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
    Decryption, Decryption, "token.decryption", "it does not decrypt: it was encrypted to another key than the one its kid names, or changed";
    /// The key does not decrypt when it is asked to. Says nothing about the token.
    RemoteKey {
        /// The `kid` of the decryption key.
        kid: KeyId,
    }, Own, "token.remote-key", "the key with kid {kid} does not decrypt in one call: `prepare` the opening, have the encrypted key decrypted where the key is, then `complete` it";
    /// The encrypted content is not signed: it is plain JSON.
    PlainContent, Malformed, "token.plain-content", "the encrypted content is plain JSON: it must be signed first, then encrypted";
    /// The encrypted content is itself encrypted.
    NestedEncryption, Malformed, "token.nested-encryption", "the encrypted content is encrypted again: it must be a JWS";

    /// The claims are not one strict JSON object of the expected form.
    Claims(hub_json::Error), Malformed, "token.claims", "claims: {0}";
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
        /// What the claim says, cut to 64 characters.
        found: String,
    }, Claim, "token.issuer", "`iss` is {found:?} instead of {expected:?}";
    /// `sub` is somebody else.
    Subject {
        /// Who was expected.
        expected: String,
        /// What the claim says, cut to 64 characters.
        found: String,
    }, Claim, "token.subject", "`sub` is {found:?} instead of {expected:?}";
    /// `aud` names others only.
    Audience {
        /// Who was expected.
        expected: String,
        /// Whom it names instead, cut to 64 characters.
        found: String,
    }, Claim, "token.audience", "`aud` names {found:?} instead of {expected:?}";
    /// `aud` is an array where one string is due.
    AudienceForm, Claim, "token.audience-form", "`aud` is an array, one string is expected";
    /// `exp` has passed.
    Expired {
        /// `exp`, in seconds since the Unix epoch, rounded down.
        expires_at: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, Claim, "token.expired", "it expired at {expires_at} and it is {now} (Unix time, seconds): a new one is due, or a clock is wrong";
    /// `nbf` has not come.
    NotYetValid {
        /// `nbf`, in seconds since the Unix epoch, rounded up.
        not_before: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, Claim, "token.not-yet-valid", "it is valid from {not_before} and it is {now} (Unix time, seconds): a clock is wrong";
    /// `iat` lies in the future.
    IssuedInFuture {
        /// `iat`, in seconds since the Unix epoch, rounded up.
        issued_at: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, Claim, "token.issued-in-future", "it was issued at {issued_at} and it is {now} (Unix time, seconds): a clock is wrong";
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

    /// No header field carries a token.
    NoToken, Malformed, "token.absent", "no header field carries a token: each message has to bring one";
    /// More than one header field of the name that carries the token, of which one reader may take the first and the next the last.
    SeveralTokens, Malformed, "token.several", "the header field that carries the token occurs more than once: it must occur once";
    /// The header field carries something else than a JWT Auth token, which may be legitimate (FACTS section 4, `bankConnectToken`).
    NotJwtAuth, Malformed, "token.not-jwt-auth", "the header field carries no JWT Auth token: that is a compact JWS behind `Bearer` or `Ozone-Connect-JWT-Auth`";
    /// The connection is another organisation's than the one agreed on.
    PeerOrganisation {
        /// The organisation of the agreement.
        expected: OrganisationId,
        /// The organisation of the peer's certificate.
        found: OrganisationId,
    }, Claim, "token.peer-organisation", "the connection is that of organisation {found}, the token must come from {expected}";
    /// JWT Auth is switched off for this leg.
    JwtAuthOff, Own, "token.jwt-auth-off", "JWT Auth is off for this leg in the deployment: switch it on there, or ask for no token";
    /// A single-use token was used before.
    Replayed, Claim, "token.replayed", "it was used before: each use takes a new one";
    /// Whether a single-use token was used before could not be established.
    Replay(ReplayError), Own, "token.replay-guard", "{0}";
}

impl TokenRule {
    /// The ecosystem's code for an answer, if this rule was broken in `layer`: see [`TokenError::hub_code`].
    #[must_use]
    pub const fn hub_code(&self, layer: Layer) -> Option<&'static str> {
        Some(match (self.class(), layer) {
            (Class::Malformed, Layer::Signature) => "JWS.Malformed",
            (Class::Header, Layer::Signature) => "JWS.InvalidHeader",
            (Class::Header, Layer::Encryption) => "JWE.InvalidHeader",
            (Class::Signature, _) => "JWS.InvalidSignature",
            (Class::Claim, _) => "JWS.InvalidClaim",
            (Class::Malformed, Layer::Encryption) | (Class::Decryption, _) => "JWE.DecryptionError",
            (Class::Own, _) => return None,
        })
    }

    /// Whether the same token may be accepted later, if this rule was broken in `layer`: see [`TokenError::is_retryable`].
    #[must_use]
    pub const fn is_retryable(&self, layer: Layer) -> bool {
        match (self, layer) {
            // A newer set may have the key. Which keys we decrypt with is no set that could be fetched.
            (Self::UnknownKey { .. }, Layer::Signature) => true,
            (Self::Replay(error), _) => error.is_retryable(),
            _ => false,
        }
    }

    pub(crate) fn in_signature(self, token: TokenId) -> TokenError {
        TokenError::new(token, Layer::Signature, None, self)
    }

    /// As [`Self::in_signature`], where it is known which key was named.
    pub(crate) fn in_signature_of(self, token: TokenId, kid: &KeyId) -> TokenError {
        TokenError::new(token, Layer::Signature, Some(kid), self)
    }
}

/// A use that was recorded before is the token's fault; all else is the guard's.
impl From<ReplayError> for TokenRule {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Used => Self::Replayed,
            other => Self::Replay(other),
        }
    }
}

/// The start of what a token says, which may be long: enough to recognise it in a log.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}
