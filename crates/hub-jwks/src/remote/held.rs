//! A set as it is held: immutable, replaced as a whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls_pki_types::UnixTime;

use super::schedule::Lifetime;
use crate::set::KeySet;
use crate::trust::Verdicts;

#[derive(Debug)]
pub(super) struct Held<O> {
    /// As it was served: a key in it may be revoked.
    pub(super) set: Arc<KeySet<O>>,
    pub(super) lifetime: Lifetime,
    pub(super) etag: Option<String>,
    pub(super) document: Document,
    /// When it was fetched, or confirmed by a `304`.
    pub(super) fetched_at: UnixTime,
    /// What was found of the certificates in the set.
    pub(super) verdicts: Arc<Verdicts>,
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
        Self { set, lifetime, etag, document, fetched_at, verdicts: Arc::default(), told_stale: AtomicBool::new(false) }
    }

    /// The same set, confirmed by its server.
    pub(super) fn confirmed(&self, lifetime: Lifetime, etag: Option<String>, fetched_at: UnixTime) -> Self {
        Self {
            set: Arc::clone(&self.set),
            lifetime,
            etag: etag.or_else(|| self.etag.clone()),
            document: self.document.clone(),
            fetched_at,
            verdicts: Arc::clone(&self.verdicts),
            told_stale: AtomicBool::new(false),
        }
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
