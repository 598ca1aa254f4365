//! What can go wrong while making test material.

use crate::broken::Defect;
use crate::spec::LeafKind;

/// Why test material could not be made.
///
/// All of these are mistakes of the calling test, not states of the system under test.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A certificate or CRL could not be written from its spec.
    #[error("the certificate or CRL could not be written: {0}; check the names and dates of its spec")]
    Issue(#[from] rcgen::Error),

    /// A structure could not be encoded or decoded as DER or PEM.
    #[error("the structure is not encodable: {0}; check the values that were put into it")]
    Encoding(#[from] der::Error),

    /// A key could not be read, made or used.
    #[error("test key unusable: {0}")]
    Key(&'static str),

    /// A point in time is outside the years a certificate can name (up to 9999).
    #[error("{0} s after the epoch is no date of a certificate; use a time before the year 10000")]
    Date(u64),

    /// The defect cannot occur in a certificate of this kind.
    #[error("the defect {defect} does not concern a {kind} certificate; ask Defect::concerns first")]
    NotConcerned {
        /// The defect that was asked for.
        defect: Defect,
        /// The kind of the spec it was to be built into.
        kind: LeafKind,
    },
}

impl Error {
    /// A stable name of the rule that failed, for assertions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issue(_) => "testkit.issue",
            Self::Encoding(_) => "testkit.encoding",
            Self::Key(_) => "testkit.key",
            Self::Date(_) => "testkit.date",
            Self::NotConcerned { .. } => "testkit.not-concerned",
        }
    }
}
