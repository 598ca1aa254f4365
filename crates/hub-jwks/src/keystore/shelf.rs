//! Sets by URL and owner: found without a lock, bounded in number, never evicted while they are in use.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hub_roles::{HttpsUrl, KeyId};

use crate::remote::{KeySetHealth, RemoteKeySet, Upstream};
use crate::set::KeyOwner;

/// The sets of a keystore. What was fetched for one owner is never found for another, whatever the URL.
#[derive(Debug)]
pub(super) struct Shelf {
    upstream: Arc<Upstream>,
    most: usize,
    /// Seconds without a lookup after which a set is no longer in use.
    idle: u64,
    /// Each replaced as a whole when a set comes or goes; few enough sets are in one for that to be cheap.
    shards: Vec<ArcSwap<Shard>>,
    hasher: RandomState,
    register: Mutex<Register>,
}

type Shard = HashMap<HttpsUrl, Vec<Arc<Entry>>>;

/// What whoever adds a set has to know.
#[derive(Debug, Default)]
struct Register {
    sets: usize,
    /// By owner, as text.
    revoked: HashMap<String, BTreeSet<KeyId>>,
}

#[derive(Debug)]
struct Entry {
    set: Box<dyn AnySet>,
    /// When it was looked up last, in seconds of the timeline.
    used: AtomicU64,
}

/// A set of whatever kind of owner.
trait AnySet: fmt::Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn owner(&self) -> String;
    fn revoke(&self, kid: KeyId);
    fn health(&self) -> KeySetHealth;
    /// Whether anybody else holds it: a caller, or an attempt in progress.
    fn is_shared(&self) -> bool;
}

impl Shelf {
    pub(super) fn new(upstream: Arc<Upstream>, most: usize, idle: u64) -> Self {
        let shards = (0..SHARDS).map(|_| ArcSwap::default()).collect();
        Self { upstream, most, idle, shards, hasher: RandomState::new(), register: Mutex::default() }
    }

    /// The set at `url` of `owner`, a new one if there is none. `None` if there is no room, and nothing that may go.
    pub(super) fn set<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl) -> Option<RemoteKeySet<O>> {
        self.found(owner, url).or_else(|| self.added(owner, url))
    }

    /// Never hands out the key `kid` of `owner` again: from the sets that are here, and from those that come.
    pub(super) fn revoke<O: KeyOwner>(&self, owner: &O, kid: &KeyId) {
        let owner = owner.to_string();
        let mut register = self.register();
        for entry in self.entries().filter(|entry| entry.set.owner() == owner) {
            entry.set.revoke(kid.clone());
        }
        register.revoked.entry(owner).or_default().insert(kid.clone());
    }

    pub(super) fn health(&self) -> Vec<KeySetHealth> {
        self.entries().map(|entry| entry.set.health()).collect()
    }

    fn found<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl) -> Option<RemoteKeySet<O>> {
        let shard = self.shard(url)?.load();
        let (entry, set) = shard.get(url)?.iter().find_map(|entry| Some((entry, entry.set_of(owner)?)))?;
        let now = self.upstream.now().as_secs();
        if entry.used.load(Ordering::Relaxed) != now {
            entry.used.store(now, Ordering::Relaxed);
        }
        Some(set.clone())
    }

    fn added<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl) -> Option<RemoteKeySet<O>> {
        let mut register = self.register();
        // Somebody else may have added it since.
        if let Some(set) = self.found(owner, url) {
            return Some(set);
        }
        if register.sets >= self.most {
            self.evict_idle(&mut register)?;
        }
        let set = RemoteKeySet::of(url.clone(), owner.clone(), Arc::clone(&self.upstream));
        for kid in register.revoked.get(&owner.to_string()).into_iter().flatten() {
            set.revoke(kid.clone());
        }
        let used = AtomicU64::new(self.upstream.now().as_secs());
        let entry = Arc::new(Entry { set: Box::new(set.clone()), used });
        let shard = self.shard(url)?;
        let mut sets = Shard::clone(&shard.load());
        sets.entry(url.clone()).or_default().push(entry);
        shard.store(Arc::new(sets));
        register.sets += 1;
        Some(set)
    }

    /// Makes room by the set that was not looked up for the longest time. `None` if all are in use.
    fn evict_idle(&self, register: &mut Register) -> Option<()> {
        let now = self.upstream.now().as_secs();
        let is_idle = |entry: &Arc<Entry>| {
            !entry.set.is_shared() && now.saturating_sub(entry.used.load(Ordering::Relaxed)) >= self.idle
        };
        let idle = self.entries().filter(is_idle).min_by_key(|entry| entry.used.load(Ordering::Relaxed))?;
        let url = idle.set.health().url;
        let shard = self.shard(&url)?;
        let mut sets = Shard::clone(&shard.load());
        if let Some(entries) = sets.get_mut(&url) {
            entries.retain(|entry| !Arc::ptr_eq(entry, &idle));
        }
        sets.retain(|_, entries| !entries.is_empty());
        shard.store(Arc::new(sets));
        register.sets -= 1;
        Some(())
    }

    fn entries(&self) -> impl Iterator<Item = Arc<Entry>> {
        self.shards.iter().flat_map(|shard| shard.load().values().flatten().cloned().collect::<Vec<_>>())
    }

    fn shard(&self, url: &HttpsUrl) -> Option<&ArcSwap<Shard>> {
        let index = usize::try_from(self.hasher.hash_one(url) % SHARDS).ok()?;
        self.shards.get(index)
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn set_of<O: KeyOwner>(&self, owner: &O) -> Option<&RemoteKeySet<O>> {
        self.set.as_any().downcast_ref::<RemoteKeySet<O>>().filter(|set| set.owner() == owner)
    }
}

impl<O: KeyOwner> AnySet for RemoteKeySet<O> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn owner(&self) -> String {
        Self::owner(self).to_string()
    }

    fn revoke(&self, kid: KeyId) {
        Self::revoke(self, kid);
    }

    fn health(&self) -> KeySetHealth {
        Self::health(self)
    }

    fn is_shared(&self) -> bool {
        Self::is_shared(self)
    }
}

const SHARDS: u64 = 256;
