//! The attempts to fetch a set, and what comes of them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::cached::{Cached, nanoseconds};
use super::event::Event;
use super::held::{Document, Held};
use super::schedule::Lifetime;
use super::state::Flight;
use super::upstream::Upstream;
use crate::fetch::{FetchCause, Freshness};
use crate::limits::MAX_SET_OCTETS;
use crate::set::{KeyOwner, KeySet, RejectedKey};
use crate::transport::{KeySetAnswer, KeySetRequest};

impl<O: KeyOwner> Cached<O> {
    /// Makes an attempt in the background.
    pub(super) fn fetch(self: &Arc<Self>, flight: Flight) {
        let now = self.upstream.timeline.now();
        let limit = now.saturating_add(self.upstream.settings.attempt_limit);
        self.next_refresh.store(nanoseconds(limit), Ordering::Relaxed);
        // What is known of the server holds until it has answered, or should have.
        if now < self.outage_until() {
            self.outage_until.fetch_max(nanoseconds(limit), Ordering::AcqRel);
        }
        self.emit(&Event::RefreshStarted);
        let attempt = Attempt { cached: Arc::clone(self), flight };
        self.upstream.transport.spawn(Box::pin(attempt.make()));
    }

    /// Gives an attempt up that has not ended by its limit, unless it has ended since.
    pub(super) fn give_up(&self, attempt: u64) {
        let limit = self.upstream.settings.attempt_limit;
        self.land(attempt, Err(FetchCause::Timeout { limit }), Duration::ZERO);
    }

    /// Ends an attempt, which `began` then, unless it was given up: what comes after that is news of another time.
    ///
    /// The lock is held for the change alone. Whoever hears of it may ask how the set stands.
    fn land(&self, attempt: u64, news: Result<News<O>, FetchCause>, began: Duration) {
        let upstream = &*self.upstream;
        let (now, wall) = (upstream.timeline.now(), upstream.wall());
        let mut state = self.state();
        let Some(pilot) = state.land(attempt) else {
            return;
        };
        let old = self.held.load_full();
        let outcome = news.and_then(|news| self.hold(news, old.as_deref(), began)).map_err(|cause| self.error(cause));
        if let (Some(old), Err(error)) = (&old, &outcome)
            && !error.cause().is_outage()
        {
            old.refuse();
        }
        state.landed(outcome.as_ref().err(), now, wall, &upstream.settings);
        self.outage_until.store(nanoseconds(state.outage_until(&upstream.settings)), Ordering::Release);
        self.next_refresh.store(nanoseconds(state.not_before), Ordering::Relaxed);
        let (failures, pause) = (state.failures, state.not_before.saturating_sub(now));
        drop(state);
        match &outcome {
            Ok(new) => self.tell_of(old.as_deref(), new),
            Err(error) => self.emit(&Event::RefreshFailed { error, failures, pause }),
        }
        pilot.tell(outcome.map(drop));
    }

    /// Replaces what is held, all at once, or leaves it.
    fn hold(&self, news: News<O>, old: Option<&Held<O>>, began: Duration) -> Result<Arc<Held<O>>, FetchCause> {
        let lifetime = |freshness: &Freshness| Lifetime::new(began, freshness, &self.upstream.settings);
        let wall = self.upstream.wall();
        let new = match news {
            News::Confirmed(freshness) => old.ok_or(NOT_MODIFIED)?.confirmed(lifetime(&freshness), wall),
            News::Served { set, document, freshness } => {
                self.make_room(&document, old)?;
                Held::new(set, document, lifetime(&freshness), freshness.etag().map(str::to_owned), wall)
            }
        };
        let new = Arc::new(new);
        self.held.store(Some(Arc::clone(&new)));
        Ok(new)
    }

    fn tell_of(&self, old: Option<&Held<O>>, new: &Held<O>) {
        let lifetime = new.lifetime.fresh_for();
        let shown = |held: &Held<O>| self.revoked.out_of(&held.set);
        match old {
            Some(old) if Arc::ptr_eq(&old.set, &new.set) => self.emit(&Event::NotModified { lifetime }),
            old => self.emit(&Event::refreshed(old.map(shown).as_deref(), &shown(new), lifetime)),
        }
    }

    /// Reads a set that may be held, and tells of the keys in it that are not used.
    pub(super) fn read(&self, body: &[u8]) -> Result<(Arc<KeySet<O>>, Document), FetchCause> {
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
        let text = self.upstream.keeps_documents.then(|| body.into());
        Ok((set, Document { octets: body.len(), text }))
    }

    /// Finds room for a document, in the place of the one that is held.
    pub(super) fn make_room(&self, document: &Document, old: Option<&Held<O>>) -> Result<(), FetchCause> {
        let octets = document.octets;
        let found = self.upstream.room.replace(old.map_or(0, |held| held.document.octets), octets);
        found.then_some(()).ok_or(FetchCause::NoRoom { octets })
    }
}

/// An attempt in progress. However it ends, dropped with its runtime too, those who wait are told and the next one has to wait.
struct Attempt<O: KeyOwner> {
    cached: Arc<Cached<O>>,
    flight: Flight,
}

impl<O: KeyOwner> Attempt<O> {
    async fn make(self) {
        let Self { cached, flight } = &self;
        let Upstream { timeline, settings, .. } = &*cached.upstream;
        let rest = flight.rest(&*settings.clock);
        // Given up before it began, or about to be.
        if rest.is_zero() {
            return cached.give_up(flight.attempt());
        }
        let began = timeline.now();
        let etag = cached.held.load().as_ref().and_then(|held| held.etag.clone());
        let unconditional = etag.is_none();
        let mut given_up = flight.clone();
        let request = KeySetRequest::new(cached.url.clone()).with_etag(etag);
        let answer = tokio::select! {
            biased;
            answer = cached.upstream.get(request, flight.limit()) => answer,
            () = settings.clock.sleep(rest) => Err(FetchCause::Timeout { limit: settings.attempt_limit }),
            // By somebody else. The connection is closed, if this runtime goes on in time.
            _ = given_up.ended() => return,
        };
        let news = match answer {
            // To a condition that was not made.
            Ok(KeySetAnswer::NotModified { .. }) if unconditional => Err(NOT_MODIFIED),
            Ok(KeySetAnswer::NotModified { freshness }) => Ok(News::Confirmed(freshness)),
            Ok(KeySetAnswer::Document { body, freshness }) => {
                cached.read(&body).map(|(set, document)| News::Served { set, document, freshness })
            }
            Err(cause) => Err(cause),
        };
        cached.land(flight.attempt(), news, began);
        cached.keep_fresh();
    }
}

impl<O: KeyOwner> Drop for Attempt<O> {
    fn drop(&mut self) {
        self.cached.land(self.flight.attempt(), Err(FetchCause::Abandoned), Duration::ZERO);
    }
}

/// What an attempt brought, read.
enum News<O> {
    Served { set: Arc<KeySet<O>>, document: Document, freshness: Freshness },
    Confirmed(Freshness),
}

/// A `304` where there is nothing that it could confirm.
const NOT_MODIFIED: FetchCause = FetchCause::Status { status: 304, retry_after: None };
