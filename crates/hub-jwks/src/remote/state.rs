//! Who may ask for the set now: single flight, cooldown, negative cache. Without time, network or runtime of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use hub_roles::KeyId;
use rustls_pki_types::UnixTime;
use tokio::sync::watch;

use super::schedule;
use super::settings::CacheSettings;
use super::unknown::UnknownKids;
use crate::fetch::FetchError;

/// What stands behind the lock of a set: touched by attempts and by lookups that find nothing, never by one that finds its key.
#[derive(Debug)]
pub(super) struct State {
    /// The attempt in progress.
    flight: Option<Flight>,
    /// The next attempt may begin then.
    pub(super) not_before: Duration,
    /// How many attempts failed since the last that did not.
    pub(super) failures: u32,
    pub(super) last_failure: Option<FetchError>,
    pub(super) unknown: UnknownKids,
    pub(super) revoked: BTreeSet<KeyId>,
}

/// An attempt in progress, as its waiters see it: cloning it is joining it, dropping it is giving up.
#[derive(Debug, Clone)]
pub(super) struct Flight(watch::Receiver<Option<Result<(), FetchError>>>);

/// The attempt itself.
#[derive(Debug)]
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
            flight: None,
            not_before: Duration::ZERO,
            failures: 0,
            last_failure: None,
            unknown: UnknownKids::new(settings.unknown_kids, settings.unknown_kid_ttl),
            revoked: BTreeSet::new(),
        }
    }

    pub(super) fn turn(&mut self, now: Duration) -> Turn {
        if let Some(flight) = &self.flight {
            return Turn::Join(flight.clone());
        }
        if now < self.not_before {
            return Turn::Wait;
        }
        let (sender, receiver) = watch::channel(None);
        let flight = Flight(receiver);
        self.flight = Some(flight.clone());
        Turn::Fly(Pilot(sender), flight)
    }

    /// Ends the attempt in progress. Whatever came of it, the next one has to wait.
    pub(super) fn landed(
        &mut self,
        outcome: &Result<(), FetchError>,
        now: Duration,
        wall: UnixTime,
        settings: &CacheSettings,
    ) {
        self.flight = None;
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
    /// Tells those who wait.
    pub(super) fn tell(self, outcome: Result<(), FetchError>) {
        self.0.send_replace(Some(outcome));
    }
}
