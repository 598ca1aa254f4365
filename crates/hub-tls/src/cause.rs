//! What an error of a TLS, HTTP or I/O library has of ours inside.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use hub_roles::{CertificateRule, KeyError, Refusal};
use rustls::{AlertDescription, CertificateError};

use crate::error::HandshakeError;
use crate::hint::Named;
use crate::sources::chain;

/// The reason found inside another library's error by [`cause`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Cause<'a> {
    /// An error of this crate: from a [`Stream`](crate::Stream), or from a configuration exported to foreign code.
    Handshake(&'a HandshakeError),
    /// A certificate was refused on this side, by foreign code with an exported configuration.
    Refused(&'a Refusal),
    /// The same, where rustls' own error is all there is: it sent the right alert, and names no role.
    Certificate(&'a CertificateError),
    /// The other side presented no certificate to foreign code with an exported configuration.
    NotPresented,
    /// Our own key did not sign the handshake of foreign code with an exported configuration.
    OwnKey(&'a KeyError),
    /// The other side ended the connection with this alert.
    Alert(AlertDescription),
}

impl<'a> Cause<'a> {
    /// The refusal, if it is there.
    #[must_use]
    pub fn refusal(&self) -> Option<&'a Refusal> {
        match *self {
            Self::Handshake(HandshakeError::Refused(refusal)) | Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The alert the other side sent, if that is the reason.
    #[must_use]
    pub fn alert(&self) -> Option<AlertDescription> {
        match *self {
            Self::Handshake(HandshakeError::PeerRefusedUs { alert, .. }) => Some(*alert),
            Self::Alert(alert) => Some(alert),
            _ => None,
        }
    }

    /// The same stable codes as [`HandshakeError::code`]. For [`Self::Certificate`] the nearest one: several rules share an error of
    /// rustls, as those on usages do.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Handshake(error) => error.code(),
            Self::Refused(refusal) => refusal.code(),
            Self::Certificate(error) => code_of(error),
            Self::NotPresented => CertificateRule::NotPresented.code(),
            Self::OwnKey(_) => "handshake.own-key",
            Self::Alert(_) => "handshake.peer-refused-us",
        }
    }
}

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Certificate(error) => write!(f, "the peer's certificate is refused: {error}"),
            Self::NotPresented => f.write_str("the peer presented no certificate"),
            Self::OwnKey(error) => write!(f, "our own key failed to sign the handshake: {error}"),
            Self::Alert(alert) => write!(f, "the peer ended the connection: alert {}", Named(*alert)),
        }
    }
}

/// Finds the reason for a failed connection in an error of foreign code: an [`io::Error`](std::io::Error), or anything that has one among its
/// sources, as errors of HTTP clients do.
///
/// ```
/// # fn f(error: &std::io::Error) {
/// if let Some(cause) = hub_tls::cause(error) {
///     eprintln!("{}: {cause}", cause.code());
/// }
/// # }
/// ```
#[must_use]
pub fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<Cause<'a>> {
    chain(error).find_map(|error| match error.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(error)) => Some(within(error).unwrap_or(Cause::Certificate(error))),
        Some(rustls::Error::NoCertificatesPresented) => Some(Cause::NotPresented),
        Some(rustls::Error::Other(other)) => other.0.downcast_ref().map(Cause::OwnKey),
        Some(rustls::Error::AlertReceived(alert)) => Some(Cause::Alert(*alert)),
        Some(_) => None,
        None => handshake_error(error).map(Cause::Handshake),
    })
}

/// An error of this crate, alone or shared by all who ask a connection that was closed.
fn handshake_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a HandshakeError> {
    error.downcast_ref().or_else(|| error.downcast_ref().map(Arc::as_ref))
}

/// What a verifier of ours put into rustls' error; that of an operating system puts something else there.
fn within(error: &CertificateError) -> Option<Cause<'_>> {
    let CertificateError::Other(other) = error else { return None };
    other.0.downcast_ref().map(Cause::Refused).or_else(|| other.0.downcast_ref().map(Cause::Handshake))
}

/// The rule behind a variant, as far as it can be told.
fn code_of(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "certificate.expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "certificate.not-yet-valid",
        CertificateError::UnknownIssuer => "certificate.unknown-issuer",
        CertificateError::BadSignature => "certificate.bad-signature",
        CertificateError::Revoked => "certificate.revoked",
        CertificateError::UnknownRevocationStatus => "certificate.revocation-list-missing",
        CertificateError::ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. } => {
            "certificate.revocation-list-expired"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "certificate.host-name",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "certificate.extended-key-usage"
        }
        _ => "certificate.malformed",
    }
}
