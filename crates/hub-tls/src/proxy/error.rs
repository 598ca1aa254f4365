//! Why there is no peer behind a proxy.

use std::net::IpAddr;

use hub_roles::{InstanceId, KeyId, PathId, Refusal, RoleId};
use thiserror::Error;

use super::limits::{MAX_HEADER_OCTETS, MIN_SECRET_OCTETS};

/// Why a request from behind a proxy has no [`Peer`](crate::Peer).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The request is not known to come from the proxy, so its headers say nothing.
    #[error("{path}: the hop from the proxy is not proven: {reason}")]
    Hop {
        /// The path.
        path: PathId,
        /// What the evidence lacks.
        reason: HopError,
    },
    /// The request is for an instance that the proxy is not known to serve.
    #[error("{path}: instance {instance} is none of those that the proxy serves")]
    UnknownInstance {
        /// The path.
        path: PathId,
        /// The instance.
        instance: InstanceId,
    },
    /// The header is not as the proxy of this form writes it.
    #[error("{path}: the header {header} that should forward the {role} certificate {rule}")]
    Header {
        /// The path.
        path: PathId,
        /// The role of the certificate.
        role: RoleId,
        /// The header's name, in lower case.
        header: String,
        /// What is wrong with it.
        rule: HeaderRule,
    },
    /// The forwarded certificate was refused, or none is forwarded
    /// ([`NotPresented`](hub_roles::CertificateRule::NotPresented)). The refusal names role, path and rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl ProxyError {
    /// The path, where the error belongs to one.
    #[must_use]
    pub fn path(&self) -> Option<PathId> {
        match self {
            Self::Hop { path, .. } | Self::UnknownInstance { path, .. } | Self::Header { path, .. } => Some(*path),
            Self::Refused(refusal) => refusal.path(),
        }
    }

    /// A stable code for logs and metrics; that of the rule where a certificate was refused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hop { reason, .. } => reason.code(),
            Self::UnknownInstance { .. } => "proxy.unknown-instance",
            Self::Header { rule, .. } => rule.code(),
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// `kid` and subject of the certificate that was refused, as far as they are known.
    pub(super) fn presented(&self) -> (Option<&KeyId>, Option<&str>) {
        match self {
            Self::Refused(refusal) => (refusal.kid(), refusal.subject()),
            _ => (None, None),
        }
    }

    /// Where the request comes from, if the address was part of the evidence.
    pub(super) fn remote(&self) -> Option<IpAddr> {
        match self {
            Self::Hop { reason: HopError::Address { found: remote } | HopError::Secret { remote, .. }, .. } => {
                Some(*remote)
            }
            _ => None,
        }
    }
}

/// Why evidence does not show that the proxy is at the other end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HopError {
    /// The system does not tell whose process is at the other end of the Unix socket.
    #[error("the system does not tell whose process is at the other end of the Unix socket: {reason}")]
    NoUser {
        /// What it says instead.
        reason: String,
    },
    /// The process at the other end of the Unix socket is not one of the proxy's user.
    #[error("the process at the other end of the Unix socket is of user {found}, which is not the proxy's")]
    User {
        /// Its effective user ID when it connected.
        found: u32,
    },
    /// The handshake has not finished, so no key is proven.
    #[error("the TLS handshake has not finished")]
    HandshakeUnfinished,
    /// The TLS client presented no certificate.
    #[error("the TLS client presented no certificate: the listener must require one")]
    NoCertificate,
    /// The TLS client's certificate is not the proxy's.
    #[error("the TLS client's certificate with the kid {kid} is none of the proxy's")]
    Certificate {
        /// The certificate: base64url of the SHA-256 of its DER.
        kid: KeyId,
    },
    /// The request comes from an address that is not the proxy's.
    #[error("{found} is none of the proxy's addresses")]
    Address {
        /// The address.
        found: IpAddr,
    },
    /// The header of the shared secret is missing, there more than once, or wrong.
    #[error("the header {header} of a request from {remote} is not there exactly once with the shared secret")]
    Secret {
        /// Where the request comes from.
        remote: IpAddr,
        /// The header's name, in lower case.
        header: String,
    },
}

