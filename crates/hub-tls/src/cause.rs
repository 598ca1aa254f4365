//! What an error of a TLS, HTTP or I/O library has of ours inside.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use hub_roles::{CertificateRule, KeyError, Refusal, RoleId};
use rustls::{AlertDescription, CertificateError};

use crate::error::HandshakeError;
use crate::hint::{Named, hint};
use crate::sources::chain;

/// The reason found inside another library's error by [`cause`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Cause<'a> {
    /// An error of this crate: from a [`Stream`](crate::Stream), or from a configuration exported to foreign code.
    Handshake(&'a HandshakeError),
    /// The same, from the [`Ending`](crate::Ending) of the connection: the error itself has lost it.
    Ended(Arc<HandshakeError>),
    /// A certificate was refused on this side, by foreign code with an exported configuration.
    Refused(&'a Refusal),
    /// The same, where rustls' own error is all there is: it sent the right alert, and names no role. The log was told all of it.
    Certificate(&'a CertificateError),
    /// The other side presented no certificate to foreign code with an exported configuration.
    NotPresented,
    /// Our own key did not sign the handshake of foreign code with an exported configuration.
    OwnKey(&'a KeyError),
    /// The other side ended the connection with this alert.
    Alert(AlertDescription),
}

impl Cause<'_> {
    /// The error of this crate, if it is one.
    #[must_use]
    pub fn handshake(&self) -> Option<&HandshakeError> {
        match self {
            Self::Handshake(error) => Some(error),
            Self::Ended(error) => Some(error),
            _ => None,
        }
    }

    /// The refusal, if it is there.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match (self, self.handshake()) {
            (Self::Refused(refusal), _) => Some(refusal),
            (_, Some(HandshakeError::Refused(refusal))) => Some(refusal),
            _ => None,
        }
    }

    /// The alert the other side sent, if that is the reason.
    #[must_use]
    pub fn alert(&self) -> Option<AlertDescription> {
        match (self, self.handshake()) {
            (Self::Alert(alert), _) => Some(*alert),
            (_, Some(HandshakeError::PeerRefusedUs { alert, .. })) => Some(*alert),
            _ => None,
        }
    }

    /// What usually causes the alert, where we have role `ours`; `None` if there is none. The message of a [`HandshakeError`] says it
    /// already; foreign code with an exported configuration does not know the role.
    #[must_use]
    pub fn hint(&self, ours: RoleId) -> Option<&'static str> {
        Some(hint(ours, self.alert()?))
    }

    /// The same stable codes as [`HandshakeError::code`]. For [`Self::Certificate`] the nearest one: several rules share an error of
    /// rustls, as those on usages do.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Handshake(error) => error.code(),
            Self::Ended(error) => error.code(),
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
            Self::Ended(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Certificate(error) => write!(f, "the peer's certificate is refused: {error}"),
            Self::NotPresented => f.write_str("the peer presented no certificate"),
            Self::OwnKey(error) => write!(f, "our own key failed to sign the handshake: {error}"),
            Self::Alert(alert) => write!(f, "the peer ended the connection: alert {}", Named(*alert)),
        }
    }
}

/// Finds the reason for a failed connection in an error of foreign code: an [`io::Error`](std::io::Error), or anything that has one among its
/// sources, as the errors of hyper, its clients and servers, and of reqwest do.
///
/// ```
/// # fn f(error: &std::io::Error) {
/// if let Some(cause) = hub_tls::cause(error) {
///     eprintln!("{}: {cause}", cause.code());
/// }
/// # }
/// ```
///
/// What it finds, by where the error comes from:
///
/// - A client over an `HttpsConnector` (feature `hyper`): everything, in HTTP/1.1 and HTTP/2. The error of a *request* knows the
///   connection it was made on, and with it its [`Ending`](crate::Ending). The error of a response's *body* does not: in HTTP/2 ask
///   the `Ending` among the response's extensions. A request that waits for a connection that another one opens learns, if nothing
///   comes of it, sometimes no more than that it was cancelled: the other one has the cause.
/// - A server with an exported configuration: the rule or the alert. Where a client asks for a host that is not served, or for none, or its
///   instance is removed, rustls has an error of its own without a cause: the log has that.
/// - reqwest with an exported configuration: in the handshake and in HTTP/1.1 the rule or the alert; the log has role and path of what was
///   refused here, and [`Cause::hint`] what usually causes the alert. In HTTP/2 **nothing that comes after the handshake**, which is
///   one case: a server of TLS 1.3 that does not take our certificate. HTTP/2 makes text of its connection's errors, and the last of the
///   error's sources is rustls' words on the alert. An exported configuration offers HTTP/2 only if [`Settings::with_alpn`] said so.
/// - hyper's own connections over a [`Stream`](crate::Stream): in HTTP/1.1 everything; a request may learn only that it was cancelled,
///   and then the future of the connection has it. In HTTP/2 it is text again: keep the [`Stream::ending`](crate::Stream::ending) and ask that.
/// - Anything: a peer that closes or resets the connection before its alert is read leaves nothing to find, nor does one that refuses
///   in HTTP, as nginx does when no client certificate reached it.
///
/// [`Settings::with_alpn`]: crate::Settings::with_alpn
#[must_use]
pub fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<Cause<'a>> {
    chain(error).find_map(said).or_else(|| chain(error).find_map(ended))
}

/// What an error says itself.
fn said<'a>(error: &'a (dyn Error + 'static)) -> Option<Cause<'a>> {
    match error.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(error)) => Some(within(error).unwrap_or(Cause::Certificate(error))),
        Some(rustls::Error::NoCertificatesPresented) => Some(Cause::NotPresented),
        Some(rustls::Error::Other(other)) => {
            let own_key = other.0.downcast_ref().map(Cause::OwnKey);
            own_key.or_else(|| other.0.downcast_ref().map(Cause::Handshake))
        }
        Some(rustls::Error::AlertReceived(alert)) => Some(Cause::Alert(*alert)),
        Some(_) => None,
        None => handshake_error(error).map(Cause::Handshake),
    }
}

/// What the connection knows that an error happened on.
#[cfg(feature = "hyper")]
fn ended(error: &(dyn Error + 'static)) -> Option<Cause<'static>> {
    let mut extensions = http::Extensions::new();
    error.downcast_ref::<hyper_util::client::legacy::Error>()?.connect_info()?.get_extras(&mut extensions);
    extensions.get::<crate::Ending>()?.reason().map(Cause::Ended)
}

/// No error here knows a connection.
#[cfg(not(feature = "hyper"))]
fn ended(_: &(dyn Error + 'static)) -> Option<Cause<'static>> {
    None
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
