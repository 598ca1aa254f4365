//! What can go wrong while making test material.

use hub_roles::RoleId;

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

    /// No participant of the ecosystem has this name.
    #[error("the ecosystem has no {what} named {name:?}; it has {known}")]
    Unknown {
        /// TPP, LFI or instance.
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: String,
    },

    /// Two participants were given one name.
    #[error("two participants are named {name:?}; give every TPP, LFI and brand a name of its own")]
    NameTaken {
        /// The name.
        name: String,
    },

    /// An LFI without brands has no instance that anybody could reach.
    #[error("the LFI {lfi:?} has no brand: add one with LfiSpec::brand")]
    NoBrand {
        /// Its name.
        lfi: String,
    },

    /// The participant has no certificate of this role.
    #[error(
        "{holder:?} holds no {role}: C1, Sig1 and Enc2 are held under the name of a TPP, C3, S4, Sig4 and Enc1 of an LFI, \
         S1, S3 and Sig2 of an instance, C4 and Sig3 of {hub:?}; Sig3 and Sig4 exist with JWT Auth only, and a bare Enc1 \
         has no certificate",
        hub = crate::Ecosystem::HUB
    )]
    NotHeld {
        /// The role that was asked for.
        role: RoleId,
        /// The name that was asked for.
        holder: String,
    },

    /// The keystore cannot listen.
    #[error("the keystore cannot listen on the loopback interface: {0}")]
    Serve(#[from] std::io::Error),

    /// The libraries refuse what the kit made: its spec is at fault, or one of the two is.
    #[error("{what} is refused: {reason}")]
    Rejected {
        /// What was refused.
        what: String,
        /// Why.
        #[source]
        reason: Box<dyn core::error::Error + Send + Sync>,
    },

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
    pub(crate) fn unknown(what: &'static str, name: &str, known: impl Iterator<Item = impl ToString>) -> Self {
        let known = known.map(|name| name.to_string()).collect::<Vec<_>>().join(", ");
        Self::Unknown { what, name: name.to_owned(), known }
    }

    pub(crate) fn rejected(what: &str, reason: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self::Rejected { what: what.to_owned(), reason: reason.into() }
    }

    /// A stable name of the rule that failed, for assertions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issue(_) => "testkit.issue",
            Self::Encoding(_) => "testkit.encoding",
            Self::Key(_) => "testkit.key",
            Self::Date(_) => "testkit.date",
            Self::Unknown { .. } => "testkit.unknown",
            Self::NameTaken { .. } => "testkit.name-taken",
            Self::NoBrand { .. } => "testkit.no-brand",
            Self::NotHeld { .. } => "testkit.not-held",
            Self::Serve(_) => "testkit.serve",
            Self::Rejected { .. } => "testkit.rejected",
            Self::NotConcerned { .. } => "testkit.not-concerned",
        }
    }
}