impl HopError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoUser { .. } => "proxy.hop-no-user",
            Self::User { .. } => "proxy.hop-user",
            Self::HandshakeUnfinished => "proxy.hop-handshake-unfinished",
            Self::NoCertificate => "proxy.hop-no-certificate",
            Self::Certificate { .. } => "proxy.hop-certificate",
            Self::Address { .. } => "proxy.hop-address",
            Self::Secret { .. } => "proxy.hop-secret",
        }
    }
}

/// A rule that a forwarding header must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderRule {
    /// It is there more than once: one of them may be a client's.
    #[error("is there more than once: the proxy must remove what clients send")]
    Twice,
    /// It is larger than [`MAX_HEADER_OCTETS`].
    #[error("has {found} octets: at most {MAX_HEADER_OCTETS} are read")]
    TooLarge {
        /// Octets found.
        found: usize,
    },
    /// It has an octet that is not visible ASCII.
    #[error("has octets that are not visible ASCII")]
    NotAscii,
    /// Percent-encoding that is damaged, or a character that the proxy would have encoded.
    #[error("is not percent-encoded as it should be")]
    PercentEncoding,
    /// Something else than `CERTIFICATE` blocks of PEM, one after the other.
    #[error("does not hold PEM certificates and nothing else")]
    Pem,
    /// Base64 that is damaged or not canonical.
    #[error("holds damaged or non-canonical base64")]
    Base64,
    /// Something else than a byte sequence between colons (RFC 9651 section 3.3.5), or a list of them.
    #[error("is not a structured field of byte sequences")]
    ByteSequence,
    /// Not the pairs of keys and values that Envoy writes.
    #[error("is not of the form key=value;key=value")]
    Pairs,
    /// More than one element: what another proxy, or a client, wrote stands before the certificate.
    #[error("has more than one element: Envoy must be set to SANITIZE_SET")]
    Elements,
    /// `Cert` is not one certificate, or not the first of `Chain`.
    #[error("has not one certificate as Cert, or another one as the first of Chain")]
    Contradiction,
}

impl HeaderRule {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Twice => "proxy.header-twice",
            Self::TooLarge { .. } => "proxy.header-too-large",
            Self::NotAscii => "proxy.header-not-ascii",
            Self::PercentEncoding => "proxy.header-percent-encoding",
            Self::Pem => "proxy.header-pem",
            Self::Base64 => "proxy.header-base64",
            Self::ByteSequence => "proxy.header-byte-sequence",
            Self::Pairs => "proxy.header-pairs",
            Self::Elements => "proxy.header-elements",
            Self::Contradiction => "proxy.header-contradiction",
        }
    }
}

/// Why what should prove a hop proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HopConfigError {
    /// Nobody would ever be the proxy.
    #[error("no {what} of the proxy: name at least one")]
    Nothing {
        /// `user`, `certificate`, `address` or `secret`.
        what: &'static str,
    },
    /// A shared secret of fewer than [`MIN_SECRET_OCTETS`], or one that no header can carry.
    #[error("a shared secret must be at least {MIN_SECRET_OCTETS} visible ASCII characters, made at random")]
    Secret,
    /// Not an address or a network in CIDR notation.
    #[error(
        "{found:?} is no address and no network: write 10.0.7.2, 10.0.7.0/24 or 2001:db8::/64, with no bits set behind the prefix"
    )]
    Network {
        /// What was given.
        found: String,
    },
}

impl HopConfigError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing { .. } => "proxy.config-nothing",
            Self::Secret => "proxy.config-secret",
            Self::Network { .. } => "proxy.config-network",
        }
    }
}
