//! A cached set, its server and its model, in step.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_jwks::{CacheSettings, Clock, Jwk, KeySet, LookupError, RemoteKeySet, SelectCause};
use hub_roles::{ClientId, Sig1, VerificationKey};
use hub_testkit::ManualClock;
use rustls_pki_types::UnixTime;

use crate::keys::{Number, Served, kid, owner, public_key, url};
use crate::model::{Answer, Begins, LIMIT, Model, Outcome, Rules, TICK, Wanted};
use crate::schedule::{Reply, Step};
use crate::script::Script;

pub(crate) struct World {
    rules: Rules,
    clock: ManualClock,
    script: Script,
    keys: RemoteKeySet<ClientId>,
    published: Served,
    waiting: Vec<Waiting>,
    model: Model,
    log: Log,
}

/// A lookup in progress.
struct Waiting {
    task: usize,
    wanted: Wanted,
    /// Whether the fetch that it waits for began because of it.
    caused: bool,
    answer: Arc<Mutex<Option<Answer>>>,
}

/// What happened, without any rule but those that no schedule may break.
#[derive(Default)]
struct Log {
    began: Duration,
    ended: Option<Duration>,
    /// The last set that was served and could be used, and when its fetch began.
    good: Option<(BTreeSet<Number>, Duration)>,
    revoked: BTreeSet<Number>,
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        let (clock, script) = (ManualClock::new(UnixTime::since_unix_epoch(EPOCH)), Script::default());
        let [min, default, max] = rules.lifetime;
        let settings = CacheSettings::new()
            .with_clock(Arc::new(clock.clone()))
            .with_lifetime(min, default, max)
            .with_max_stale(rules.max_stale)
            .with_cooldown(rules.cooldown)
            .with_max_backoff(rules.max_backoff)
            .with_attempt_limit(rules.attempt_limit)
            .with_unknown_kids(rules.unknown_kids);
        let keys = RemoteKeySet::new(url(), owner(), Arc::new(script.clone()), &settings).unwrap();
        let published = Served { sound: BTreeSet::from([0, 1]), faulty: BTreeSet::new() };
        let (model, log) = (Model::new(rules), Log::default());
        Self { rules, clock, script, keys, published, waiting: Vec::new(), model, log }
    }

    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Ask(wanted) => self.ask(*wanted),
            Step::Answer(reply) => self.answer(reply),
            Step::Publish(served) => self.published = served.clone(),
            Step::Pass(time) => self.pass(*time),
            Step::SetWallClock(by) => {
                let wall = self.clock.now().as_secs().saturating_add_signed(*by);
                self.clock.set_wall(UnixTime::since_unix_epoch(Duration::from_secs(wall)));
                self.model.wall_clock_set(*by);
            }
            Step::GiveUp(index) => {
                if !self.waiting.is_empty() {
                    let waiting = self.waiting.swap_remove(index.index(self.waiting.len()));
                    self.script.executor.drop_task(waiting.task);
                    self.script.executor.run();
                }
            }
            Step::Revoke(number) => {
                self.keys.revoke(kid(*number));
                self.model.revoke(*number);
                self.log.revoked.insert(*number);
            }
            Step::Stop => {
                let waiting: Vec<usize> = self.waiting.iter().map(|waiting| waiting.task).collect();
                self.script.executor.drop_others(&waiting);
                self.script.executor.run();
                if self.model.is_in_flight() {
                    self.ended(&Outcome::Failed { code: "fetch.abandoned", outage: true, retry_after: None });
                }
                self.model.stopped();
            }
        }
        self.compare();
    }

    /// Ends what is in progress: nobody is left waiting.
    pub(crate) fn close(mut self) {
        self.pass(self.rules.attempt_limit);
        assert!(self.waiting.is_empty(), "{} still wait", self.waiting.len());
        // One fetch may be in progress, and one keeper waits for it or for its time.
        assert!(self.script.executor.len() <= 2, "{} tasks are left", self.script.executor.len());
        drop(self.keys);
        self.script.executor.drop_others(&[]);
    }

    fn ask(&mut self, wanted: Wanted) {
        let expected = self.model.ask(wanted);
        let (begun, keys, answer) = (self.script.begun(), self.keys.clone(), Arc::new(Mutex::new(None)));
        let slot = Arc::clone(&answer);
        let task = self.script.executor.spawn(async move {
            let found = look_up(&keys, wanted).await;
            *slot.lock().unwrap() = Some(found);
        });
        self.script.executor.run();

        let caused = self.began_since(begun);
        match expected.begins {
            Begins::Never => assert!(!caused, "fetched for nothing"),
            Begins::Perhaps => {}
            Begins::Now => assert!(caused, "not fetched"),
        }
        if caused {
            self.model.begun();
            self.check_condition();
        }
        let found = answer.lock().unwrap().take();
        assert_eq!(found, expected.answer, "{wanted:?}");
        match found {
            Some(answer) => self.handed_out(&answer),
            None => self.waiting.push(Waiting { task, wanted, caused, answer }),
        }
    }

    fn answer(&mut self, reply: &Reply) {
        if self.model.is_in_flight() {
            let (answer, outcome) = reply.of(&self.published, self.script.etag().as_deref());
            self.script.answer(answer);
            self.script.executor.run();
            self.ended(&outcome);
        }
    }

    fn pass(&mut self, mut time: Duration) {
        while !time.is_zero() {
            time -= TICK;
            let (begun, in_flight) = (self.script.begun(), self.script.in_flight());
            self.clock.advance(TICK);
            self.model.pass(TICK);
            self.script.executor.run();
            if in_flight == 1 && self.script.in_flight() == 0 {
                assert!(self.model.now - self.log.began >= self.rules.attempt_limit);
                self.ended(&Outcome::Failed { code: "fetch.timeout", outage: true, retry_after: None });
            }
            if self.began_since(begun) {
                self.model.begun_unasked();
                self.check_condition();
            }
            assert!(!self.model.is_overdue(), "a set in use is not refreshed: {:?}", self.model);
            self.compare();
        }
    }

    /// A fetch has ended, and everybody who waited has been told.
    fn ended(&mut self, outcome: &Outcome) {
        self.model.ended(outcome, self.keys.health().next_attempt_in);
        self.log.ended = Some(self.model.now);
        match outcome {
            Outcome::Fetched { served, .. } if !served.sound.is_empty() => {
                self.log.good = Some((served.sound.clone(), self.log.began));
            }
            Outcome::Confirmed { .. } => self.log.good.as_mut().unwrap().1 = self.log.began,
            Outcome::Fetched { .. } | Outcome::Failed { .. } => {}
        }
        for Waiting { wanted, caused, answer, .. } in std::mem::take(&mut self.waiting) {
            let found = answer.lock().unwrap().take().expect("a wake-up is lost");
            let expected = self.model.after(wanted, caused);
            assert!(expected.contains(&found), "{wanted:?}: {found:?}, not {expected:?}");
            if let (Wanted::Key(number), Answer::Unknown) = (wanted, &found) {
                self.model.remember_unknown(number);
            }
            self.handed_out(&found);
        }
    }

    fn began_since(&mut self, begun: usize) -> bool {
        let began = self.script.begun() - begun;
        assert!(began <= 1 && self.script.in_flight() <= 1, "more than one fetch at a time");
        if began == 1 {
            let rest = self.log.ended.map(|ended| self.model.now - ended);
            assert!(rest.is_none_or(|rest| rest >= self.rules.cooldown), "fetched again after {rest:?}");
            self.log.began = self.model.now;
        }
        began == 1
    }

    /// Asked for under the tag of what is held: under another, a server would confirm what it does not serve.
    fn check_condition(&self) {
        assert_eq!(self.script.etag().as_deref(), self.model.etag());
    }

    /// Whatever the model says: no key that was not served, that is revoked, or that is too old.
    fn handed_out(&self, answer: &Answer) {
        let numbers = match answer {
            Answer::Key(number) => &BTreeSet::from([*number]),
            Answer::Set(numbers) => numbers,
            _ => return,
        };
        let (served, began) = self.log.good.as_ref().expect("a key from nowhere");
        assert!(numbers.is_subset(served) && numbers.is_disjoint(&self.log.revoked), "{numbers:?} of {served:?}");
        assert!(self.model.now - *began < LIMIT, "used {:?} after it was fetched", self.model.now - *began);
    }

    fn compare(&self) {
        let (health, held) = (self.keys.health(), self.model.held().unwrap_or_default());
        assert_eq!(health.standing, self.model.standing());
        assert_eq!(health.usable_for, self.model.usable_for());
        assert_eq!(health.keys, held.sound.len());
        assert_eq!(health.rejected, held.faulty.len());
        assert_eq!(health.failures, self.model.failures());
        assert_eq!(health.next_attempt_in, self.model.rest());
        assert_eq!(health.unknown_kids, self.model.unknown_kids());
    }
}

