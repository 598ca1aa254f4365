//! The rules of THREATS section 3 once more, for one set and without any machinery: what a lookup may answer, and when a fetch may begin.
//!
//! Chance is an interval here: what the cache drew is adopted once it was found to be in it.

use std::collections::{BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use hub_jwks::Standing;

use crate::keys::{Number, Served};

/// The figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) lifetime: [Duration; 3],
    pub(crate) max_stale: Duration,
    pub(crate) cooldown: Duration,
    pub(crate) max_backoff: Duration,
    pub(crate) attempt_limit: Duration,
    pub(crate) unknown_kids: usize,
}

/// What somebody looks up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Key(Number),
    Set,
}

/// What comes of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Key(Number),
    Set(BTreeSet<Number>),
    /// The set is up to date, and does not have it.
    Unknown,
    /// The set has it, and it must not be used.
    Rejected,
    /// The set does not have it, and is not asked for again before this time has passed.
    Suppressed(Duration),
    /// No set, for this reason, and none before this time has passed.
    Unavailable(&'static str, Duration),
}

/// Whether a fetch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    Never,
    Perhaps,
    Now,
}

/// What must come of a lookup at once.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) begins: Begins,
    /// `None`: it waits for a fetch.
    pub(crate) answer: Option<Answer>,
}

/// What came of a fetch.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Fetched {
        served: Served,
        said: Said,
        etag: Option<String>,
    },
    /// `304`, under whatever tag.
    Confirmed {
        said: Said,
    },
    Failed {
        code: &'static str,
        outage: bool,
        retry_after: Option<Duration>,
    },
}

/// What a server says of the age of what it serves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    pub(crate) max_age: Option<Duration>,
    pub(crate) age: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Model {
    rules: Rules,
    pub(crate) now: Duration,
    held: Option<Held>,
    /// When the fetch in progress began.
    flight: Option<Duration>,
    not_before: Duration,
    /// What failed since a set was last fetched or confirmed, in this order.
    failed: Vec<Failed>,
    unknown: VecDeque<Number>,
    revoked: BTreeSet<Number>,
    /// Whether somebody looked into the set since a fetch began that nobody asked for.
    looked: bool,
    /// Whether somebody looked into the set since the last fetch, so that the next one is due by itself.
    kept: bool,
    /// Whether nothing that runs in the background may have slept too long since the last fetch.
    steady: bool,
}

#[derive(Debug, Clone)]
struct Held {
    served: Served,
    etag: Option<String>,
    began: Duration,
    ttl: Duration,
}

/// A fetch that failed.
#[derive(Debug, Clone, Copy)]
struct Failed {
    code: &'static str,
    outage: bool,
    /// A set in use would have been asked for again by then, and the answer be there or overdue.
    retried: Duration,
}

impl Model {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            now: Duration::ZERO,
            held: None,
            flight: None,
            not_before: Duration::ZERO,
            failed: Vec::new(),
            unknown: VecDeque::new(),
            revoked: BTreeSet::new(),
            looked: false,
            kept: false,
            steady: true,
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// The wall clock alone was set: time goes on with it, never back, and who sleeps does not see it.
    pub(crate) fn wall_clock_set(&mut self, by: i64) {
        self.now += Duration::from_secs(u64::try_from(by).unwrap_or(0));
        self.steady = false;
    }

    pub(crate) fn ask(&mut self, wanted: Wanted) -> Expected {
        if self.is_revoked(wanted) {
            return Expected { begins: Begins::Never, answer: Some(Answer::Rejected) };
        }
        let may_fetch = self.flight.is_none() && self.now >= self.not_before;
        let Some(held) = self.usable().cloned() else {
            return match may_fetch || self.flight.is_some() {
                true => Expected { begins: if may_fetch { Begins::Now } else { Begins::Never }, answer: None },
                false => Expected { begins: Begins::Never, answer: Some(self.unavailable()) },
            };
        };
        (self.looked, self.kept) = (true, true);
        let refresh = match may_fetch {
            true if self.now > held.refresh().end().saturating_add(TICK) => Begins::Now,
            true if self.now >= *held.refresh().start() => Begins::Perhaps,
            _ => Begins::Never,
        };
        match self.found(&held, wanted) {
            Some(answer) => Expected { begins: refresh, answer: Some(answer) },
            None if self.is_known_as_unknown(wanted) => Expected { begins: refresh, answer: Some(Answer::Unknown) },
            None if may_fetch => Expected { begins: Begins::Now, answer: None },
            None if self.flight.is_some() => Expected { begins: Begins::Never, answer: None },
            None => Expected { begins: Begins::Never, answer: Some(Answer::Suppressed(self.not_before - self.now)) },
        }
    }

