//! How long a certificate lasts.

use std::time::Duration;

use rustls_pki_types::UnixTime;

/// The period in which a certificate is valid, both ends included, in whole seconds (RFC 5280 section 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Validity {
    not_before: u64,
    not_after: u64,
}

impl Validity {
    /// The first second in which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.not_before))
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.not_after))
    }

    /// Whether `time` lies within the period.
    #[must_use]
    pub fn contains(&self, time: UnixTime) -> bool {
        (self.not_before..=self.not_after).contains(&time.as_secs())
    }

    /// The part that both have in common.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { not_before: self.not_before.max(other.not_before), not_after: self.not_after.min(other.not_after) }
    }

    pub(crate) fn of(validity: &x509_cert::time::Validity) -> Self {
        Self {
            not_before: validity.not_before.to_unix_duration().as_secs(),
            not_after: validity.not_after.to_unix_duration().as_secs(),
        }
    }
}
