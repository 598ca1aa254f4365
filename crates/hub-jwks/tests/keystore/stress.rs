//! Many threads at one keystore with little room: sets come and go, are saved, lost and brought back, and their keys are revoked, while they
//! are looked up.

use core::time::Duration;
use std::collections::HashSet;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, RwLock};
use std::{fs, thread};

use hub_jwks::{
    CacheSettings, FetchCause, Freshness, KeySetAnswer, KeySetRequest, KeySource, Keystore, KeystoreSettings,
    LookupError, Transport,
};
use hub_roles::{ClientId, Sig1};
use hub_testkit::{Ecosystem, ManualClock};
use tokio::runtime::{Builder, Handle};
use tokio::task::yield_now;

use crate::places::{document, kid, public_key, url};
use crate::process::at;

/// Serves a set of its own at each place, and is out every fifth time.
#[derive(Debug)]
struct Server {
    runtime: Handle,
    asked: AtomicUsize,
}

impl Transport for Server {
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let is_out = self.asked.fetch_add(1, Ordering::Relaxed) % 5 == 4;
        Box::pin(async move {
            yield_now().await;
            match is_out {
                true => Err(FetchCause::Status { status: 503, retry_after: None }),
                false => {
                    Ok(KeySetAnswer::Document { body: document(&request.url, 0, KEYS), freshness: Freshness::new() })
                }
            }
        })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.runtime.spawn(work);
    }
}

/// What all threads share.
struct Scene {
    runtime: Handle,
    eco: Ecosystem,
    /// Replaced by an empty one now and then, as when a process starts anew.
    keystore: RwLock<Keystore>,
    clock: ManualClock,
    file: PathBuf,
    /// What somebody has begun to revoke, and what was revoked.
    revoking: Mutex<HashSet<(u64, u64)>>,
    revoked: Mutex<HashSet<(u64, u64)>>,
}

/// How often what came of it, by its code.
type Outcomes = Vec<&'static str>;

impl Scene {
    fn new(runtime: Handle) -> Self {
        let (eco, clock) = (Ecosystem::sandbox(at(0)).unwrap(), ManualClock::new(at(0)));
        let keystore = RwLock::new(empty(&eco, &clock, &runtime));
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stress.jsonl");
        Self { runtime, eco, keystore, clock, file, revoking: Mutex::default(), revoked: Mutex::default() }
    }

    /// Does what chance says, so many times.
    fn act(&self, mut chance: Chance) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for _ in 0..STEPS {
            let (owner, number) = (chance.below(OWNERS), chance.below(KEYS));
            match chance.below(100) {
                0 => self.revoke(owner, number),
                1 => self.restart(),
                2..6 => drop(self.keystore().save(&self.file).unwrap()),
                6..10 => outcomes.extend(self.load()),
                10..14 => self.clock.advance(Duration::from_secs(chance.below(80))),
                14..20 => self.count(),
                _ => outcomes.push(self.look_up(owner, number)),
            }
        }
        outcomes
    }

    fn look_up(&self, owner: u64, number: u64) -> &'static str {
        let (of, key) = (client(owner), (owner, number));
        // In this order: what was revoked before is so in whatever keystore is there now.
        let was_revoked = self.revoked.lock().unwrap().contains(&key);
        let keystore = self.keystore();
        // Two owners each have their keys at one place.
        let place = url(owner / 2);
        let source = KeySource::<Sig1>::new(of.clone(), place.clone());
        match self.runtime.block_on(keystore.key_at(&source, &kid(number))) {
            Ok(found) => {
                assert_eq!((found.owner(), found.kid()), (&of, &kid(number)));
                assert_eq!(found.public_key(), &public_key(&place, 0, number));
                assert!(!was_revoked, "key {number} of {of}");
                "found"
            }
            Err(LookupError::Select(error)) => {
                assert_eq!(error.code(), "keyset.rejected", "{error}");
                assert!(self.revoking.lock().unwrap().contains(&key), "{error}");
                "revoked"
            }
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                error.code()
            }
        }
    }

    /// The first key of each is never revoked.
    fn revoke(&self, owner: u64, number: u64) {
        if number > 0 {
            let keystore = self.keystore.read().unwrap();
            self.revoking.lock().unwrap().insert((owner, number));
            keystore.revoke(&client(owner), &kid(number));
            self.revoked.lock().unwrap().insert((owner, number));
        }
    }

    /// Whoever starts a process tells it what was revoked.
    fn restart(&self) {
        let mut keystore = self.keystore.write().unwrap();
        *keystore = empty(&self.eco, &self.clock, &self.runtime);
        for (owner, number) in &*self.revoked.lock().unwrap() {
            keystore.revoke(&client(*owner), &kid(*number));
        }
    }

    /// No more than may be, and none twice.
    fn count(&self) {
        let health = self.keystore().health();
        let different: HashSet<_> = health.iter().map(|set| (&set.url, &set.owner)).collect();
        assert!(different.len() == health.len() && health.len() <= MOST_SETS, "{health:?}");
    }

    fn load(&self) -> Option<&'static str> {
        let loaded = self.keystore().load(&self.file);
        assert!(loaded.unread.is_none(), "{loaded:?}");
        for refused in &loaded.refused {
            let code = refused.fault.code();
            assert!(["already-held", "no-room", "too-old"].iter().any(|known| code.ends_with(known)), "{refused}");
        }
        (loaded.sets > 0).then_some("brought back")
    }

    fn keystore(&self) -> Keystore {
        self.keystore.read().unwrap().clone()
    }
}

