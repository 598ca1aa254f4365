//! What an alert usually means on a path: all that the refused side can know.

use std::fmt;

use hub_roles::RoleId;
use rustls::AlertDescription;

/// What usually makes a peer send `alert` to us in role `ours`.
pub(crate) fn hint(ours: RoleId, alert: AlertDescription) -> &'static str {
    use AlertDescription as Alert;
    match alert {
        Alert::UnknownCA => {
            "the peer knows no path from our certificate to a root it trusts (is it of the peer's environment, and is the issuing CA \
             sent along?), or lacks a current revocation list of its issuer"
        }
        // The second is OpenSSL's: others send `unknown_ca` for it.
        Alert::CertificateExpired => {
            "our certificate, a CA above it, or the peer's revocation list of its issuer is not valid at the peer's time"
        }
        Alert::CertificateRevoked => "the peer holds our certificate for revoked",
        Alert::UnsupportedCertificate => {
            "the peer misses a usage in our certificate: client certificates need clientAuth, server certificates serverAuth"
        }
        Alert::BadCertificateStatusResponse => "the peer asks for a stapled OCSP response, and none is sent here",
        Alert::CertificateRequired => "no client certificate reached the peer: does a proxy in between end TLS?",
        Alert::DecryptError => "the peer could not verify a signature of ours: do key and certificate belong together?",
        Alert::CertificateUnknown | Alert::AccessDenied => registration(ours),
        Alert::BadCertificate => bad_certificate(ours),
        Alert::UnrecognisedName | Alert::MissingExtension => "the peer serves no instance at the host we asked for",
        Alert::NoApplicationProtocol => "no application protocol in common (ALPN)",
        Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            "no version, suite or signature in common (TLS 1.3, or TLS 1.2 with ECDHE-RSA, AES-GCM and extended master secret), or \
             the peer missed our certificate"
        }
        _ => "the peer's log has the reason",
    }
}

/// A certificate that verifies and is not the one registered.
const fn registration(ours: RoleId) -> &'static str {
    match ours {
        RoleId::C1 => {
            "the API Hub does not hold our certificate for a C1: is its application registered there, and is it not a C3 or a C4?"
        }
        RoleId::C3 => {
            "our certificate is not the C3 registered for the instance at this host: is it of the C3-hh-cm-client application, and \
             of this LFI?"
        }
        RoleId::C4 => "the LFI pins the organisation of C4: is its deployment up to date with Ozone's organisation ID?",
        RoleId::S1 | RoleId::S3 => "the peer expects a certificate of the LFI's organisation at this host",
        RoleId::S4 => "the API Hub expects a certificate of the LFI's organisation at its Ozone Connect",
        _ => "our certificate is not the one registered",
    }
}

const fn bad_certificate(ours: RoleId) -> &'static str {
    match ours {
        RoleId::S1 | RoleId::S3 | RoleId::S4 => {
            "our certificate is malformed for the peer, or does not name the host it asked for (DNS subject alternative name)"
        }
        _ => "our certificate is malformed for the peer",
    }
}

/// An alert under the name the standard gives it: `certificate_expired (45)`.
pub(crate) struct Named(pub(crate) AlertDescription);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", self.0, u8::from(self.0))
    }
}
