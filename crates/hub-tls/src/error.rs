//! Why a configuration or a handshake failed.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use hub_roles::{
    CertificateRule, Environment, HostName, InstanceId, KeyError, KeyId, MissingPart, PathId, Refusal,
    RevocationListError, RoleId,
};
use rustls::AlertDescription;
use thiserror::Error;

use crate::hint::{Named, hint};
use crate::sources::tls_error;

/// Why an [`Acceptor`](crate::Acceptor) or a [`Connector`](crate::Connector) cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Trust framework, deployment and credential are not all of one environment.
    #[error("{path}: the {what} belongs to {found}, the deployment to {expected}: the two PKIs never mix")]
    Environment {
        /// The path.
        path: PathId,
        /// `trust framework` or `credential`.
        what: &'static str,
        /// Its environment.
        found: Environment,
        /// The deployment's.
        expected: Environment,
    },
    /// Our own certificate is not the one registered, does not name our hosts, or is not valid now: peers would refuse it.
    #[error("{path}: our own certificate does not fit instance {instance}: {refusal}")]
    OwnCertificate {
        /// The path.
        path: PathId,
        /// The instance it should serve or be registered at.
        instance: InstanceId,
        /// The rule it breaks.
        refusal: Refusal,
    },
    /// The deployment lacks a part that the path needs.
    #[error("{path}: {missing}")]
    Missing {
        /// The path.
        path: PathId,
        /// The part.
        missing: MissingPart,
    },
    /// One instance is given two credentials.
    #[error("{path}: two credentials for instance {instance}: give one")]
    InstanceTwice {
        /// The path.
        path: PathId,
        /// The instance.
        instance: InstanceId,
    },
    /// An instance is not served, or not any more.
    #[error("{path}: instance {instance} is not served here")]
    NotServed {
        /// The path.
        path: PathId,
        /// The instance.
        instance: InstanceId,
    },
    /// The only instance cannot be removed: an acceptor without any refuses everybody.
    #[error("{path}: {instance} is the only instance served: drop the acceptor instead")]
    LastInstance {
        /// The path.
        path: PathId,
        /// The instance.
        instance: InstanceId,
    },
    /// So many replaced credentials are kept that another one is not.
    #[error(
        "{path}: {most} replaced certificates are kept already: replace this one without keeping it, or wait for an end"
    )]
    TooManyOverlaps {
        /// The path.
        path: PathId,
        /// The most that are kept.
        most: usize,
    },
    /// There is no instance to serve or to connect to.
    #[error("{path}: no API Hub instance: {need}")]
    NoInstance {
        /// The path.
        path: PathId,
        /// Where one is needed.
        need: &'static str,
    },
    /// A trust framework to come has an older revocation list than the one in force, or lacks one: whoever is listed there might be
    /// accepted again. Make it the [successor](hub_roles::TrustFramework::succeeding) of the one in force.
    #[error("{path}: {error}")]
    RevocationList {
        /// The path.
        path: PathId,
        /// The list, and the rule it breaks.
        error: RevocationListError,
    },
    /// No TLS can be spoken with the settings: the name of an application protocol is empty or too long, or rustls refuses them.
    #[error("{path}: the TLS settings cannot be kept: {reason}")]
    Settings {
        /// The path.
        path: PathId,
        /// What is wrong.
        reason: String,
    },
    /// What is no acceptor, connector or proxy, and goes by a trust framework as well, refuses one.
    #[error("a follower refuses the trust framework: {reason}")]
    Follower {
        /// The code of its own error.
        code: &'static str,
        /// Its own error.
        reason: String,
    },
    /// The [`Limits`](crate::Limits) contradict each other, or would let nobody in.
    #[error("{path}: the limits of the listener cannot be kept: {reason}")]
    Limits {
        /// The path.
        path: PathId,
        /// What is wrong.
        reason: &'static str,
    },
}

impl ConfigError {
    /// A stable code for logs and metrics; that of the rule where a certificate is at fault, and the follower's own where it is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Environment { .. } => "config.environment",
            Self::OwnCertificate { refusal, .. } => refusal.code(),
            Self::Missing { missing, .. } => missing.code(),
            Self::InstanceTwice { .. } => "config.instance-twice",
            Self::NotServed { .. } => "config.not-served",
            Self::LastInstance { .. } => "config.last-instance",
            Self::TooManyOverlaps { .. } => "config.too-many-overlaps",
            Self::NoInstance { .. } => "config.no-instance",
            Self::RevocationList { error, .. } => error.code(),
            Self::Settings { .. } => "config.settings",
            Self::Follower { code, .. } => code,
            Self::Limits { .. } => "config.limits",
        }
    }
}

