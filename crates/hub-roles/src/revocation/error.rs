//! Why a revocation list is not taken, and how large one may be.

use thiserror::Error;

/// The most octets of a revocation list that are read: 16 MiB hold about 400,000 entries.
pub const MAX_REVOCATION_LIST_OCTETS: usize = 16 * 1024 * 1024;

/// A revocation list was refused when it was loaded, by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("revocation list of {} refused: {rule}", match issuer { Some(issuer) => format!("{issuer:?}"), None => "an unknown issuer".to_owned() })]
pub struct RevocationListError {
    issuer: Option<String>,
    rule: RevocationListRule,
}

impl RevocationListError {
    pub(super) fn new(issuer: String, rule: RevocationListRule) -> Self {
        Self { issuer: Some(issuer), rule }
    }

    pub(super) fn of_unknown(rule: RevocationListRule) -> Self {
        Self { issuer: None, rule }
    }

    /// The name that the list gives as its issuer's, in the form of RFC 4514, cut to 256 characters; `None` if it could not be read.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The rule it broke.
    #[must_use]
    pub fn rule(&self) -> &RevocationListRule {
        &self.rule
    }

    /// The rule's stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.rule.code()
    }
}

/// A rule that revocation lists must keep (RFC 5280 section 5, THREATS section 4).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RevocationListRule {
    /// Neither DER nor PEM, or PEM without a list.
    #[error("the file holds no list: expected DER, or PEM with the label X509 CRL")]
    Encoding,
    /// Over the limit.
    #[error("it has {found} octets: at most {MAX_REVOCATION_LIST_OCTETS} are read")]
    TooLarge {
        /// Octets of DER.
        found: usize,
    },
    /// Not a revocation list, or not version 2, or one that breaks the rules of its encoding.
    #[error("it is malformed")]
    Malformed,
    /// No `nextUpdate` (RFC 5280 section 5.1.2.5): it would never expire.
    #[error("it does not say when the next one is due (nextUpdate)")]
    NoNextUpdate,
    /// No CA of the bundle has the issuer's name.
    #[error("its issuer is not in the trust framework's bundle")]
    UnknownIssuer,
    /// Signed with another algorithm than RSA PKCS #1 with SHA-256, SHA-384 or SHA-512.
    #[error("it is signed with an algorithm that is not accepted (RSA PKCS #1 with SHA-256, SHA-384 or SHA-512 is)")]
    SignatureAlgorithm,
    /// The signature is not by a CA of the issuer's name.
    #[error("its signature does not verify with a key of its issuer")]
    BadSignature,
    /// The issuer's key usage lacks `cRLSign`.
    #[error("the key usage of its issuer does not allow cRLSign")]
    KeyUsage,
    /// Only the changes since another list (RFC 5280 section 5.2.4).
    #[error("it is a delta list: load the complete one")]
    Delta,
    /// A list about certificates of other issuers (RFC 5280 section 5.2.5).
    #[error("it is an indirect list, which speaks of other issuers' certificates")]
    Indirect,
    /// Limited to some reasons, or to a distribution point that is not given by its full name (RFC 5280 section 5.2.5).
    #[error("it covers a part of its issuer's certificates that cannot be told: load the complete one")]
    Partial,
    /// Another critical extension than those of RFC 5280 section 5.2.
    #[error("it has a critical extension that is not known")]
    CriticalExtension,
    /// `thisUpdate` is to come. No difference of clocks is made up for: the one to correct is ours.
    #[error("it is of {this_update} and it is {now} (Unix time, seconds): check the clock")]
    NotYetValid {
        /// Seconds since the Unix epoch.
        this_update: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    },
    /// A second list of the same CA.
    #[error("there is another list of the same issuer: give the newest alone")]
    Twice,
    /// Of an earlier time, or with a smaller number, than the list that is held.
    #[error("it is older than the one that is held: it is of {this_update}, the other of {held} (Unix time, seconds)")]
    Older {
        /// Seconds since the Unix epoch.
        this_update: u64,
        /// `thisUpdate` of the list that is held, in seconds since the Unix epoch.
        held: u64,
    },
    /// There is none where the trust framework in force holds one, of a CA that both bundles have.
    #[error(
        "there is none in the trust framework that is to come, and one of {held} (Unix time, seconds) in the one in force: make it \
         its successor (TrustFramework::succeeding)"
    )]
    Lost {
        /// `thisUpdate` of the list that is held, in seconds since the Unix epoch.
        held: u64,
    },
}

impl RevocationListRule {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encoding => "revocation-list.encoding",
            Self::TooLarge { .. } => "revocation-list.too-large",
            Self::Malformed => "revocation-list.malformed",
            Self::NoNextUpdate => "revocation-list.no-next-update",
            Self::UnknownIssuer => "revocation-list.unknown-issuer",
            Self::SignatureAlgorithm => "revocation-list.signature-algorithm",
            Self::BadSignature => "revocation-list.bad-signature",
            Self::KeyUsage => "revocation-list.key-usage",
            Self::Delta => "revocation-list.delta",
            Self::Indirect => "revocation-list.indirect",
            Self::Partial => "revocation-list.partial",
            Self::CriticalExtension => "revocation-list.critical-extension",
            Self::NotYetValid { .. } => "revocation-list.not-yet-valid",
            Self::Twice => "revocation-list.twice",
            Self::Older { .. } => "revocation-list.older",
            Self::Lost { .. } => "revocation-list.lost",
        }
    }
}
