//! Why a set, a key of it, or a choice among its keys was refused.

use std::fmt;

use hub_roles::{CertificateRule, ChainError, IdError, KeyError, KeyId, Refusal, Role, RoleId};
use thiserror::Error;

use crate::limits::{MAX_KEYS, MAX_SET_OCTETS};

/// Why a whole key set was refused (THREATS section 3).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Larger than [`MAX_SET_OCTETS`], not a strict JSON object with an array `keys`, or a member twice at its top level.
    #[error("not a JWK set of at most {MAX_SET_OCTETS} octets: {0}")]
    Json(#[from] hub_json::Error),
    /// More than [`MAX_KEYS`].
    #[error("a JWK set of {found} keys: at most {MAX_KEYS} are read")]
    TooManyKeys {
        /// How many.
        found: usize,
    },
}

impl KeySetError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(error) => error.code(),
            Self::TooManyKeys { .. } => "keyset.too-many-keys",
        }
    }
}

/// Why one key is not used (THREATS sections 1 and 3). It names members, never their values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JwkError {
    /// Not an object, a member twice or of the wrong type, or any other rule of strict JSON.
    #[error("{0}")]
    Json(#[from] hub_json::Error),
    /// `kty` is something else than `RSA`.
    #[error("its kty is not RSA, the only key type of the ecosystem")]
    KeyType,
    /// A member of a private or symmetric key: the holder published a secret.
    #[error("it has the private member `{member}`: its holder must replace the key")]
    PrivateMember {
        /// The first such member.
        member: &'static str,
    },
    /// A member that every key must have is not there.
    #[error("it has no `{member}`")]
    Missing {
        /// The member.
        member: &'static str,
    },
    /// `kid` is not one.
    #[error("its kid is {0}")]
    Kid(#[from] IdError),
    /// Padding, white space, another alphabet, or last bits that are not zero.
    #[error("its `{member}` is not canonical base64{}", if *member == "x5c" { "" } else { "url without padding" })]
    Base64 {
        /// The member.
        member: &'static str,
    },
    /// The RSA key is outside the limits.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// `use` is not one of those in use.
    #[error("its use is none of sig, enc and tls")]
    UnknownUse,
    /// `key_ops` names an operation twice (RFC 7517 section 4.3).
    #[error("its key_ops name an operation twice")]
    RepeatedOperation,
    /// `x5t#S256` is no SHA-256 digest, or another text than `kid`.
    #[error(
        "its x5t#S256 is not a SHA-256 digest that is its kid as well: the kid of a key with a certificate is the certificate's thumbprint"
    )]
    Thumbprint,
    /// `x5c` is no chain.
    #[error("its x5c is refused: {0}")]
    Chain(#[from] ChainError),
    /// The certificate of `x5c` does not parse.
    #[error("the certificate in its x5c is refused: {0}")]
    Certificate(#[from] CertificateRule),
    /// The certificate of `x5c` has another thumbprint than `kid`.
    #[error("the certificate in its x5c has another thumbprint than its kid")]
    CertificateThumbprint,
    /// The certificate of `x5c` has another key than `n` and `e`.
    #[error("the certificate in its x5c has another key than n and e")]
    CertificateKey,
    /// The key's `kid` is on the list of the revoked.
    #[error("it is revoked")]
    Revoked,
}

impl JwkError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(error) => error.code(),
            Self::KeyType => "jwk.key-type",
            Self::PrivateMember { .. } => "jwk.private-member",
            Self::Missing { .. } => "jwk.missing",
            Self::Kid(_) => "jwk.kid",
            Self::Base64 { .. } => "jwk.base64",
            Self::Key(error) => error.code(),
            Self::UnknownUse => "jwk.use",
            Self::RepeatedOperation => "jwk.key-ops",
            Self::Thumbprint => "jwk.thumbprint",
            Self::Chain(error) => error.code(),
            Self::Certificate(rule) => rule.code(),
            Self::CertificateThumbprint => "jwk.certificate-thumbprint",
            Self::CertificateKey => "jwk.certificate-key",
            Self::Revoked => "jwk.revoked",
        }
    }
}

/// A set yields no key for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectError {
    role: RoleId,
    owner: String,
    kid: Option<KeyId>,
    cause: SelectCause,
}

impl SelectError {
    pub(crate) fn new<R: Role>(owner: &R::Owner, kid: Option<&KeyId>, cause: SelectCause) -> Self
    where
        R::Owner: fmt::Display,
    {
        Self { role: R::ID, owner: owner.to_string(), kid: kid.cloned(), cause }
    }