    /// What may come of a lookup that waited, at the end of the fetch. `caused`: the fetch began because of it.
    pub(crate) fn after(&mut self, wanted: Wanted, caused: bool) -> Vec<Answer> {
        if self.is_revoked(wanted) {
            return vec![Answer::Rejected];
        }
        let pause = self.not_before - self.now;
        let Some(held) = self.usable().cloned() else {
            return vec![self.unavailable()];
        };
        (self.looked, self.kept) = (true, true);
        match (self.found(&held, wanted), self.failed.last()) {
            (Some(answer), _) => vec![answer],
            (None, Some(Failed { code, .. })) => vec![Answer::Unavailable(code, pause)],
            // The key may have been published since the fetch began.
            (None, None) if !caused => vec![Answer::Suppressed(pause)],
            (None, None) => vec![Answer::Unknown, Answer::Suppressed(pause)],
        }
    }

    pub(crate) fn begun(&mut self) {
        assert!(self.flight.is_none(), "two fetches at a time");
        assert!(self.now >= self.not_before, "fetched {:?} too early", self.not_before - self.now);
        self.flight = Some(self.now);
    }

    /// A fetch began by itself.
    pub(crate) fn begun_unasked(&mut self) {
        let due = self.held.as_ref().is_some_and(|held| self.now >= *held.refresh().start());
        assert!(due && self.looked, "fetched though nobody needs it: {self:?}");
        self.looked = false;
        self.begun();
    }

    /// Whether a fetch should have begun by itself.
    pub(crate) fn is_overdue(&self) -> bool {
        let refresh = self.held.as_ref().map(|held| *held.refresh().end());
        let due = refresh.is_some_and(|refresh| self.now > refresh.max(self.not_before) + TICK);
        self.kept && self.steady && self.flight.is_none() && due
    }

    /// A fetch ended, and the cache means to rest for `pause`.
    pub(crate) fn ended(&mut self, outcome: &Outcome, pause: Duration) {
        let began = self.flight.take().expect("no fetch is in progress");
        self.unknown.clear();
        match outcome {
            Outcome::Fetched { served, .. } if served.sound.is_empty() => {
                self.failed("fetch.no-usable-key", false, pause);
            }
            Outcome::Fetched { served, said, etag } => {
                let (served, etag) = (served.clone(), etag.clone());
                self.held = Some(Held { served, etag, began, ttl: self.ttl(said) });
                self.failed.clear();
            }
            Outcome::Confirmed { said } => {
                let ttl = self.ttl(said);
                let held = self.held.as_mut().expect("something is confirmed");
                (held.began, held.ttl) = (began, ttl);
                self.failed.clear();
            }
            Outcome::Failed { code, outage, .. } => self.failed(code, *outage, pause),
        }
        assert!(
            self.pauses(outcome).contains(&pause),
            "a pause of {pause:?} after {outcome:?}, {} failed",
            self.failed.len()
        );
        self.not_before = self.now + pause;
        (self.kept, self.steady) = (false, true);
    }

    /// What runs in the background is gone.
    pub(crate) fn stopped(&mut self) {
        self.steady = false;
    }

    pub(crate) fn remember_unknown(&mut self, number: Number) {
        self.unknown.push_back(number);
        if self.unknown.len() > self.rules.unknown_kids {
            self.unknown.pop_front();
        }
    }

    /// How many kids may not be asked for again yet.
    pub(crate) fn unknown_kids(&self) -> usize {
        if self.now < self.not_before { self.unknown.len() } else { 0 }
    }

    pub(crate) fn revoke(&mut self, number: Number) {
        self.revoked.insert(number);
    }

    pub(crate) fn is_in_flight(&self) -> bool {
        self.flight.is_some()
    }

    pub(crate) fn standing(&self) -> Standing {
        match &self.held {
            None => Standing::Absent,
            Some(held) if self.now < held.fresh_until() => Standing::Fresh,
            Some(held) if self.now < self.end(held) && self.is_known_to_be_out() => Standing::Stale,
            Some(_) => Standing::Expired,
        }
    }

    /// How long the set may be used at the most.
    pub(crate) fn usable_for(&self) -> Option<Duration> {
        self.held.as_ref().map(|held| self.end(held).saturating_sub(self.now))
    }

