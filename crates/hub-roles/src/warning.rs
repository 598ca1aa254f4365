//! What is right enough to be accepted, and should still be put right.

use rustls_pki_types::UnixTime;
use thiserror::Error;

use crate::certificate::Certificate;
use crate::role::{Role, RoleId, RoleKind};
use crate::validity::{ExpiryState, MAX_LIFETIME, SECONDS_PER_DAY};

/// Something about an accepted certificate that its holder should put right: no reason to refuse it here and now, but a peer, or
/// the calendar, may.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateWarning {
    /// A server certificate without DNS names: whoever checks the host refuses it (FACTS section 2).
    #[error(
        "{role}: the certificate names no DNS host, so a peer that checks the host refuses it: reissue it from a CSR with a DNS subject alternative name"
    )]
    NoDnsName {
        /// The role.
        role: RoleId,
    },
    /// A client certificate whose CN is no software statement ID: nobody can tell its application, nor derive a key set from it
    /// (FACTS section 3).
    #[error(
        "{role}: the certificate's CN is not a software statement ID, so a peer cannot tell its application: reissue it from a CSR with the application's ID as CN"
    )]
    NoApplication {
        /// The role.
        role: RoleId,
    },
    /// Valid for longer than [`MAX_LIFETIME`], in a role whose certificates expire after 13 months.
    #[error(
        "{role}: the certificate is valid for {days} days, and certificates of the Trust Framework are for 13 months at most: check who issued it"
    )]
    LongLived {
        /// The role.
        role: RoleId,
        /// Days of validity, rounded up.
        days: u64,
    },
    /// It, or a CA above it, ends within [`REMINDER`](crate::REMINDER).
    #[error(
        "{role}: the certificate, or a CA above it, expires in {days} days: make a new key and certificate with the same subject now"
    )]
    ReminderDue {
        /// The role.
        role: RoleId,
        /// Whole days left.
        days: u64,
    },
    /// It, or a CA above it, has expired since it was verified.
    #[error("{role}: the certificate, or a CA above it, has expired: every peer refuses it")]
    Expired {
        /// The role.
        role: RoleId,
    },
    /// It, or a CA above it, is not valid yet: the clock went back since it was verified.
    #[error("{role}: the certificate, or a CA above it, is not valid yet: check the clock")]
    NotYetValid {
        /// The role.
        role: RoleId,
    },
}

impl CertificateWarning {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoDnsName { .. } => "warning.no-dns-name",
            Self::NoApplication { .. } => "warning.no-application",
            Self::LongLived { .. } => "warning.long-lived",
            Self::ReminderDue { .. } => "warning.reminder-due",
            Self::Expired { .. } => "warning.expired",
            Self::NotYetValid { .. } => "warning.not-yet-valid",
        }
    }
}

impl<R: Role> Certificate<R> {
    /// What its holder should put right, as things stand at `now`; empty if nothing.
    ///
    /// Meant for our own certificates, at start-up and once a day. Revocation lists have no part in it: that one expires is no reason to
    /// replace a certificate. The 13-month rule does not hold for Enc1 ([`RoleId::expires`]);
    /// a date that an Enc1 certificate carries counts all the same.
    #[must_use]
    pub fn warnings(&self, now: UnixTime) -> Vec<CertificateWarning> {
        let role = R::ID;
        let mut warnings = Vec::new();
        match role.kind() {
            RoleKind::ServerTransport if self.dns_names().is_empty() => {
                warnings.push(CertificateWarning::NoDnsName { role });
            }
            RoleKind::ClientTransport if self.subject().software_statement().is_none() => {
                warnings.push(CertificateWarning::NoApplication { role });
            }
            _ => {}
        }
        let lifetime = self.validity().lifetime();
        if role.expires() && lifetime > MAX_LIFETIME {
            warnings.push(CertificateWarning::LongLived { role, days: lifetime.as_secs().div_ceil(SECONDS_PER_DAY) });
        }
        let path = self.path_validity().certificates();
        match path.state(now) {
            ExpiryState::Valid => {}
            ExpiryState::ReminderDue => {
                let left = path.time_left(now).unwrap_or_default();
                warnings.push(CertificateWarning::ReminderDue { role, days: left.as_secs() / SECONDS_PER_DAY });
            }
            ExpiryState::Expired => warnings.push(CertificateWarning::Expired { role }),
            ExpiryState::NotYetValid => warnings.push(CertificateWarning::NotYetValid { role }),
        }
        warnings
    }
}
