//! A keystore of little room, and what its rules say of it: which keys it must have, and which it must not.

use core::time::Duration;
use std::collections::HashMap;
use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

use hub_jwks::{CacheSettings, Clock, KeySource, Keystore, KeystoreSettings, LookupError, RetiredKeysUrl};
use hub_roles::{ClientId, HttpsUrl, Sig1, VerificationKey};
use hub_testkit::{Ecosystem, ManualClock};
use tokio::task::yield_now;

use crate::places::{kid, public_key, url};
use crate::process::at;
use crate::sky::{Served, Sky, Weather};

/// What may happen.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// An owner's key is looked up: one that every set has, or one that none has.
    Ask {
        owner: u64,
        known: bool,
    },
    /// PII of an owner is opened later.
    Open(u64),
    Weather(u64, Weather),
    /// The keys of a place are replaced.
    Publish(u64),
    Pass(Duration),
    Save,
    /// The process ends. The next one starts so much later, and may load what was saved.
    Restart {
        down: Duration,
        load: bool,
    },
}

pub(crate) struct World<'e> {
    eco: &'e Ecosystem,
    clock: ManualClock,
    sky: Sky,
    file: PathBuf,
    keystore: Keystore,
    /// When the process started.
    started: Duration,
    /// What this process must have, until it was made room of.
    held: HashMap<HttpsUrl, Held>,
    /// How often each place had served when that was looked at last.
    learnt: HashMap<HttpsUrl, usize>,
    saved: HashMap<HttpsUrl, Held>,
    /// When that was.
    saved_at: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    served: Served,
    /// When its key was looked up last. `None`: perhaps not at all since it was brought back.
    used: Option<Duration>,
    /// Whether its server has been out of order since, in a way that is no outage.
    refused: bool,
}

impl<'e> World<'e> {
    pub(crate) fn new(eco: &'e Ecosystem) -> Self {
        let clock = ManualClock::new(at(0));
        let sky = Sky::new(&clock, (0..PLACES).map(|place| (url(place), if place == RETIRED { 2 } else { 1 })));
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("model.jsonl");
        let _ = std::fs::remove_file(&file);
        let keystore = empty(eco, &clock, &sky);
        let (held, learnt, saved) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (started, saved_at) = (Duration::ZERO, Duration::ZERO);
        Self { eco, clock, sky, file, keystore, started, held, learnt, saved, saved_at }
    }

    pub(crate) async fn take(&mut self, step: &Step) {
        match *step {
            Step::Ask { owner, known: true } => self.ask(owner).await,
            Step::Ask { owner, known: false } => {
                let (keystore, source) = (self.keystore.clone(), source(owner));
                self.make_room_for(owner, &[url(place_of(owner))]);
                let found = self.ended(async move { keystore.key_at(&source, &kid(9)).await }).await;
                assert!(found.is_err(), "a key that nobody has");
            }
            Step::Open(owner) => {
                let (keystore, source) = (self.keystore.clone(), source(owner));
                self.make_room_for(owner, &[url(place_of(owner)), url(RETIRED)]);
                // Which is among the retired alone.
                let opening = async move { keystore.key_for_opening_later_at(&source, &kid(1), at(0)).await };
                let asked = self.now();
                if let Ok(key) = self.ended(opening).await {
                    self.check(owner, &url(RETIRED), 1, &key, asked);
                }
            }
            Step::Weather(place, weather) => {
                self.sky.places().get_mut(&url(place)).unwrap().weather = weather;
                self.held.entry(url(place)).and_modify(|held| held.refused |= weather.is_refusal());
            }
            Step::Publish(place) => self.sky.places().get_mut(&url(place)).unwrap().generation += 1,
            Step::Pass(time) => self.pass(time).await,
            Step::Save => {
                self.keystore.save(&self.file).unwrap();
                (self.saved, self.saved_at) = (self.held.clone(), self.now());
            }
            Step::Restart { down, load } => self.restart(down, load),
        }
        self.learn();
        assert!(self.keystore.health().len() <= MOST_SETS);
    }

