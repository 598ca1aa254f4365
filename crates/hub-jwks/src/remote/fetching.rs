//! The cache behind a set: the attempts, and what comes of them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use hub_roles::{HttpsUrl, KeyId};
use rustls_pki_types::UnixTime;
use tokio::sync::Notify;

use super::error::LookupError;
use super::event::Event;
use super::health::{KeySetHealth, Standing};
use super::held::{Document, Held};
use super::record::{NotRestored, Record};
use super::revoked::RevokedKids;
use super::schedule::Lifetime;
use super::state::{Pilot, State, Turn};
use super::upstream::Upstream;
use crate::fetch::{FetchCause, FetchError, Freshness};
use crate::limits::MAX_SET_OCTETS;
use crate::set::{KeyOwner, KeySet, RejectedKey};
use crate::transport::{KeySetAnswer, KeySetRequest};

/// A set and how it stands.
#[derive(Debug)]
pub(super) struct Cached<O> {
    url: HttpsUrl,
    owner: O,
    upstream: Arc<Upstream>,
    held: ArcSwapOption<Held<O>>,
    pub(super) revoked: Arc<RevokedKids>,
    /// Whether the last attempt found the server out.
    outage: AtomicBool,
    /// When lookups past the refresh point try again, in nanoseconds of the timeline.
    next_refresh: AtomicU64,
    /// Whether a lookup has looked into the set since it was last kept fresh.
    used: AtomicBool,
    /// Whether somebody keeps it fresh.
    kept: AtomicBool,
    /// Tells whoever keeps it fresh that the next refresh is due at another time.
    rescheduled: Arc<Notify>,
    state: Mutex<State>,
}

impl<O: KeyOwner> Cached<O> {
    pub(super) fn new(url: HttpsUrl, owner: O, upstream: Arc<Upstream>, revoked: Arc<RevokedKids>) -> Self {
        Self {
            url,
            owner,
            held: ArcSwapOption::empty(),
            revoked,
            outage: AtomicBool::new(false),
            next_refresh: AtomicU64::new(0),
            used: AtomicBool::new(false),
            kept: AtomicBool::new(false),
            rescheduled: Arc::new(Notify::new()),
            state: Mutex::new(State::new(&upstream.settings)),
            upstream,
        }
    }

    pub(super) fn url(&self) -> &HttpsUrl {
        &self.url
    }

    pub(super) fn owner(&self) -> &O {
        &self.owner
    }

    /// Shows the set to `look`, if it may be used now. Then, past its refresh point and if nobody else makes one, an attempt begins in the
    /// background.
    pub(super) fn usable<T>(self: &Arc<Self>, look: impl FnOnce(&Held<O>) -> T) -> Option<T> {
        let guard = self.held.load();
        let held = guard.as_deref()?;
        let now = self.upstream.timeline.now();
        if now >= held.lifetime.refresh {
            match held.lifetime.standing(now, self.outage.load(Ordering::Acquire)) {
                Standing::Stale if held.is_stale_for_the_first_time() => {
                    self.emit(&Event::ServedStale { age: now.saturating_sub(held.lifetime.fetched) });
                }
                Standing::Fresh | Standing::Stale => {}
                Standing::Absent | Standing::Expired => return None,
            }
            self.refresh_if_due(now);
        }
        // Written once between two attempts: readers share the line.
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
        let mut state = self.state();
        if let Some(overdue) = state.overdue(monotonic) {
            self.land(state, overdue, Err(FetchCause::Timeout { limit: settings.attempt_limit }), Duration::ZERO);
            state = self.state();
        }
        state.turn(timeline.now(), monotonic.saturating_add(settings.attempt_limit))
    }

