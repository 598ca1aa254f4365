//! Sets by URL and owner: bounded in number and in octets, never evicted while they are in use.
//!
//! A set that is here is found without a lock. Only where one found no room for its document, one lookup in a second takes the lock and makes room first.
//! Where all are in use, one lookup in a second finds that out for all others that look for a set that is not here.

use std::any::Any;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hub_roles::{HttpsUrl, KeyId};

use crate::limits::MAX_SET_OCTETS;
use crate::remote::{KeySetHealth, LookupError, NotRestored, Record, RemoteKeySet, RevokedKids, Upstream};
use crate::set::{AnyOwner, KeyOwner};

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
    /// Of every owner of whom there is a set, on the shelf or on its way there, or whose list is not empty.
    revoked: HashMap<AnyOwner, Arc<RevokedKids>>,
    /// What the last walk found idle and was not dropped since: last the one that goes first.
    idle: Vec<Arc<Entry>>,
    /// The second of the last walk, unless all that it found is gone.
    walked: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) set: Box<dyn AnySet>,
    /// When it was looked up last, in seconds of the timeline: 0 for one that was brought back and not looked up since.
    used: AtomicU64,
}

/// A set of whatever kind of owner.
pub(super) trait AnySet: fmt::Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn url(&self) -> &HttpsUrl;
    fn owner(&self) -> AnyOwner;
    fn record(&self) -> Option<Record>;
    /// Waits until it is held.
    fn warm(&self) -> Pin<Box<dyn Future<Output = Result<(), LookupError>> + Send + '_>>;
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
        if self.upstream.is_room_wanted() {
            self.evict_idle(&mut self.register(), 0, ROOM_MADE_AT_ONCE);
        }
        self.found(owner, url).or_else(|| self.added(owner, url))
    }

    /// Brings back a set that another process held, which nobody has looked up yet. One that is here already stays.
    pub(super) fn restore<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl, record: Record) -> Result<(), NotBack> {
        let set = {
            let mut register = self.register();
            self.check_absent(owner, url, &register)?;
            self.new_set(owner, url, &mut register)
        };
        // Without the lock: whoever hears of its keys may ask the keystore something.
        let restored = set.restore(record).map_err(NotBack::Not);
        let mut register = self.register();
        if let Err(reason) = restored.and_then(|()| self.check_absent(owner, url, &register)) {
            drop(set);
            register.forget(&owner.any());
            return Err(reason);
        }
        // Nobody has it in use.
        register.walked = None;
        self.insert(set, 0, &mut register).ok_or(NotBack::NoRoom)
    }

    fn check_absent<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl, register: &Register) -> Result<(), NotBack> {
        if self.entry(owner, url, |_, _| ()).is_some() {
            return Err(NotBack::Here);
        }
        if register.sets >= self.most { Err(NotBack::NoRoom) } else { Ok(()) }
    }

    /// Never hands out the key `kid` of `owner` again: from the sets that are here, that were here, and that come.
    pub(super) fn revoke<O: KeyOwner>(&self, owner: &O, kid: &KeyId) {
        self.register().revoked.entry(owner.any()).or_default().insert(kid);
    }

    pub(super) fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// How many sets there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn health(&self) -> Vec<KeySetHealth> {
        self.entries().iter().map(|entry| entry.set.health()).collect()
    }

    fn found<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl) -> Option<RemoteKeySet<O>> {
        self.entry(owner, url, |entry, set| {
            let now = self.upstream.now().as_secs();
            if entry.used.load(Ordering::Relaxed) != now {
                entry.used.store(now, Ordering::Relaxed);
            }
            set.clone()
        })
    }

    fn entry<O: KeyOwner, T>(
        &self,
        owner: &O,
        url: &HttpsUrl,
        look: impl FnOnce(&Entry, &RemoteKeySet<O>) -> T,
    ) -> Option<T> {
        let shard = self.shard(url)?.load();
        let (entry, set) = shard.get(url)?.iter().find_map(|entry| Some((entry, entry.set_of(owner)?)))?;
        Some(look(entry, set))
    }

    fn added<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl) -> Option<RemoteKeySet<O>> {
        let mut register = self.register();
        // Somebody else may have added it since.
        if let Some(set) = self.found(owner, url) {
            return Some(set);
        }
        if register.sets >= self.most {
            self.evict_idle(&mut register, 1, 0);
        }
        if register.sets >= self.most {
            return None;
        }
        let set = self.new_set(owner, url, &mut register);
        self.insert(set.clone(), self.upstream.now().as_secs(), &mut register)?;
        Some(set)
    }

    fn new_set<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl, register: &mut Register) -> RemoteKeySet<O> {
        let revoked = Arc::clone(register.revoked.entry(owner.any()).or_default());
        RemoteKeySet::of(url.clone(), owner.clone(), Arc::clone(&self.upstream), revoked)
    }

    fn insert<O: KeyOwner>(&self, set: RemoteKeySet<O>, used: u64, register: &mut Register) -> Option<()> {
        let shard = self.shard(set.url())?;
        let mut sets = Shard::clone(&shard.load());
        let url = set.url().clone();
        sets.entry(url).or_default().push(Arc::new(Entry { set: Box::new(set), used: AtomicU64::new(used) }));
        shard.store(Arc::new(sets));
        register.sets += 1;
        Some(())
    }

    /// Drops sets that nobody uses, those first that were not looked up for the longest time, until so many sets and octets are gone or
    /// there is none left.
    fn evict_idle(&self, register: &mut Register, sets: usize, octets: usize) {
        let now = self.upstream.now().as_secs();
        self.find_idle(register, now);
        let before = (register.sets, self.upstream.octets());
        while before.0 - register.sets < sets || before.1.saturating_sub(self.upstream.octets()) < octets {
            let Some(entry) = register.idle.pop() else {
                break;
            };
            // It may have come into use since the walk. Whoever takes it at this very moment ends his lookup in it, and the next one makes it anew.
            if entry.is_idle(now, self.idle) {
                self.remove(&entry);
                register.sets -= 1;
                let owner = entry.set.owner();
                drop(entry);
                register.forget(&owner);
            }
            if register.idle.is_empty() {
                register.walked = None;
            }
        }
    }

    /// Walks through all sets for those that are idle: in the second of the last walk only if that found some, and all of them are gone.
    fn find_idle(&self, register: &mut Register, now: u64) {
        if register.walked == Some(now) {
            return;
        }
        let mut idle: Vec<_> = self.walk(register).filter(|entry| entry.is_idle(now, self.idle)).collect();
        idle.sort_by_cached_key(|entry| Reverse(entry.used.load(Ordering::Relaxed)));
        (register.idle, register.walked) = (idle, Some(now));
        register.forget_owners();
    }

    fn remove(&self, entry: &Arc<Entry>) {
        let url = entry.set.url();
        let Some(shard) = self.shard(url) else {
            return;
        };
        let mut sets = Shard::clone(&shard.load());
        if let Some(entries) = sets.get_mut(url) {
            entries.retain(|other| !Arc::ptr_eq(other, entry));
        }
        sets.retain(|_, entries| !entries.is_empty());
        shard.store(Arc::new(sets));
    }

    /// All that are here at one moment.
    pub(super) fn entries(&self) -> Vec<Arc<Entry>> {
        self.walk(&self.register()).collect()
    }

    /// All that are here, while nobody who lacks the register adds one or drops one.
    fn walk(&self, _: &Register) -> impl Iterator<Item = Arc<Entry>> {
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

impl Register {
    /// Drops the lists that say nothing and that no set goes by: not one on the shelf, and not one that somebody has taken from it.
    fn forget_owners(&mut self) {
        self.revoked.retain(|_, kids| is_needed(kids));
    }

    /// The same, of one owner.
    fn forget(&mut self, owner: &AnyOwner) {
        if self.revoked.get(owner).is_some_and(|kids| !is_needed(kids)) {
            self.revoked.remove(owner);
        }
    }
}

fn is_needed(kids: &Arc<RevokedKids>) -> bool {
    !kids.is_empty() || Arc::strong_count(kids) > 1
}

impl Entry {
    /// Whether nobody has it in use: looked up within this time, or held otherwise.
    fn is_idle(&self, now: u64, idle: u64) -> bool {
        !self.set.is_shared() && now.saturating_sub(self.used.load(Ordering::Relaxed)) >= idle
    }

    fn set_of<O: KeyOwner>(&self, owner: &O) -> Option<&RemoteKeySet<O>> {
        self.set.as_any().downcast_ref::<RemoteKeySet<O>>().filter(|set| set.owner() == owner)
    }
}

impl<O: KeyOwner> AnySet for RemoteKeySet<O> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn url(&self) -> &HttpsUrl {
        Self::url(self)
    }

    fn owner(&self) -> AnyOwner {
        Self::owner(self).any()
    }

    fn record(&self) -> Option<Record> {
        Self::record(self)
    }

    fn warm(&self) -> Pin<Box<dyn Future<Output = Result<(), LookupError>> + Send + '_>> {
        Box::pin(async { self.key_set().await.map(drop) })
    }

    fn health(&self) -> KeySetHealth {
        Self::health(self)
    }

    fn is_shared(&self) -> bool {
        Self::is_shared(self)
    }
}

