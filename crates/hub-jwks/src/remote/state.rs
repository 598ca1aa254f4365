//! Who may ask for the set now: single flight, cooldown, negative cache. Without time, network or runtime of its own.

use std::time::Duration;

use rustls_pki_types::UnixTime;
use tokio::sync::watch;

use super::schedule;
use super::settings::CacheSettings;
use super::unknown::UnknownKids;
use crate::fetch::FetchError;

/// What stands behind the lock of a set: touched by attempts and by lookups that find nothing, never by one that finds its key.
#[derive(Debug)]
pub(super) struct State {
    attempt: Option<InProgress>,
    /// The next attempt may begin then.
    pub(super) not_before: Duration,
    /// How many attempts failed since the last that did not.
    pub(super) failures: u32,
    pub(super) last_failure: Option<FetchError>,
    pub(super) unknown: UnknownKids,
}

/// The attempt in progress.
#[derive(Debug)]
struct InProgress {
    pilot: Pilot,
    /// It has ended by itself before then, on the monotonic clock, unless its runtime does not drive it.
    limit: Duration,
}

/// An attempt in progress, as its waiters see it: dropping it is giving up.
#[derive(Debug)]
pub(super) struct Flight(watch::Receiver<Option<Result<(), FetchError>>>);

/// An attempt, as whoever ends it sees it.
#[derive(Debug, Clone)]
pub(super) struct Pilot(watch::Sender<Option<Result<(), FetchError>>>);

/// What whoever needs a newer set is to do.
#[derive(Debug)]
pub(super) enum Turn {
    /// Wait for the attempt in progress.
    Join(Flight),
    /// Make the attempt, and wait for it like the others.
    Fly(Pilot, Flight),
    /// The last attempt was too short a time ago.
    Wait,
}

impl State {
    pub(super) fn new(settings: &CacheSettings) -> Self {
        Self {
            attempt: None,
            not_before: Duration::ZERO,
            failures: 0,
            last_failure: None,
            unknown: UnknownKids::new(settings.unknown_kids, settings.unknown_kid_ttl),
        }
    }

    /// What is to be done `now`; an attempt that begins has until `limit`.
    pub(super) fn turn(&mut self, now: Duration, limit: Duration) -> Turn {
        if let Some(attempt) = &self.attempt {
            return Turn::Join(attempt.pilot.flight());
        }
        if now < self.not_before {
            return Turn::Wait;
        }
        let pilot = Pilot(watch::Sender::new(None));
        let flight = pilot.flight();
        self.attempt = Some(InProgress { pilot: pilot.clone(), limit });
        Turn::Fly(pilot, flight)
    }

    /// The attempt in progress, if it should have ended by now.
    pub(super) fn overdue(&self, monotonic: Duration) -> Option<Pilot> {
        self.attempt.as_ref().filter(|attempt| attempt.limit <= monotonic).map(|attempt| attempt.pilot.clone())
    }

    /// Whether this attempt is still the one in progress.
    pub(super) fn awaits(&self, pilot: &Pilot) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.pilot.0.same_channel(&pilot.0))
    }

    /// Ends the attempt in progress. Whatever came of it, the next one has to wait.
    pub(super) fn landed(
        &mut self,
        outcome: &Result<(), FetchError>,
        now: Duration,
        wall: UnixTime,
        settings: &CacheSettings,
    ) {
        self.attempt = None;
        let retry_after = match outcome {
            Ok(()) => {
                self.failures = 0;
                self.last_failure = None;
                self.unknown.clear();
                None
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.last_failure = Some(error.clone());
                error.cause().retry_after().map(|retry_after| retry_after.from(wall))
            }
        };
        self.not_before = now.saturating_add(schedule::pause(self.failures, retry_after, settings));
    }
}

impl Flight {
    /// Waits for the end of the attempt. `None` if it was dropped without one.
    pub(super) async fn ended(mut self) -> Option<Result<(), FetchError>> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl Pilot {
    fn flight(&self) -> Flight {
        Flight(self.0.subscribe())
    }

    /// Tells those who wait.
    pub(super) fn tell(self, outcome: Result<(), FetchError>) {
        self.0.send_replace(Some(outcome));
    }
}
