//! Who may ask for the set now: single flight, cooldown, negative cache. Without network or runtime of its own.

use std::time::Duration;

use hub_roles::KeyId;
use rustls_pki_types::UnixTime;
use tokio::sync::watch;

use super::schedule;
use super::settings::CacheSettings;
use super::unknown::UnknownKids;
use crate::clock::Clock;
use crate::fetch::FetchError;

/// What stands behind the lock of a set: touched by attempts, by lookups that find nothing, and by the one that begins a refresh.
#[derive(Debug)]
pub(super) struct State {
    attempt: Option<Pilot>,
    /// How many attempts have begun.
    begun: u64,
    /// The next attempt may begin then.
    pub(super) not_before: Duration,
    /// How many attempts failed since the last that did not.
    pub(super) failures: u32,
    pub(super) last_failure: Option<FetchError>,
    unknown: UnknownKids,
}

/// The attempt in progress, as whoever ends it sees it.
#[derive(Debug)]
pub(super) struct Pilot {
    attempt: u64,
    limit: Duration,
    outcome: watch::Sender<Option<Result<(), FetchError>>>,
}

/// An attempt in progress, as it and its waiters see it: dropping it is giving up.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    attempt: u64,
    limit: Duration,
    outcome: watch::Receiver<Option<Result<(), FetchError>>>,
}

/// What whoever needs a newer set is to do.
#[derive(Debug)]
pub(super) enum Turn {
    /// Wait for the attempt in progress.
    Join(Flight),
    /// Make the attempt, and wait for it like the others.
    Fly(Flight),
    /// The last attempt was too short a time ago.
    Wait,
}

impl State {
    pub(super) fn new(settings: &CacheSettings) -> Self {
        Self {
            attempt: None,
            begun: 0,
            not_before: Duration::ZERO,
            failures: 0,
            last_failure: None,
            unknown: UnknownKids::new(settings.unknown_kids),
        }
    }

    /// What is to be done `now`; an attempt that begins has until `limit`, on the monotonic clock.
    pub(super) fn turn(&mut self, now: Duration, limit: Duration) -> Turn {
        if let Some(attempt) = &self.attempt {
            return Turn::Join(attempt.flight());
        }
        if now < self.not_before {
            return Turn::Wait;
        }
        self.begun += 1;
        let pilot = Pilot { attempt: self.begun, limit, outcome: watch::Sender::new(None) };
        let flight = pilot.flight();
        self.attempt = Some(pilot);
        Turn::Fly(flight)
    }

    /// The attempt in progress, if it should have ended by now.
    pub(super) fn overdue(&self, monotonic: Duration) -> Option<u64> {
        self.attempt.as_ref().filter(|attempt| attempt.limit <= monotonic).map(|attempt| attempt.attempt)
    }

    /// Takes this attempt, if it is still the one in progress.
    pub(super) fn land(&mut self, attempt: u64) -> Option<Pilot> {
        self.attempt.take_if(|pilot| pilot.attempt == attempt)
    }

    /// The attempt that was in progress has ended. Whatever came of it, the next one has to wait.
    pub(super) fn landed(
        &mut self,
        failure: Option<&FetchError>,
        now: Duration,
        wall: UnixTime,
        settings: &CacheSettings,
    ) {
        self.failures = failure.map_or(0, |_| self.failures.saturating_add(1));
        self.last_failure = failure.cloned();
        self.unknown.clear();
        let retry_after =
            failure.and_then(|error| error.cause().retry_after()).map(|retry_after| retry_after.from(wall));
        self.not_before = now.saturating_add(schedule::pause(self.failures, retry_after, settings));
    }

    /// Until when the server is known to be out. By then a set in use has been asked for again, and the answer is there or overdue: who has not asked
    /// since knows nothing.
    pub(super) fn outage_until(&self, settings: &CacheSettings) -> Duration {
        match &self.last_failure {
            Some(error) if error.cause().is_outage() => self.not_before.saturating_add(settings.attempt_limit),
            _ => Duration::ZERO,
        }
    }

    /// Whether the set was fetched for this `kid` without having it, and so short a time ago that it may not be asked for again.
    pub(super) fn knows_as_unknown(&self, kid: &KeyId, now: Duration) -> bool {
        now < self.not_before && self.unknown.contains(kid)
    }

    /// Remembers that the set was fetched for this `kid` and does not have it, unless an attempt has failed since.
    pub(super) fn remember_unknown(&mut self, kid: KeyId) {
        if self.failures == 0 {
            self.unknown.insert(kid);
        }
    }

    pub(super) fn unknown_kids(&self, now: Duration) -> usize {
        if now < self.not_before { self.unknown.len() } else { 0 }
    }
}

impl Flight {
    /// Waits for the end of the attempt, and no longer than until its limit: whether it has ended.
    pub(super) async fn ends_in_time(&mut self, clock: &dyn Clock) -> bool {
        let rest = self.rest(clock);
        tokio::select! {
            biased;
            _ = self.ended() => true,
            () = clock.sleep(rest) => false,
        }
    }

    /// Waits for the end of the attempt. `None` if it was dropped without one.
    pub(super) async fn ended(&mut self) -> Option<Result<(), FetchError>> {
        self.outcome.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Which attempt it is.
    pub(super) fn attempt(&self) -> u64 {
        self.attempt
    }

    /// The attempt is over then, on the monotonic clock. It has ended by itself, unless its runtime does not drive it.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// The time until the limit.
    pub(super) fn rest(&self, clock: &dyn Clock) -> Duration {
        self.limit.saturating_sub(clock.monotonic())
    }
}

impl Pilot {
    fn flight(&self) -> Flight {
        Flight { attempt: self.attempt, limit: self.limit, outcome: self.outcome.subscribe() }
    }

    /// Tells those who wait.
    pub(super) fn tell(self, outcome: Result<(), FetchError>) {
        self.outcome.send_replace(Some(outcome));
    }
}
