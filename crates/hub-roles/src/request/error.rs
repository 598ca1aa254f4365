//! Why no request can be made.

use thiserror::Error;

use crate::id::KeyId;
use crate::key::KeyError;
use crate::role::RoleId;

/// Why no certificate request can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A legal name that does not fit into a certificate's O.
    #[error("the organisation's name must have 1 to 64 characters, no control characters, and no space at either end")]
    OrganisationName,
    /// A country that is not a code.
    #[error("the country must be two capital letters (ISO 3166-1), such as AE")]
    Country,
    /// A role of an application, and a subject without one.
    #[error(
        "{role} is registered in an application, whose software statement ID is the subject's CN: use `RequestedSubject::for_application`"
    )]
    ApplicationRequired {
        /// The role.
        role: RoleId,
    },
    /// A role of an organisation, and a subject with an application.
    #[error(
        "{role} is registered in the organisation itself and has no software statement ID: use `RequestedSubject::for_organisation`"
    )]
    OrganisationRequired {
        /// The role.
        role: RoleId,
    },
    /// A server role without a DNS name.
    #[error(
        "{role} identifies a server: the request needs at least one DNS name, or peers that check the host refuse the certificate"
    )]
    NoDnsName {
        /// The role.
        role: RoleId,
    },
    /// A renewal with the key of the certificate to be replaced.
    #[error(
        "{role}: this is the key of the certificate with kid {kid}, which is to be replaced: a rotation needs a new key"
    )]
    SameKey {
        /// The role.
        role: RoleId,
        /// The old certificate's `kid`.
        kid: KeyId,
    },
    /// The key could not be made, or did not sign.
    #[error("{role}: {reason}")]
    Key {
        /// The role.
        role: RoleId,
        /// What went wrong.
        reason: KeyError,
    },
    /// The key signed with another private key than belongs to its public key.
    #[error(
        "{role}: the key's signature does not verify with its own public key: check which key the handle refers to"
    )]
    WrongSignature {
        /// The role.
        role: RoleId,
    },
    /// DER cannot hold the request: more DNS names than fit.
    #[error("the request cannot be encoded")]
    Encoding,
}

impl RequestError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OrganisationName => "request.organisation-name",
            Self::Country => "request.country",
            Self::ApplicationRequired { .. } => "request.application-required",
            Self::OrganisationRequired { .. } => "request.organisation-required",
            Self::NoDnsName { .. } => "request.no-dns-name",
            Self::SameKey { .. } => "request.same-key",
            Self::Key { .. } => "request.key",
            Self::WrongSignature { .. } => "request.wrong-signature",
            Self::Encoding => "request.encoding",
        }
    }
}

impl From<der::Error> for RequestError {
    fn from(_: der::Error) -> Self {
        Self::Encoding
    }
}