    /// A key that every set has.
    async fn ask(&mut self, owner: u64) {
        let (keystore, source, place) = (self.keystore.clone(), source(owner), url(place_of(owner)));
        self.make_room_for(owner, slice::from_ref(&place));
        let before = self.held.get(&place).copied();
        let must_serve = before.is_some_and(|held| self.must_serve(&held));
        let asked = self.now();
        let found = self.ended(async move { keystore.key_at(&source, &kid(0)).await }).await;
        self.learn();
        match found {
            Ok(key) => {
                let generation = self.check(owner, &place, 0, &key, asked);
                let after = self.held.get(&place).copied();
                // It was refreshed meanwhile, or not: nothing but a newer set takes the place of one.
                assert!(
                    before.is_none()
                        || [before, after].iter().flatten().any(|held| held.served.generation == generation)
                );
            }
            Err(error) => assert!(!must_serve, "{error}, with {before:?} at {:?}", self.now()),
        }
        let now = self.now();
        self.held.entry(place).and_modify(|held| held.used = Some(now));
    }

    /// Whether a lookup now has to find its key, however long it waits for a server that is out.
    fn must_serve(&self, held: &Held) -> bool {
        let Served { began, lifetime, .. } = held.served;
        let stale = lifetime.saturating_add(Duration::from_secs(600)).min(LIMIT);
        let end = began + if held.refused { lifetime } else { stale };
        self.now() + MARGIN < end
    }

    /// Whatever the model says: the owner's own key, from this place, and not too old for whoever asked then. Says of which generation it is.
    fn check(&self, owner: u64, place: &HttpsUrl, number: u64, key: &VerificationKey<Sig1>, asked: Duration) -> u64 {
        assert_eq!((key.owner(), key.kid()), (&client(owner), &kid(number)));
        let (places, now) = (self.sky.places(), self.now());
        let mut served = places[place].served.iter().rev();
        let is_its = |served: &&Served| key.public_key() == &public_key(place, served.generation, number);
        let served = served.find(is_its).expect("a key from elsewhere");
        assert!(now - served.began < LIMIT, "used {:?} after it was fetched", now - served.began);
        if asked >= served.began + served.lifetime && owners_of(place) == 1 {
            self.check_stale(served, &places[place].asked, asked);
        }
        served.generation
    }

    /// A set past its lifetime is used only if its server is out, which was seen a short time ago, and nothing else came of any attempt since it was
    /// fetched. `attempts` at its place, which nobody shares; those that begin with the lookup are made for it, or end behind its back.
    fn check_stale(&self, served: &Served, attempts: &[(Duration, Weather)], asked: Duration) {
        let since = |from: Duration| attempts.iter().filter(move |(at, _)| *at > served.began && *at >= from);
        // What the process had seen that saved it goes with it.
        let is_from_a_snapshot = served.began < self.started;
        let before = since(Duration::ZERO).filter(|(at, _)| is_from_a_snapshot && *at < self.saved_at);
        for (at, weather) in before.chain(since(self.started).filter(|(at, _)| *at < asked)) {
            assert!(weather.is_outage(), "{served:?} is used at {asked:?} after {weather:?} at {at:?}");
        }
        let is_out = since(self.started).any(|(at, weather)| weather.is_outage() && asked < *at + OUTAGE);
        assert!(is_out, "{served:?} is used at {asked:?}, and nobody has seen that its server is out: {attempts:?}");
    }