    /// Makes an attempt in the background.
    pub(super) fn fetch(self: &Arc<Self>, pilot: Pilot) {
        let Upstream { timeline, settings, .. } = &*self.upstream;
        let limit = timeline.now().saturating_add(settings.attempt_limit);
        self.next_refresh.store(nanoseconds(limit), Ordering::Relaxed);
        self.emit(&Event::RefreshStarted);
        let attempt = Attempt { cached: Arc::clone(self), pilot: Some(pilot) };
        self.upstream.transport.spawn(Box::pin(attempt.make()));
    }

    /// Whether the set was found not to have this `kid` a short time ago.
    pub(super) fn knows_as_unknown(&self, kid: &KeyId) -> bool {
        self.emit(&Event::KidMissed { kid });
        self.state().unknown.contains(kid, self.upstream.timeline.now())
    }

    pub(super) fn remember_unknown(&self, kid: KeyId) {
        self.state().unknown.insert(kid, self.upstream.timeline.now());
    }

    pub(super) fn suppressed(&self, kid: KeyId) -> LookupError {
        let retry_after = self.retry_after(&self.state());
        self.emit(&Event::Suppressed { kid: &kid, retry_after });
        LookupError::Suppressed { url: self.url.clone(), kid, retry_after }
    }

    pub(super) fn unavailable(&self, cause: FetchError) -> LookupError {
        LookupError::Unavailable { cause, retry_after: self.retry_after(&self.state()) }
    }

    pub(super) fn unavailable_since_last(&self) -> LookupError {
        let last = self.state().last_failure.clone();
        self.unavailable(last.unwrap_or_else(|| self.error(FetchCause::Abandoned)))
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
        let outage = self.outage.load(Ordering::Acquire);
        KeySetHealth {
            url: self.url.clone(),
            owner: self.owner.to_string(),
            standing: held.map_or(Standing::Absent, |held| held.lifetime.standing(now, outage)),
            keys: held.map_or(0, |held| held.set.keys().len() - revoked),
            rejected: held.map_or(0, |held| held.set.rejected().len() + revoked),
            fetched_at: held.map(|held| held.fetched_at),
            usable_for: held.map(|held| held.lifetime.end.saturating_sub(now)),
            failures: state.failures,
            last_failure: state.last_failure.as_ref().map(FetchError::code),
            next_attempt_in: self.retry_after(&state),
            unknown_kids: state.unknown.len(),
        }
    }

    /// The set as it is held, to be brought back by another process. `None` if there is none that may still be used, or if documents are not kept.
    pub(super) fn record(&self) -> Option<Record> {
        let held = self.held.load_full()?;
        let now = self.upstream.timeline.now();
        Some(Record {
            fetched: held.lifetime.fetched,
            lifetime: held.lifetime.fresh_for(),
            document: held.document.text.clone().filter(|_| now < held.lifetime.end)?,
        })
    }

    /// Brings a set back, read as if it had been fetched now and used no longer than it would have been. Without an entity tag, so that the next
    /// attempt fetches it whole.
    pub(super) fn restore(&self, record: Record) -> Result<(), NotRestored> {
        let Record { fetched, lifetime, document } = record;
        let Upstream { timeline, settings, .. } = &*self.upstream;
        let now = timeline.now();
        let lifetime = Lifetime::restored(now, fetched, lifetime, settings).ok_or(NotRestored::Ended)?;
        let set = self.read(&document).map_err(NotRestored::Refused)?;
        let document = self.shelve(&document).map_err(NotRestored::Refused)?;
        let wall = self.upstream.wall().as_secs().saturating_sub(now.saturating_sub(fetched).as_secs());
        let fetched_at = UnixTime::since_unix_epoch(Duration::from_secs(wall));
        self.held.store(Some(Arc::new(Held::new(set, document, lifetime, None, fetched_at))));
        Ok(())
    }

    fn retry_after(&self, state: &State) -> Duration {
        state.not_before.saturating_sub(self.upstream.timeline.now())
    }

    fn refresh_if_due(self: &Arc<Self>, now: Duration) {
        if nanoseconds(now) < self.next_refresh.load(Ordering::Relaxed) {
            return;
        }
        if let Turn::Fly(pilot, _) = self.turn() {
            self.fetch(pilot);
        }
    }