/// Why a set is not brought back.
#[derive(Debug)]
pub(super) enum NotBack {
    /// It is here.
    Here,
    /// There are as many sets as there may be.
    NoRoom,
    /// It may not be used.
    Not(NotRestored),
}

const SHARDS: u64 = 256;
/// Many sets that want room are served by one walk through those that are idle.
const ROOM_MADE_AT_ONCE: usize = 16 * MAX_SET_OCTETS;

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use hub_roles::{ClientId, Sig1};
    use rustls_pki_types::UnixTime;

    use super::*;
    use crate::clock::Clock;
    use crate::fetch::FetchCause;
    use crate::remote::CacheSettings;
    use crate::transport::{KeySetAnswer, KeySetRequest, Transport};

    /// Never answers.
    #[derive(Debug)]
    struct Silent;

    impl Transport for Silent {
        fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
            Box::pin(std::future::pending())
        }

        fn spawn(&self, _: Pin<Box<dyn Future<Output = ()> + Send>>) {}
    }

    /// The seconds that have passed.
    #[derive(Debug, Default)]
    struct Seconds(AtomicU64);

    impl Clock for Seconds {
        fn now(&self) -> UnixTime {
            UnixTime::since_unix_epoch(self.monotonic())
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::pending())
        }
    }

    fn shelf(most: usize) -> Shelf {
        shelf_at(most, &Arc::default())
    }

    /// Whatever nobody holds is idle.
    fn shelf_at(most: usize, clock: &Arc<Seconds>) -> Shelf {
        let settings = CacheSettings::new().with_clock(Arc::<Seconds>::clone(clock));
        let upstream = Upstream::new(Arc::new(Silent), &settings).unwrap();
        Shelf::new(Arc::new(upstream), most, 0)
    }

    fn owner(number: usize) -> ClientId {
        format!("5e1c9a44-8a1e-4f57-8f6e-{number:012}").parse().unwrap()
    }

    fn url(number: usize) -> HttpsUrl {
        format!("https://keystore.example/{number}.jwks").parse().unwrap()
    }

    fn is_revoked(set: &RemoteKeySet<ClientId>, kid: &KeyId) -> bool {
        match pin!(set.verification_key::<Sig1>(kid)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(LookupError::Select(error))) => error.is_revoked(),
            _ => false,
        }
    }

    #[test]
    fn a_set_that_is_evicted_while_somebody_looks_into_it_hears_of_what_is_revoked() {
        let clock = Arc::<Seconds>::default();
        let (shelf, kid) = (shelf_at(1, &clock), "revoked".parse().unwrap());
        let taken = shelf.set(&owner(1), &url(1)).unwrap();
        // As when somebody takes it at the moment at which it goes.
        shelf.remove(&shelf.entries()[0]);
        shelf.register().sets -= 1;
        shelf.evict_idle(&mut shelf.register(), 0, 0);
        assert!(!is_revoked(&taken, &kid));
        shelf.revoke(&owner(1), &kid);
        assert!(is_revoked(&taken, &kid));
        // So does the one that takes its place, and nobody else's.
        assert!(is_revoked(&shelf.set(&owner(1), &url(1)).unwrap(), &kid));
        clock.0.store(1, Ordering::Relaxed);
        assert!(!is_revoked(&shelf.set(&owner(2), &url(2)).unwrap(), &kid));
    }

    #[test]
    fn a_shelf_of_sets_in_use_is_walked_through_once_in_a_second() {
        let clock = Arc::<Seconds>::default();
        let shelf = shelf_at(2, &clock);
        let held = [1, 2].map(|number| shelf.set(&owner(number), &url(number)).unwrap());
        assert!(shelf.set(&owner(3), &url(3)).is_none());
        // That they are no longer in use is not seen at once: nobody walks.
        drop(held);
        assert!(shelf.set(&owner(3), &url(3)).is_none());
        clock.0.store(1, Ordering::Relaxed);
        assert!(shelf.set(&owner(3), &url(3)).is_some());
        // What the walk found serves the next one too, and in the same second another walk follows one that was not in vain.
        assert!(shelf.set(&owner(4), &url(4)).is_some());
        assert!(shelf.set(&owner(5), &url(5)).is_some());
    }

    #[test]
    fn no_list_is_kept_of_an_owner_who_has_no_set_and_nothing_revoked() {
        let (shelf, kid) = (shelf(2), "revoked".parse().unwrap());
        shelf.revoke(&owner(0), &kid);
        for number in 0..100 {
            assert!(shelf.set(&owner(number), &url(number)).is_some());
            assert!(shelf.register().revoked.len() <= 3, "after {number}");
        }
        assert!(is_revoked(&shelf.set(&owner(0), &url(0)).unwrap(), &kid));
    }
}
