//! How much the sets of a keystore may hold together.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Room for documents, in octets. What a set holds is never taken from it: only what grows has to find room.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    taken: AtomicUsize,
    /// Whether somebody found none since room was made last.
    wanted: AtomicBool,
    /// The second of the timeline in which somebody was last sent to make some.
    sent: AtomicU64,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: AtomicUsize::new(0), wanted: AtomicBool::new(false), sent: AtomicU64::new(u64::MAX) }
    }

    /// Whether `new` octets may take the place of `old`, which they then have: always where they are no more.
    pub(super) fn replace(&self, old: usize, new: usize) -> bool {
        let replaced = |taken: usize| {
            let then = taken.saturating_sub(old).saturating_add(new);
            (new <= old || then <= self.most).then_some(then)
        };
        let found = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, replaced).is_ok();
        if !found {
            self.wanted.store(true, Ordering::Relaxed);
        }
        found
    }

    /// Whether the caller is to make room: one in a second is told so, while there is too little.
    pub(super) fn is_to_be_made(&self, now: Duration) -> bool {
        self.wanted.load(Ordering::Relaxed)
            && self.sent.swap(now.as_secs(), Ordering::Relaxed) != now.as_secs()
            && self.wanted.swap(false, Ordering::Relaxed)
    }

    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_grow_always_has_room() {
        let room = Room::new(100);
        assert!(room.replace(0, 60));
        assert!(!room.replace(0, 41));
        assert!(room.replace(0, 40));
        for (old, new, found, taken) in
            [(60, 60, true, 100), (60, 61, false, 100), (60, 50, true, 90), (50, 60, true, 100), (40, 0, true, 60)]
        {
            assert_eq!((room.replace(old, new), room.taken()), (found, taken), "{old} {new}");
        }
    }

    #[test]
    fn one_in_a_second_makes_room_and_only_where_it_is_wanted() {
        let room = Room::new(100);
        let at = |second| room.is_to_be_made(Duration::from_secs(second));
        assert!(!at(1));
        assert!(!room.replace(0, 101));
        assert!(at(1));
        assert!(!at(1), "nobody has wanted room since");
        assert!(!room.replace(0, 101));
        assert!(!at(1), "a second time in one second");
        assert!(at(2));
        assert!(!at(3));
    }
}