    /// The tag that came with the set that is held, which is the condition of the next request.
    pub(crate) fn etag(&self) -> Option<&str> {
        self.held.as_ref()?.etag.as_deref()
    }

    /// What may be used of the set that is held, whether it may be used now or not.
    pub(crate) fn held(&self) -> Option<Served> {
        self.held.as_ref().map(|held| held.served.without(&self.revoked))
    }

    pub(crate) fn rest(&self) -> Duration {
        self.not_before.saturating_sub(self.now)
    }

    pub(crate) fn failures(&self) -> u32 {
        self.failed.len().try_into().unwrap()
    }

    fn usable(&self) -> Option<&Held> {
        self.held.as_ref().filter(|_| matches!(self.standing(), Standing::Fresh | Standing::Stale))
    }

    /// What is held outlives its lifetime in an outage, and in nothing else: whoever has answered once that it is gone, or something else, has not
    /// taken that back by going silent.
    fn end(&self, held: &Held) -> Duration {
        match self.failed.iter().all(|failed| failed.outage) {
            true => held.began + (held.ttl + self.rules.max_stale).min(LIMIT),
            false => held.fresh_until(),
        }
    }

    /// What was found of a server is old news once it should have been asked again.
    fn is_known_to_be_out(&self) -> bool {
        self.failed.last().is_some_and(|failed| {
            // Asked in time, it has until its limit to answer.
            let answered =
                self.flight.filter(|began| *began < failed.retried).map(|began| began + self.rules.attempt_limit);
            failed.outage && self.now < answered.map_or(failed.retried, |answered| answered.max(failed.retried))
        })
    }

    fn unavailable(&self) -> Answer {
        let code = self.failed.last().map_or("fetch.abandoned", |failed| failed.code);
        Answer::Unavailable(code, self.not_before - self.now)
    }

    fn is_revoked(&self, wanted: Wanted) -> bool {
        matches!(wanted, Wanted::Key(number) if self.revoked.contains(&number))
    }

    fn found(&self, held: &Held, wanted: Wanted) -> Option<Answer> {
        match wanted {
            Wanted::Set => Some(Answer::Set(held.served.without(&self.revoked).sound)),
            Wanted::Key(number) if held.served.sound.contains(&number) => Some(Answer::Key(number)),
            Wanted::Key(number) if held.served.faulty.contains(&number) => Some(Answer::Rejected),
            Wanted::Key(_) => None,
        }
    }

    fn is_known_as_unknown(&self, wanted: Wanted) -> bool {
        self.now < self.not_before && self.unknown.iter().any(|&number| wanted == Wanted::Key(number))
    }

    fn failed(&mut self, code: &'static str, outage: bool, pause: Duration) {
        self.failed.push(Failed { code, outage, retried: self.now + pause + self.rules.attempt_limit });
    }

    fn ttl(&self, said: &Said) -> Duration {
        let [min, default, max] = self.rules.lifetime;
        match said.max_age {
            Some(max_age) => max_age.saturating_sub(said.age.unwrap_or_default()).clamp(min, max),
            None => default,
        }
    }

    fn pauses(&self, outcome: &Outcome) -> RangeInclusive<Duration> {
        let asked = match outcome {
            // Where something else is wrong, the server's word on time is none.
            Outcome::Failed { outage: true, retry_after, .. } => {
                retry_after.unwrap_or_default().min(Duration::from_secs(600))
            }
            _ => Duration::ZERO,
        };
        let least = self.rules.cooldown.max(asked);
        let most =
            self.rules.cooldown.saturating_mul(2_u32.saturating_pow(self.failures())).min(self.rules.max_backoff);
        least..=if self.failed.is_empty() { least } else { most.max(least) }
    }
}

impl Held {
    fn fresh_until(&self) -> Duration {
        self.began + self.ttl
    }

    /// The background refresh begins somewhere in here.
    fn refresh(&self) -> RangeInclusive<Duration> {
        self.began + self.ttl * 7 / 10..=self.began + self.ttl * 9 / 10
    }
}

impl Served {
    fn without(&self, revoked: &BTreeSet<Number>) -> Self {
        let gone = &self.sound & revoked;
        Self { sound: &self.sound - &gone, faulty: &self.faulty | &gone }
    }
}

/// Nothing is used for longer than this after it was asked for.
pub(crate) const LIMIT: Duration = Duration::from_secs(1200);
/// How far the tests' clock goes at once.
pub(crate) const TICK: Duration = Duration::from_secs(1);
