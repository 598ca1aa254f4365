//! Sets in use are kept fresh.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::cached::Cached;
use super::state::Turn;
use super::upstream::Upstream;
use crate::set::KeyOwner;

impl<O: KeyOwner> Cached<O> {
    /// Sees to it that the set is fetched before its lifetime ends, for as long as lookups use it.
    pub(super) fn keep_fresh(self: &Arc<Self>) {
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
            let mut flight = match cached.turn() {
                Turn::Join(flight) => flight,
                Turn::Fly(flight) => {
                    cached.fetch(flight.clone());
                    flight
                }
                Turn::Wait => continue,
            };
            drop(cached);
            // Whatever came of it shows in the next pause.
            if !flight.ends_in_time(&*upstream.settings.clock).await
                && let Some(cached) = self.0.upgrade()
            {
                cached.give_up(flight.attempt());
            }
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