async fn look_up(keys: &RemoteKeySet<ClientId>, wanted: Wanted) -> Answer {
    match wanted {
        Wanted::Key(number) => {
            let found: Result<VerificationKey<Sig1>, _> = keys.verification_key(&kid(number)).await;
            found.map_or_else(failure, |key| {
                assert_eq!((key.owner(), key.kid()), (&owner(), &kid(number)));
                Answer::Key(number)
            })
        }
        Wanted::Set => keys.key_set().await.map_or_else(failure, |set| Answer::Set(numbers(&set))),
    }
}

fn numbers(set: &KeySet<ClientId>) -> BTreeSet<Number> {
    let number = |key: &Jwk| {
        let number = key.kid().as_str().strip_prefix("key-").unwrap().parse().unwrap();
        assert_eq!(key.public_key(), &public_key(number));
        number
    };
    set.keys().iter().map(number).collect()
}

fn failure(error: LookupError) -> Answer {
    match error {
        LookupError::Select(error) if *error.cause() == SelectCause::UnknownKid => Answer::Unknown,
        LookupError::Select(error) if matches!(error.cause(), SelectCause::Rejected(_)) => Answer::Rejected,
        LookupError::Suppressed { retry_after, .. } => Answer::Suppressed(retry_after),
        LookupError::Unavailable { cause, retry_after, .. } => Answer::Unavailable(cause.code(), retry_after),
        other => panic!("{other}"),
    }
}

/// The wall clock at the beginning.
const EPOCH: Duration = Duration::from_secs(1_780_000_000);
