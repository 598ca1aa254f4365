//! What is no chain, and how large one may be.

use thiserror::Error;

/// The most certificates a chain may have: end entity, issuing CA, root, and two more for a rollover.
///
/// Whoever connects chooses them, and path building tries them in every order that their names allow: the work grows with the
/// factorial of this number.
pub const MAX_CERTIFICATES: usize = 5;
/// The most octets one certificate may have.
pub const MAX_CERTIFICATE_OCTETS: usize = 16 * 1024;

/// Why certificates make no chain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No certificate.
    #[error("no certificate found")]
    Empty,
    /// More than [`MAX_CERTIFICATES`].
    #[error("more than {MAX_CERTIFICATES} certificates in a chain")]
    TooMany,
    /// A certificate larger than [`MAX_CERTIFICATE_OCTETS`].
    #[error("a certificate of {found} octets: at most {MAX_CERTIFICATE_OCTETS} are read")]
    TooLarge {
        /// Octets found.
        found: usize,
    },
    /// Damaged PEM.
    #[error("damaged PEM")]
    Pem,
    /// Not an X.509 certificate.
    #[error("not a DER X.509 certificate")]
    Malformed,
    /// None or several that are not CA certificates.
    #[error("{found} end-entity certificates in one chain: expected exactly one that is not a CA")]
    EndEntities {
        /// How many.
        found: usize,
    },
    /// A CA certificate that did not issue any other of the chain.
    #[error("a certificate in the chain issued none of the others")]
    Unrelated,
}

impl ChainError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "chain.empty",
            Self::TooMany => "chain.too-many",
            Self::TooLarge { .. } => "chain.too-large",
            Self::Pem => "chain.pem",
            Self::Malformed => "chain.malformed",
            Self::EndEntities { .. } => "chain.end-entities",
            Self::Unrelated => "chain.unrelated",
        }
    }
}
