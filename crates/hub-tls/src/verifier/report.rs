//! How a verifier's typed refusal reaches whoever drives the handshake.
//!
//! rustls picks the alert from the error a verifier returns, and its own variants carry no more than the alert needs. So a verifier
//! returns the variant that sends the right alert, and reports what it refused on the side: rustls verifies within the call
//! that feeds it, hence on the thread that polls the handshake, and [`collect`] takes the report as that poll returns.

use std::cell::RefCell;
use std::sync::Arc;

use hub_roles::{CertificateChain, CertificateRule, KeyId, Refusal};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::{CertificateError, OtherError};
use rustls_pki_types::{CertificateDer, UnixTime};
use tracing::field;

use crate::error::HandshakeError;

thread_local! {
    /// What is reported in the poll that runs on this thread; `None` outside [`collect`].
    static REPORT: RefCell<Option<Option<Report>>> = const { RefCell::new(None) };
}

/// What a verifier refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The certificate.
    Refused(Refusal),
    /// The proof that the peer holds its key.
    KeyNotProven { kid: KeyId, subject: Option<String> },
}

/// Runs one poll of a handshake and gives what a verifier reported in it.
pub(crate) fn collect<T>(poll: impl FnOnce() -> T) -> (T, Option<Report>) {
    // A connection may run inside another one's: what was there is put back.
    let outer = REPORT.replace(Some(None));
    let outcome = poll();
    (outcome, REPORT.replace(outer).flatten())
}

/// As [`refuse`] for a refusal; what is no refusal rides in the error itself.
pub(crate) fn fail(error: HandshakeError) -> rustls::Error {
    match error {
        HandshakeError::Refused(refusal) => refuse(refusal),
        other => rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(other)))),
    }
}

/// Reports a refusal, and gives the error that makes rustls send the alert for it.
pub(super) fn refuse(refusal: Refusal) -> rustls::Error {
    let error = certificate_error(&refusal);
    report(Report::Refused(refusal));
    rustls::Error::InvalidCertificate(error)
}

/// Reports a signature of the handshake that does not verify by the key of `certificate`.
pub(crate) fn proven(
    verdict: Result<HandshakeSignatureValid, rustls::Error>,
    certificate: &CertificateDer<'_>,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    if let Err(rustls::Error::InvalidCertificate(CertificateError::BadSignature)) = verdict {
        let chain = CertificateChain::from_peer(certificate, &[]).ok();
        let subject = chain.and_then(|chain| chain.claimed_subject().ok());
        report(Report::KeyNotProven { kid: KeyId::of_certificate(certificate), subject });
    }
    verdict
}

/// Reports to who drives the handshake. If it is foreign code, with an exported configuration, nobody reads this, and its error may say less: the
/// log is told of a refusal instead.
fn report(found: Report) {
    let unread = REPORT.with_borrow_mut(|report| match report {
        Some(report) => {
            *report = Some(found);
            None
        }
        None => Some(found),
    });
    if let Some(Report::Refused(refusal)) = unread {
        tracing::warn!(
            path = refusal.path().map(field::display), role = %refusal.role(), code = refusal.code(), reason = %refusal,
            kid = refusal.kid().map(field::display), subject = refusal.subject().map(field::debug),
            "handshake of foreign code failed",
        );
    }
}

/// The variant of rustls' own that sends the right alert, where one exists; `certificate_unknown` with the refusal inside else.
fn certificate_error(refusal: &Refusal) -> CertificateError {
    match refusal.rule() {
        CertificateRule::Malformed => CertificateError::BadEncoding,
        CertificateRule::UnknownIssuer { .. } | CertificateRule::AnchorValidity => CertificateError::UnknownIssuer,
        CertificateRule::BadSignature => CertificateError::BadSignature,
        CertificateRule::Expired { not_after, time } => {
            CertificateError::ExpiredContext { time: seconds(*time), not_after: seconds(*not_after) }
        }
        CertificateRule::NotYetValid { not_before, time } => {
            CertificateError::NotValidYetContext { time: seconds(*time), not_before: seconds(*not_before) }
        }
        CertificateRule::Revoked { .. } => CertificateError::Revoked,
        CertificateRule::RevocationListMissing { .. } => CertificateError::UnknownRevocationStatus,
        CertificateRule::RevocationListExpired { next_update, now, .. } => {
            CertificateError::ExpiredRevocationListContext { time: seconds(*now), next_update: seconds(*next_update) }
        }
        CertificateRule::KeyUsage { .. }
        | CertificateRule::ExtendedKeyUsage { .. }
        | CertificateRule::ExtendedKeyUsageMissing { .. } => CertificateError::InvalidPurpose,
        CertificateRule::NoDnsName { .. } | CertificateRule::HostName { .. } => CertificateError::NotValidForName,
        _ => CertificateError::Other(OtherError(Arc::new(refusal.clone()))),
    }
}

fn seconds(since_epoch: u64) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(since_epoch))
}

#[cfg(test)]
mod tests {
    use hub_roles::RoleId;

    use super::*;

    fn refusal(role: RoleId) -> Refusal {
        Refusal::new(role, None, CertificateRule::Malformed)
    }

    fn reported(role: RoleId) -> Option<Report> {
        Some(Report::Refused(refusal(role)))
    }

    #[test]
    fn a_report_reaches_the_poll_it_was_made_in_and_no_other() {
        let (_, unread) = collect(|| ());
        assert_eq!(unread, None);
        drop(refuse(refusal(RoleId::C1)));
        assert_eq!(collect(|| ()).1, None, "made outside any poll");
        assert_eq!(collect(|| drop(refuse(refusal(RoleId::C3)))).1, reported(RoleId::C3));
        assert_eq!(collect(|| ()).1, None, "taken already");
    }

    #[test]
    fn a_handshake_inside_another_keeps_its_report_to_itself() {
        let (inner, outer) = collect(|| {
            drop(refuse(refusal(RoleId::C1)));
            collect(|| drop(refuse(refusal(RoleId::S4)))).1
        });
        assert_eq!((inner, outer), (reported(RoleId::S4), reported(RoleId::C1)));
    }
}
