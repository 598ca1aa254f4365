//! What goes on in a cache, as `tracing` events.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use hub_roles::{HttpsUrl, KeyId, Refusal};

use crate::error::JwkError;
use crate::fetch::FetchError;
use crate::jwk::Jwk;
use crate::set::KeySet;

/// Something that happened to a set. Every event has the fields `event`, `url` and `owner`.
#[derive(Debug)]
pub(super) enum Event<'a> {
    RefreshStarted,
    Refreshed { added: Vec<&'a KeyId>, removed: Vec<&'a KeyId>, lifetime: Duration },
    NotModified { lifetime: Duration },
    RefreshFailed { error: &'a FetchError, failures: u32, pause: Duration },
    ServedStale { age: Duration },
    KidMissed { kid: &'a KeyId },
    Suppressed { kid: &'a KeyId, retry_after: Duration },
    CertificateRefused { kid: &'a KeyId, refusal: &'a Refusal },
    KeyRejected { index: usize, kid: Option<&'a KeyId>, reason: &'a JwkError },
}

impl<'a> Event<'a> {
    /// What a new set brought.
    pub(super) fn refreshed<O>(old: Option<&'a KeySet<O>>, new: &'a KeySet<O>, lifetime: Duration) -> Self {
        let kids = |set: &'a KeySet<O>| set.keys().iter().map(Jwk::kid).collect::<BTreeSet<_>>();
        let (old, new) = (old.map(kids).unwrap_or_default(), kids(new));
        Self::Refreshed {
            added: new.difference(&old).copied().collect(),
            removed: old.difference(&new).copied().collect(),
            lifetime,
        }
    }

    /// What strangers can cause with each lookup is for `DEBUG` alone, and so is what is no news. The rest comes once for each attempt, for each
    /// key in a document that is read, for each set that is served stale; and in each set that was read, once a minute for each key and role.
    pub(super) fn emit(&self, url: &HttpsUrl, owner: &dyn fmt::Display) {
        match self {
            Self::RefreshStarted => {
                tracing::debug!(event = "key-set.refresh-started", %url, %owner, "fetching the key set")
            }
            Self::Refreshed { added, removed, lifetime } => tracing::info!(
                event = "key-set.refreshed", %url, %owner, ?added, ?removed, ?lifetime, "key set fetched"
            ),
            Self::NotModified { lifetime } => {
                tracing::debug!(event = "key-set.not-modified", %url, %owner, ?lifetime, "key set confirmed");
            }
            Self::RefreshFailed { error, failures, pause } => tracing::warn!(
                event = "key-set.refresh-failed", %url, %owner, code = error.code(), outage = error.cause().is_outage(),
                reason = %error.cause(), failures, ?pause, "key set not fetched; what is held stays"
            ),
            Self::ServedStale { age } => {
                tracing::warn!(event = "key-set.served-stale", %url, %owner, ?age, "key set served beyond its lifetime");
            }
            Self::KidMissed { kid } => {
                tracing::debug!(event = "key-set.kid-missed", %url, %owner, %kid, "key not in the set");
            }
            Self::Suppressed { kid, retry_after } => tracing::debug!(
                event = "key-set.suppressed", %url, %owner, %kid, ?retry_after, "key not in the set, which is not asked for again yet"
            ),
            Self::CertificateRefused { kid, refusal } => tracing::warn!(
                event = "key-set.certificate-refused", %url, %owner, %kid, role = %refusal.role(), code = refusal.code(),
                reason = %refusal, "key not used"
            ),
            Self::KeyRejected { index, kid, reason } => tracing::warn!(
                event = "key-set.key-rejected", %url, %owner, index, kid = kid.map(tracing::field::display), %reason, "key not used"
            ),
        }
    }
}