    pub(super) fn emit(&self, event: &Event<'_>) {
        event.emit(&self.url, &self.owner);
    }

    fn state(&self) -> MutexGuard<'_, State> {
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

/// An attempt in progress. However it ends, dropped with its runtime too, those who wait are told and the next one has to wait.
struct Attempt<O: KeyOwner> {
    cached: Arc<Cached<O>>,
    pilot: Option<Pilot>,
}

impl<O: KeyOwner> Attempt<O> {
    async fn make(mut self) {
        let cached = Arc::clone(&self.cached);
        if self.is_over() {
            return;
        }
        let Upstream { timeline, settings, .. } = &*cached.upstream;
        let began = timeline.now();
        let etag = cached.held.load().as_ref().and_then(|held| held.etag.clone());
        let (limit, unconditional) = (settings.attempt_limit, etag.is_none());
        let answer = tokio::select! {
            biased;
            answer = cached.upstream.get(KeySetRequest::new(cached.url.clone()).with_etag(etag)) => answer,
            () = settings.clock.sleep(limit) => Err(FetchCause::Timeout { limit }),
        };
        let answer = match answer {
            // To a condition that was not made.
            Ok(KeySetAnswer::NotModified { .. }) if unconditional => Err(NOT_MODIFIED),
            answer => answer,
        };
        self.end(answer, began);
        cached.keep_fresh();
    }

    /// Whether it was given up before it began.
    fn is_over(&self) -> bool {
        self.pilot.as_ref().is_none_or(|pilot| !self.cached.state().awaits(pilot))
    }

    fn end(&mut self, answer: Result<KeySetAnswer, FetchCause>, began: Duration) {
        let Some(pilot) = self.pilot.take() else {
            return;
        };
        let state = self.cached.state();
        // What comes after it was given up is news of another time.
        if state.awaits(&pilot) {
            self.cached.land(state, pilot, answer, began);
        }
    }
}

impl<O: KeyOwner> Drop for Attempt<O> {
    fn drop(&mut self) {
        self.end(Err(FetchCause::Abandoned), Duration::ZERO);
    }
}

impl<O: KeyOwner> Cached<O> {
    /// Ends the attempt in progress, which `began` then: replaces what is held, all at once, or leaves it.
    fn land(
        &self,
        mut state: MutexGuard<'_, State>,
        pilot: Pilot,
        answer: Result<KeySetAnswer, FetchCause>,
        began: Duration,
    ) {
        let upstream = &*self.upstream;
        let outcome = answer.and_then(|answer| self.replace(answer, began)).map_err(|cause| self.error(cause));
        state.landed(&outcome, upstream.timeline.now(), upstream.wall(), &upstream.settings);
        self.outage.store(outcome.as_ref().is_err_and(|error| error.cause().is_outage()), Ordering::Release);
        self.next_refresh.store(nanoseconds(state.not_before), Ordering::Relaxed);
        let (failures, pause) = (state.failures, self.retry_after(&state));
        drop(state);
        // Without the lock: whoever hears it may ask how the set stands.
        if let Err(error) = &outcome {
            self.emit(&Event::RefreshFailed { error, failures, pause });
        }
        pilot.tell(outcome);
    }