    /// The role asked for.
    #[must_use]
    pub fn role(&self) -> RoleId {
        self.role
    }

    /// The `kid` asked for, or chosen because none was registered.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// Why there is no key.
    #[must_use]
    pub fn cause(&self) -> &SelectCause {
        &self.cause
    }

    /// The `kid` that the set does not have, if that is why.
    pub(crate) fn unknown_kid(&self) -> Option<KeyId> {
        self.kid.clone().filter(|_| matches!(self.cause, SelectCause::UnknownKid))
    }

    /// Why the key's certificate was refused, if that is why.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.cause {
            SelectCause::Certificate(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the key is there, and its certificate does not hold or is missing.
    pub(crate) const fn is_refused_certificate(&self) -> bool {
        matches!(self.cause, SelectCause::Certificate(_) | SelectCause::NoCertificate)
    }

    /// Whether the key's `kid` is on the list of the revoked.
    pub(crate) const fn is_revoked(&self) -> bool {
        matches!(self.cause, SelectCause::Rejected(JwkError::Revoked))
    }

    /// The cause's stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.cause.code()
    }

    /// The ecosystem's code for the answer to a token whose `kid` was asked for: the header is to blame (FACTS section 4). `None` for a
    /// key to encrypt to, which no token has asked for, and where a certificate cannot be judged for want of what this side should have: a revocation
    /// list, a valid trust anchor, the right environment, the right time.
    #[must_use]
    pub fn hub_code(&self) -> Option<&'static str> {
        if self.refusal().is_some_and(|refusal| is_for_want_of_ours(refusal.rule())) {
            return None;
        }
        match self.role {
            RoleId::Sig1 | RoleId::Sig2 | RoleId::Sig3 | RoleId::Sig4 => Some("JWS.InvalidHeader"),
            _ => None,
        }
    }

    /// Whether the same `kid` may be found in a newer set.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.cause, SelectCause::UnknownKid)
    }
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kid {
            Some(kid) => write!(f, "{}: key {kid} of {}: {}", self.role, self.owner, self.cause),
            None => write!(f, "{}: keys of {}: {}", self.role, self.owner, self.cause),
        }
    }
}

impl std::error::Error for SelectError {}

const fn is_for_want_of_ours(rule: &CertificateRule) -> bool {
    matches!(
        rule,
        CertificateRule::Environment { .. }
            | CertificateRule::AnchorValidity
            | CertificateRule::RevocationListMissing { .. }
            | CertificateRule::RevocationListExpired { .. }
            | CertificateRule::UsedInFuture { .. }
    )
}

/// Why a set yields no key for a role (THREATS section 3, "duplicate kid" and "identity").
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SelectCause {
    /// No key of that `kid`. A newer set may have it.
    #[error("not in the key set: fetch the set again, or ask the key's holder for the kid")]
    UnknownKid,
    /// The set has a key of that `kid`, but not one that can be used.
    #[error("in the key set, but refused: {0}")]
    Rejected(JwkError),
    /// The key of that `kid` is for something else.
    #[error("its `{member}` says that it is for something else")]
    NotForRole {
        /// `use`, `key_ops` or `alg`.
        member: &'static str,
    },
    /// More than one key of that `kid` would do.
    #[error("the key set has {found} of this kid, and none is chosen: the holder must publish one")]
    Ambiguous {
        /// How many.
        found: usize,
    },
    /// No `kid` is registered, and no key says that it is for encryption.
    #[error("none has use `enc`, and no kid is registered")]
    NoEncryptionKey,
    /// The cryptographic library refused the key.
    #[error("{0}")]
    Key(KeyError),
    /// The certificate in its `x5c` does not hold for the role and the party.
    #[error("{0}")]
    Certificate(Box<Refusal>),
    /// It has no certificate, and one is required.
    #[error("it has no certificate in `x5c`, and the keystore's policy requires one: the holder must publish it")]
    NoCertificate,
}

impl SelectCause {
    /// A stable code for logs and metrics: that of the broken rule where a certificate was refused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKid => "keyset.unknown-kid",
            Self::Rejected(_) => "keyset.rejected",
            Self::NotForRole { .. } => "keyset.not-for-role",
            Self::Ambiguous { .. } => "keyset.ambiguous",
            Self::NoEncryptionKey => "keyset.no-encryption-key",
            Self::Key(_) => "keyset.key",
            Self::Certificate(refusal) => refusal.code(),
            Self::NoCertificate => "keyset.no-certificate",
        }
    }
}