#[test]
fn whatever_happens_at_once_every_lookup_ends_and_nobody_gets_what_is_not_his() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let scene = Arc::new(Scene::new(runtime.handle().clone()));
    scene.keystore().save(&scene.file).unwrap();
    let (tell, told): (Sender<Outcomes>, Receiver<Outcomes>) = channel();
    for number in 0..THREADS {
        let (scene, tell) = (Arc::clone(&scene), tell.clone());
        // One that panics tells nobody.
        thread::spawn(move || tell.send(scene.act(Chance(SEED + number))));
    }
    drop(tell);
    let mut outcomes = Outcomes::new();
    for ended in 0..THREADS {
        outcomes.extend(told.recv_timeout(WATCHDOG).unwrap_or_else(|why| panic!("{ended} threads ended: {why}")));
    }
    // Everything that may happen has happened.
    for outcome in ["found", "revoked", "brought back", "lookup.no-room", "lookup.unavailable"] {
        let times = outcomes.iter().filter(|happened| **happened == outcome).count();
        assert!(times > 0, "{outcome}: {times} times");
    }
    fs::remove_file(&scene.file).unwrap();
}

/// Numbers that look random, the same ones in every run (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        for shift in [13, -7, 17] {
            self.0 ^= if shift > 0 { self.0 << shift } else { self.0 >> -shift };
        }
        self.0 % end
    }
}

fn empty(eco: &Ecosystem, clock: &ManualClock, runtime: &Handle) -> Keystore {
    let minute = Duration::from_secs(60);
    let cache = CacheSettings::new().with_clock(Arc::new(clock.clone())).with_lifetime(minute, minute, minute);
    let settings = KeystoreSettings::new().with_cache(cache).with_most_sets(MOST_SETS).with_snapshots();
    let server = Arc::new(Server { runtime: runtime.clone(), asked: AtomicUsize::new(0) });
    Keystore::new(eco.hub().deployment(), eco.keystore(), server, &settings).unwrap()
}

fn client(number: u64) -> ClientId {
    format!("client-{number}").parse().unwrap()
}

const THREADS: u64 = 8;
const STEPS: usize = 1000;
const OWNERS: u64 = 24;
const KEYS: u64 = 3;
const MOST_SETS: usize = 8;
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
/// For a test that would hang; nothing is measured with it.
const WATCHDOG: Duration = Duration::from_secs(120);
