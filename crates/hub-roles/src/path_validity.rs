//! How long a verified path holds.

use rustls_pki_types::UnixTime;

use crate::validity::Validity;

/// How long the path of a [`Certificate`](crate::Certificate) holds, if trust framework and expectation stay as they are.
///
/// Two periods, for two questions: the certificates' dates are judged at the time of use, the revocation lists' at the time of
/// the judgement. Where both are now, as for a peer that is connected, [`Self::holds_at`] asks both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PathValidity {
    certificates: Validity,
    lists_expire: Option<UnixTime>,
}

impl PathValidity {
    pub(crate) fn new(certificates: Validity, lists_expire: Option<UnixTime>) -> Self {
        Self { certificates, lists_expire }
    }

    /// The period in which every certificate of the path is valid, from the end entity to the trust anchor.
    #[must_use]
    pub fn certificates(&self) -> Validity {
        self.certificates
    }

    /// When the first of the revocation lists that the [policy](crate::RevocationPolicy) requires for the path expires (its
    /// `nextUpdate`, no longer included); `None` if it requires none.
    #[must_use]
    pub fn lists_expire(&self) -> Option<UnixTime> {
        self.lists_expire
    }

    /// Whether the path still holds at `now`: every certificate is valid, and every list that is required is current.
    ///
    /// What [`TrustFramework::verify`](crate::TrustFramework::verify) accepted, it accepts again at every time this says yes to.
    #[must_use]
    pub fn holds_at(&self, now: UnixTime) -> bool {
        self.holds_for_use_at(now, now)
    }

    /// Whether the path holds at `now` for a use at `used`, as
    /// [`TrustFramework::verify_used_at`](crate::TrustFramework::verify_used_at) would find.
    #[must_use]
    pub fn holds_for_use_at(&self, used: UnixTime, now: UnixTime) -> bool {
        used <= now && self.certificates.contains(used) && self.lists_expire.is_none_or(|end| now < end)
    }
}