    /// What comes of a lookup: it ends, be it by time limits.
    async fn ended<T: Send + 'static>(
        &self,
        lookup: impl Future<Output = Result<T, LookupError>> + Send + 'static,
    ) -> Result<T, LookupError> {
        let lookup = tokio::spawn(lookup);
        for _ in 0..10 {
            settle().await;
            if lookup.is_finished() {
                return lookup.await.unwrap();
            }
            self.clock.advance(Duration::from_secs(10));
        }
        panic!("a lookup that does not end");
    }

    /// Little by little: what is due in between is done in time.
    async fn pass(&self, mut time: Duration) {
        while !time.is_zero() {
            let tick = time.min(TICK);
            self.clock.advance(tick);
            settle().await;
            time -= tick;
        }
    }

    /// Where there is no room left, sets that are not in use may have to go.
    fn make_room_for(&mut self, owner: u64, wanted: &[HttpsUrl]) {
        let (health, owner, now) = (self.keystore.health(), client(owner).to_string(), self.now());
        let is_new = |url: &&HttpsUrl| !health.iter().any(|set| &set.url == *url && set.owner == owner);
        if health.len() + wanted.iter().filter(is_new).count() > MOST_SETS {
            self.held.retain(|_, held| held.used.is_some_and(|used| now - used < IDLE));
        }
    }

    fn restart(&mut self, down: Duration, load: bool) {
        self.keystore = empty(self.eco, &self.clock, &self.sky);
        self.clock.advance(down);
        (self.started, self.held) = (self.now(), HashMap::new());
        if load && self.file.exists() {
            let loaded = self.keystore.load(&self.file);
            assert!(loaded.unread.is_none(), "{loaded:?}");
            self.held = self.saved.clone();
            let places = self.sky.places();
            for (url, held) in &mut self.held {
                (held.used, held.refused) = (None, places[url].weather.is_refusal());
            }
        }
    }

    /// What has been served since; and that nobody was asked too often.
    fn learn(&mut self) {
        let places = self.sky.places();
        for number in 0..PLACES {
            let url = url(number);
            let place = &places[&url];
            // Each has a set of his own there.
            let owners = owners_of(&url);
            let asked: Vec<_> = place.asked.iter().map(|(at, _)| *at).filter(|at| *at >= self.started).collect();
            for (first, later) in asked.iter().zip(asked.iter().skip(owners)) {
                assert!(*later - *first >= COOLDOWN, "{url} was asked at {first:?} and {later:?}");
            }
            let news = place.served.len() > self.learnt.insert(url.clone(), place.served.len()).unwrap_or_default();
            if let Some(served) = place.served.last().filter(|_| news && owners == 1) {
                let used = self.held.get(&url).and_then(|held| held.used);
                self.held.insert(url, Held { served: *served, used, refused: false });
            }
        }
    }

    fn now(&self) -> Duration {
        self.clock.monotonic()
    }
}

/// Polls whatever can go on.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

fn empty(eco: &Ecosystem, clock: &ManualClock, sky: &Sky) -> Keystore {
    let cache = CacheSettings::new().with_clock(Arc::new(clock.clone()));
    let settings = KeystoreSettings::new().with_cache(cache).with_most_sets(MOST_SETS).with_snapshots();
    Keystore::new(eco.hub().deployment(), eco.keystore(), Arc::new(sky.clone()), &settings).unwrap()
}

fn source(owner: u64) -> KeySource<Sig1> {
    KeySource::new(client(owner), url(place_of(owner))).with_retired(RetiredKeysUrl::at(url(RETIRED)))
}

fn client(owner: u64) -> ClientId {
    format!("client-{owner}").parse().unwrap()
}

/// How many have a set of their own there.
fn owners_of(place: &HttpsUrl) -> usize {
    (0..OWNERS).filter(|owner| [url(place_of(*owner)), url(RETIRED)].contains(place)).count()
}

/// The last two owners share one.
fn place_of(owner: u64) -> u64 {
    owner.min(OWNERS - 2)
}

pub(crate) const OWNERS: u64 = 6;
/// One for each owner, but for the last two; and one for what they have retired.
pub(crate) const PLACES: u64 = OWNERS;
const RETIRED: u64 = PLACES - 1;
const MOST_SETS: usize = 4;
/// Nothing is used for longer than this after it was asked for.
const LIMIT: Duration = Duration::from_secs(1200);
/// How long after the beginning of an attempt its failure may be what is known of a server: an attempt takes no longer than ten seconds, nor does the
/// next one, and the longest pause in between is two minutes.
const OUTAGE: Duration = Duration::from_secs(10 + 120 + 10);
/// How far the clock goes at once.
const TICK: Duration = Duration::from_secs(20);
/// Two attempts at the same set are at least so far apart.
const COOLDOWN: Duration = Duration::from_secs(10);
/// A set that was looked up within this time is not made room of: a lifetime, less what one lookup may take.
const IDLE: Duration = Duration::from_secs(600 - 60);
/// What a lookup may take, and what a snapshot loses.
const MARGIN: Duration = Duration::from_secs(30);
