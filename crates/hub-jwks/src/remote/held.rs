//! A set as it is held: immutable, replaced as a whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::health::Standing;
use super::schedule::Lifetime;
use crate::set::KeySet;
use crate::trust::Verdicts;

#[derive(Debug)]
pub(super) struct Held<O> {
    /// As it was served: a key in it may be revoked.
    pub(super) set: Arc<KeySet<O>>,
    pub(super) lifetime: Lifetime,
    /// As it came with the document.
    pub(super) etag: Option<String>,
    pub(super) document: Document,
    /// When it was fetched, or confirmed by a `304`.
    pub(super) fetched_at: UnixTime,
    /// What was found of the certificates in the set.
    pub(super) verdicts: Arc<Verdicts>,
    /// Whether an attempt since then has failed otherwise than by an outage. What its server has answered, no silence takes back.
    refused: AtomicBool,
    /// Whether it was said that it is served stale.
    told_stale: AtomicBool,
}

impl<O> Held<O> {
    pub(super) fn new(
        set: Arc<KeySet<O>>,
        document: Document,
        lifetime: Lifetime,
        etag: Option<String>,
        fetched_at: UnixTime,
    ) -> Self {
        let (refused, told_stale) = Default::default();
        Self { set, lifetime, etag, document, fetched_at, verdicts: Arc::default(), refused, told_stale }
    }

    /// The same set, confirmed by its server. Its entity tag stays: one that comes without a document may be another document's, by which that would be
    /// taken for this one from then on.
    pub(super) fn confirmed(&self, lifetime: Lifetime, fetched_at: UnixTime) -> Self {
        let (set, document, etag) = (Arc::clone(&self.set), self.document.clone(), self.etag.clone());
        let confirmed = Self::new(set, document, lifetime, etag, fetched_at);
        Self { verdicts: Arc::clone(&self.verdicts), ..confirmed }
    }

    /// An attempt has failed otherwise than by an outage: it is not used beyond its lifetime.
    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Release);
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Acquire)
    }

    /// What it is good for, given until when its server is known to be out.
    pub(super) fn standing(&self, now: Duration, outage_until: Duration) -> Standing {
        if now < self.lifetime.stale {
            Standing::Fresh
        } else if now < outage_until && now < self.end() {
            Standing::Stale
        } else {
            Standing::Expired
        }
    }

    /// It is not used any more, whatever becomes of its server.
    pub(super) fn end(&self) -> Duration {
        if self.is_refused() { self.lifetime.stale } else { self.lifetime.end }
    }

    /// Whether nobody has asked this before.
    pub(super) fn is_stale_for_the_first_time(&self) -> bool {
        !self.told_stale.swap(true, Ordering::Relaxed)
    }
}

/// What a set was read from.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) octets: usize,
    /// The octets themselves, where they are to leave the process.
    pub(super) text: Option<Arc<[u8]>>,
}