    fn replace(&self, answer: KeySetAnswer, began: Duration) -> Result<(), FetchCause> {
        let old = self.held.load_full();
        let lifetime = |freshness: &Freshness| Lifetime::new(began, freshness, &self.upstream.settings);
        let wall = self.upstream.wall();
        let new = match answer {
            KeySetAnswer::NotModified { freshness } => {
                let old = old.ok_or(NOT_MODIFIED)?;
                let lifetime = lifetime(&freshness);
                self.emit(&Event::NotModified { lifetime: lifetime.fresh_for() });
                old.confirmed(lifetime, freshness.etag().map(str::to_owned), wall)
            }
            KeySetAnswer::Document { body, freshness } => {
                let set = self.read(&body)?;
                let document = self.shelve(&body)?;
                let lifetime = lifetime(&freshness);
                let before = old.as_ref().map(|old| self.revoked.out_of(&old.set));
                let after = self.revoked.out_of(&set);
                self.emit(&Event::refreshed(before.as_deref(), &after, lifetime.fresh_for()));
                Held::new(set, document, lifetime, freshness.etag().map(str::to_owned), wall)
            }
        };
        self.held.store(Some(Arc::new(new)));
        Ok(())
    }

    fn read(&self, body: &[u8]) -> Result<Arc<KeySet<O>>, FetchCause> {
        if body.len() > MAX_SET_OCTETS {
            return Err(FetchCause::TooLarge);
        }
        let set = Arc::new(KeySet::parse(self.owner.clone(), body)?);
        for RejectedKey { index, kid, reason } in self.revoked.out_of(&set).rejected() {
            self.emit(&Event::KeyRejected { index: *index, kid: kid.as_ref(), reason });
        }
        if set.keys().is_empty() {
            return Err(FetchCause::NoUsableKey { rejected: set.rejected().len() });
        }
        Ok(set)
    }

    /// Finds room for a document, in the place of the one that is held.
    fn shelve(&self, body: &[u8]) -> Result<Document, FetchCause> {
        let old = self.held.load().as_ref().map_or(0, |held| held.document.octets);
        if !self.upstream.room.replace(old, body.len()) {
            return Err(FetchCause::NoRoom { octets: body.len() });
        }
        Ok(Document { octets: body.len(), text: self.upstream.keeps_documents.then(|| body.into()) })
    }

    /// Sees to it that the set is fetched before its lifetime ends, for as long as lookups use it.
    fn keep_fresh(self: &Arc<Self>) {
        if self.kept.swap(true, Ordering::AcqRel) {
            self.rescheduled.notify_one();
            return;
        }
        let keeper = Keeper(Arc::downgrade(self));
        self.upstream.transport.spawn(Box::pin(keeper.keep(Arc::clone(&self.upstream))));
    }

    fn until_refresh(&self) -> Duration {
        let refresh = self.held.load().as_ref().map_or(Duration::ZERO, |held| held.lifetime.refresh);
        let next = refresh.max(self.state().not_before);
        next.saturating_sub(self.upstream.timeline.now())
    }
}

/// Whoever keeps a set fresh. It does not keep the set: that ends when nobody can look anything up in it any more.
struct Keeper<O: KeyOwner>(Weak<Cached<O>>);

impl<O: KeyOwner> Keeper<O> {
    async fn keep(self, upstream: Arc<Upstream>) {
        while let Some(cached) = self.0.upgrade() {
            let pause = cached.until_refresh();
            if !pause.is_zero() {
                let rescheduled = Arc::clone(&cached.rescheduled);
                drop(cached);
                tokio::select! {
                    biased;
                    () = rescheduled.notified() => {}
                    () = upstream.settings.clock.sleep(pause) => {}
                }
                continue;
            }
            if !cached.used.swap(false, Ordering::Relaxed) {
                return;
            }
            let flight = match cached.turn() {
                Turn::Join(flight) => flight,
                Turn::Fly(pilot, flight) => {
                    cached.fetch(pilot);
                    flight
                }
                Turn::Wait => continue,
            };
            drop(cached);
            // Whatever came of it shows in the next pause.
            let _ = flight.ended().await;
        }
    }
}

impl<O: KeyOwner> Drop for Keeper<O> {
    fn drop(&mut self) {
        if let Some(cached) = self.0.upgrade() {
            cached.kept.store(false, Ordering::Release);
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A `304` where there is nothing that it could confirm.
const NOT_MODIFIED: FetchCause = FetchCause::Status { status: 304, retry_after: None };
