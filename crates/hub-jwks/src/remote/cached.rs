//! The cache behind a set: what is held, and how it stands.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use hub_roles::{HttpsUrl, KeyId};
use rustls_pki_types::UnixTime;
use tokio::sync::Notify;

use super::error::LookupError;
use super::event::Event;
use super::health::{KeySetHealth, Standing};
use super::held::Held;
use super::record::{NotRestored, Record};
use super::revoked::RevokedKids;
use super::schedule::Lifetime;
use super::state::{Flight, State, Turn};
use super::upstream::Upstream;
use crate::fetch::{FetchCause, FetchError};
use crate::set::KeyOwner;

/// A set and how it stands.
#[derive(Debug)]
pub(super) struct Cached<O> {
    pub(super) url: HttpsUrl,
    pub(super) owner: O,
    pub(super) upstream: Arc<Upstream>,
    pub(super) held: ArcSwapOption<Held<O>>,
    pub(super) revoked: Arc<RevokedKids>,
    /// Until when the server is known to be out, in nanoseconds of the timeline: until a set in use has been asked for again, and the answer is there
    /// or overdue. Who has not asked since knows nothing.
    pub(super) outage_until: AtomicU64,
    /// When lookups past the refresh point try again, in nanoseconds of the timeline.
    pub(super) next_refresh: AtomicU64,
    /// Whether a lookup has looked into the set since whoever keeps it fresh has last wanted to know.
    pub(super) used: AtomicBool,
    /// Whether somebody keeps it fresh.
    pub(super) kept: AtomicBool,
    /// Tells whoever keeps it fresh that the next refresh is due at another time.
    pub(super) rescheduled: Arc<Notify>,
    state: Mutex<State>,
}

impl<O: KeyOwner> Cached<O> {
    pub(super) fn new(url: HttpsUrl, owner: O, upstream: Arc<Upstream>, revoked: Arc<RevokedKids>) -> Self {
        Self {
            url,
            owner,
            held: ArcSwapOption::empty(),
            revoked,
            outage_until: AtomicU64::new(0),
            next_refresh: AtomicU64::new(0),
            used: AtomicBool::new(false),
            kept: AtomicBool::new(false),
            rescheduled: Arc::new(Notify::new()),
            state: Mutex::new(State::new(&upstream.settings)),
            upstream,
        }
    }

    /// Shows the set to `look`, if it may be used now. Then, past its refresh point and if nobody else makes one, an attempt begins in the
    /// background.
    pub(super) fn usable<T>(self: &Arc<Self>, look: impl FnOnce(&Held<O>) -> T) -> Option<T> {
        let guard = self.held.load();
        let held = guard.as_deref()?;
        let now = self.upstream.timeline.now();
        if now >= held.lifetime.refresh {
            match held.standing(now, self.outage_until()) {
                Standing::Stale if held.is_stale_for_the_first_time() => {
                    self.emit(&Event::ServedStale { age: now.saturating_sub(held.lifetime.fetched) });
                }
                Standing::Fresh | Standing::Stale => {}
                Standing::Absent | Standing::Expired => return None,
            }
            self.refresh_if_due(now);
        }
        // Written by the first lookup after each time that its keeper wanted to know: the others share the line.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        Some(look(held))
    }

    /// What whoever needs a newer set is to do. Who is to fly calls [`Self::fetch`].
    ///
    /// An attempt past its limit is over: its runtime does not drive it, and nobody is to wait until it does.
    pub(super) fn turn(&self) -> Turn {
        let Upstream { timeline, settings, .. } = &*self.upstream;
        // The limit is slept through on this clock.
        let monotonic = settings.clock.monotonic();
        let overdue = self.state().overdue(monotonic);
        if let Some(overdue) = overdue {
            self.give_up(overdue);
        }
        self.state().turn(timeline.now(), monotonic.saturating_add(settings.attempt_limit))
    }

    /// Waits for the end of an attempt. Whoever waits for one that its runtime leaves alone gives it up himself, at its limit.
    pub(super) async fn end_of(&self, mut flight: Flight) -> Result<(), FetchError> {
        if !flight.ends_in_time(&*self.upstream.settings.clock).await {
            self.give_up(flight.attempt());
        }
        flight.ended().await.unwrap_or_else(|| Err(self.error(FetchCause::Abandoned)))
    }

    /// Whether the set was fetched for this `kid` in vain, and may not be asked for again yet.
    pub(super) fn knows_as_unknown(&self, kid: &KeyId) -> bool {
        self.emit(&Event::KidMissed { kid });
        self.state().knows_as_unknown(kid, self.upstream.timeline.now())
    }