/// Why there is no connection.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// We refused the peer's certificate, or it presented none ([`CertificateRule::NotPresented`]). The refusal names role, path
    /// and rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The peer presented an acceptable certificate and did not prove that it holds the key.
    #[error("{path}: the peer did not prove that it holds the key of the {role} certificate it presented (kid {kid})")]
    KeyNotProven {
        /// The path.
        path: PathId,
        /// The peer's role.
        role: RoleId,
        /// The `kid` of the certificate.
        kid: KeyId,
        /// Its subject: [`CertificateChain::claimed_subject`](hub_roles::CertificateChain::claimed_subject).
        subject: Option<String>,
    },
    /// A client asked for a host that we serve no instance at.
    #[error("{path}: the client asked for {server_name:?}, the host of no instance served here")]
    UnknownInstance {
        /// The path.
        path: PathId,
        /// The server name it sent (RFC 6066 section 3).
        server_name: String,
    },
    /// The instance at which a handshake of foreign code began, with an exported configuration, was removed before the client had shown
    /// its certificate.
    #[error("{path}: {instance} is served no longer: the client's {role} certificate was not looked at")]
    InstanceRemoved {
        /// The path.
        path: PathId,
        /// The client's role.
        role: RoleId,
        /// The instance.
        instance: String,
    },
    /// A client did not say which host it wants, or named an IP address.
    #[error("{path}: the client sent no server name, which tells the instances apart: connect by host name")]
    NoServerName {
        /// The path.
        path: PathId,
    },
    /// We were to connect to a host that the deployment does not name for this path, or where our certificate is not registered.
    #[error("{path}: no instance of the deployment that our certificate is registered at has the host {host:?}")]
    UnknownHost {
        /// The path.
        path: PathId,
        /// The host.
        host: String,
    },
    /// A server of the API Hub presented a certificate of the Trust Framework where one of a public authority is due. It counts only
    /// with the registration that public certificates do not have.
    #[error(
        "{path}: {host} presented a certificate of the Trust Framework, not a public one: verify it as {role}, with `rustls_config`"
    )]
    NotPublic {
        /// The path.
        path: PathId,
        /// The server's role.
        role: RoleId,
        /// The host.
        host: HostName,
    },
    /// We were to present a certificate of ours that has been replaced, and is kept no longer.
    #[error(
        "{path}: our {role} certificate with thumbprint {thumbprint} is presented no longer: ask for a new access token"
    )]
    OwnCertificateRetired {
        /// The path.
        path: PathId,
        /// Our role.
        role: RoleId,
        /// The certificate's.
        thumbprint: KeyId,
    },
    /// An HTTP client was to send a request in the clear.
    #[error("{path}: connections are https only, not {scheme:?}: nothing was sent")]
    NotHttps {
        /// The path.
        path: PathId,
        /// The scheme of the request's URI.
        scheme: String,
    },
    /// An HTTP client found no way to the host: its name was not resolved, no transport connection was made, or not in time.
    #[error("{path}: no connection to {host}: {}", WithSources(error.as_ref()))]
    Unreachable {
        /// The path.
        path: PathId,
        /// The host.
        host: String,
        /// What the transport says.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// The peer ended the connection with an alert (RFC 8446 section 6). It does not say more than that: the message adds what
    /// usually causes it on this path.
    #[error("{path}: the peer ended the handshake in which we are {role}: alert {}: {}", Named(*.alert), hint(*.role, *.alert))]
    PeerRefusedUs {
        /// The path.
        path: PathId,
        /// Our role.
        role: RoleId,
        /// What the peer sent.
        alert: AlertDescription,
    },
    /// Our own key did not sign the handshake: a fault of the module that holds it.
    #[error("{path}: our own {role} key failed to sign the handshake: {error}")]
    OwnKey {
        /// The path.
        path: PathId,
        /// Our role.
        role: RoleId,
        /// What the key says.
        #[source]
        error: KeyError,
    },
    /// The peer does not speak TLS as we do: another protocol, an old version, no common suite.
    #[error("{path}: TLS failed: {reason}")]
    Protocol {
        /// The path.
        path: PathId,
        /// What rustls says.
        reason: String,
    },
    /// The peer was cut off: it had not finished the handshake when its time was over.
    #[error("{path}: the peer did not finish the handshake within {limit:?}")]
    TimedOut {
        /// The path.
        path: PathId,
        /// The time it had: see [`Limits::with_handshake_timeout`](crate::Limits::with_handshake_timeout), or that of an
        /// `HttpsConnector`.
        limit: Duration,
    },
    /// The client was turned away: its source has its share of handshakes under way already.
    #[error("{path}: the client's address has its share of {share} handshakes under way already")]
    OverShare {
        /// The path.
        path: PathId,
        /// The most that are accepted: see [`Limits::with_share_of_a_source`](crate::Limits::with_share_of_a_source).
        share: usize,
    },
    /// The connection below broke or ended.
    #[error("{path}: the connection failed during the handshake: {error}")]
    Io {
        /// The path.
        path: PathId,
        /// What the transport says.
        #[source]
        error: io::Error,
    },
}

