//! Which keys of an owner are never used again, whatever any set says.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use hub_roles::KeyId;

use crate::set::KeySet;

/// The `kid`s of one owner that were revoked. All sets of that owner share them, so that no set can miss one: not one that is yet to come,
/// and not one that its keystore no longer has while somebody still looks into it.
///
/// Sets are held as they were served, and this is asked before a key is handed out. It takes no lock, and where nothing was ever revoked no
/// more than one look at a pointer.
#[derive(Debug, Default)]
pub(crate) struct RevokedKids(OnceLock<ArcSwap<BTreeSet<KeyId>>>);

impl RevokedKids {
    pub(crate) fn insert(&self, kid: &KeyId) {
        self.0.get_or_init(ArcSwap::default).rcu(|kids| {
            let mut kids = BTreeSet::clone(kids);
            kids.insert(kid.clone());
            kids
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    pub(super) fn contains(&self, kid: &KeyId) -> bool {
        self.0.get().is_some_and(|kids| kids.load().contains(kid))
    }

    /// How many keys of the set are revoked.
    pub(super) fn count_in<O>(&self, set: &KeySet<O>) -> usize {
        set.keys().iter().filter(|key| self.contains(key.kid())).count()
    }

    /// The set as it may be shown: itself, unless it has one of these keys.
    pub(super) fn out_of<O: Clone>(&self, set: &Arc<KeySet<O>>) -> Arc<KeySet<O>> {
        match self.0.get().map(ArcSwap::load) {
            Some(kids) if set.keys().iter().any(|key| kids.contains(key.kid())) => Arc::new(set.without(&kids)),
            _ => Arc::clone(set),
        }
    }
}