    pub(super) fn remember_unknown(&self, kid: KeyId) {
        self.state().remember_unknown(kid);
    }

    pub(super) fn suppressed(&self, kid: KeyId) -> LookupError {
        let retry_after = self.retry_after(&self.state());
        self.emit(&Event::Suppressed { kid: &kid, retry_after });
        LookupError::Suppressed { url: self.url.clone(), kid, retry_after }
    }

    /// After an attempt that failed, which may have been made `for_this_lookup`.
    pub(super) fn unavailable(&self, cause: FetchError, for_this_lookup: bool) -> LookupError {
        LookupError::Unavailable { cause, retry_after: self.retry_after(&self.state()), for_this_lookup }
    }

    pub(super) fn unavailable_since_last(&self) -> LookupError {
        let last = self.state().last_failure.clone();
        self.unavailable(last.unwrap_or_else(|| self.error(FetchCause::Abandoned)), false)
    }

    pub(super) fn error(&self, cause: FetchCause) -> FetchError {
        FetchError::new(self.url.clone(), cause)
    }

    pub(super) fn health(&self) -> KeySetHealth {
        let now = self.upstream.timeline.now();
        let guard = self.held.load();
        let held = guard.as_deref();
        let revoked = held.map_or(0, |held| self.revoked.count_in(&held.set));
        let state = self.state();
        KeySetHealth {
            url: self.url.clone(),
            owner: self.owner.to_string(),
            standing: held.map_or(Standing::Absent, |held| held.standing(now, self.outage_until())),
            keys: held.map_or(0, |held| held.set.keys().len() - revoked),
            rejected: held.map_or(0, |held| held.set.rejected().len() + revoked),
            fetched_at: held.map(|held| held.fetched_at),
            usable_for: held.map(|held| held.end().saturating_sub(now)),
            failures: state.failures,
            last_failure: state.last_failure.as_ref().map(FetchError::code),
            next_attempt_in: self.retry_after(&state),
            unknown_kids: state.unknown_kids(now),
        }
    }

    /// The set as it is held, to be brought back by another process. `None` if there is none that may still be used, or if documents are not kept.
    pub(super) fn record(&self) -> Option<Record> {
        let held = self.held.load_full()?;
        let now = self.upstream.timeline.now();
        Some(Record {
            fetched: held.lifetime.fetched,
            lifetime: held.lifetime.fresh_for(),
            refused: held.is_refused(),
            document: held.document.text.clone().filter(|_| now < held.end())?,
        })
    }

    /// Brings a set back, read as if it had been fetched now and used no longer than it would have been. Without an entity tag, so that the next
    /// attempt fetches it whole.
    pub(super) fn restore(&self, record: Record) -> Result<(), NotRestored> {
        let Record { fetched, lifetime, refused, document } = record;
        let Upstream { timeline, settings, .. } = &*self.upstream;
        let now = timeline.now();
        let lifetime = Lifetime::restored(now, fetched, lifetime, settings);
        let lifetime = lifetime.filter(|lifetime| !refused || now < lifetime.stale).ok_or(NotRestored::Ended)?;
        let (set, document) = self.read(&document).map_err(NotRestored::Refused)?;
        self.make_room(&document, self.held.load().as_deref()).map_err(NotRestored::Refused)?;
        let wall = self.upstream.wall().as_secs().saturating_sub(now.saturating_sub(fetched).as_secs());
        let fetched_at = UnixTime::since_unix_epoch(Duration::from_secs(wall));
        let restored = Held::new(set, document, lifetime, None, fetched_at);
        if refused {
            restored.refuse();
        }
        self.held.store(Some(Arc::new(restored)));
        Ok(())
    }

    pub(super) fn outage_until(&self) -> Duration {
        Duration::from_nanos(self.outage_until.load(Ordering::Acquire))
    }

    fn retry_after(&self, state: &State) -> Duration {
        state.not_before.saturating_sub(self.upstream.timeline.now())
    }

    fn refresh_if_due(self: &Arc<Self>, now: Duration) {
        if nanoseconds(now) < self.next_refresh.load(Ordering::Relaxed) {
            return;
        }
        if let Turn::Fly(flight) = self.turn() {
            self.fetch(flight);
        }
    }

    pub(super) fn emit(&self, event: &Event<'_>) {
        event.emit(&self.url, &self.owner);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O> Drop for Cached<O> {
    fn drop(&mut self) {
        self.rescheduled.notify_one();
        if let Some(held) = self.held.swap(None) {
            self.upstream.room.replace(held.document.octets, 0);
        }
    }
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