impl HandshakeError {
    /// The path, where the error belongs to one.
    #[must_use]
    pub fn path(&self) -> Option<PathId> {
        match self {
            Self::Refused(refusal) => refusal.path(),
            Self::KeyNotProven { path, .. }
            | Self::UnknownInstance { path, .. }
            | Self::InstanceRemoved { path, .. }
            | Self::NoServerName { path }
            | Self::UnknownHost { path, .. }
            | Self::NotPublic { path, .. }
            | Self::OwnCertificateRetired { path, .. }
            | Self::NotHttps { path, .. }
            | Self::Unreachable { path, .. }
            | Self::PeerRefusedUs { path, .. }
            | Self::OwnKey { path, .. }
            | Self::Protocol { path, .. }
            | Self::TimedOut { path, .. }
            | Self::OverShare { path, .. }
            | Self::Io { path, .. } => Some(*path),
        }
    }

    /// A stable code for logs and metrics; that of the rule where a certificate was refused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::KeyNotProven { .. } => "handshake.key-not-proven",
            Self::UnknownInstance { .. } => "handshake.unknown-instance",
            Self::InstanceRemoved { .. } => "handshake.instance-removed",
            Self::NoServerName { .. } => "handshake.no-server-name",
            Self::UnknownHost { .. } => "handshake.unknown-host",
            Self::NotPublic { .. } => "handshake.not-public",
            Self::OwnCertificateRetired { .. } => "handshake.own-certificate-retired",
            Self::NotHttps { .. } => "handshake.not-https",
            Self::Unreachable { .. } => "handshake.unreachable",
            Self::PeerRefusedUs { .. } => "handshake.peer-refused-us",
            Self::OwnKey { .. } => "handshake.own-key",
            Self::Protocol { .. } => "handshake.protocol",
            Self::TimedOut { .. } => "handshake.timed-out",
            Self::OverShare { .. } => "handshake.over-share",
            Self::Io { .. } => "handshake.io",
        }
    }

    /// `kid` and subject of the certificate that the peer presented, as far as they are known.
    pub(crate) fn presented(&self) -> (Option<&KeyId>, Option<&str>) {
        match self {
            Self::Refused(refusal) => (refusal.kid(), refusal.subject()),
            Self::KeyNotProven { kid, subject, .. } => (Some(kid), subject.as_deref()),
            _ => (None, None),
        }
    }

    /// From what the TLS library said, for the side that has role `ours` and expects `theirs`. What our verifiers refuse does not get here:
    /// they report it.
    pub(crate) fn from_tls(path: PathId, ours: RoleId, theirs: RoleId, error: io::Error) -> Self {
        match tls_error(&error) {
            Some(rustls::Error::NoCertificatesPresented) => {
                Refusal::new(theirs, None, CertificateRule::NotPresented).into()
            }
            Some(rustls::Error::AlertReceived(alert)) => Self::PeerRefusedUs { path, role: ours, alert: *alert },
            Some(rustls::Error::Other(other)) if let Some(key_error) = other.0.downcast_ref::<KeyError>() => {
                Self::OwnKey { path, role: ours, error: key_error.clone() }
            }
            Some(other) => Self::Protocol { path, reason: other.to_string() },
            None => Self::Io { path, error },
        }
    }
}

/// An error and what is below it: those of transports often say little themselves.
struct WithSources<'a>(&'a (dyn Error + 'static));

impl fmt::Display for WithSources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        match self.0.source() {
            Some(source) => write!(f, ": {}", Self(source)),
            None => Ok(()),
        }
    }
}
