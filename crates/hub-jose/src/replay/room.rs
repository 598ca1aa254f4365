//! How many tokens are remembered, in all and of each issuer.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::excerpt;
use crate::replay::ReplayError;
use crate::replay::spread::{Position, Spread};

/// What is left of a guard's room. Counters only, so that nobody waits for anybody.
#[derive(Debug)]
pub(super) struct Room {
    capacity: usize,
    share: usize,
    held: AtomicUsize,
    /// Issuers are counted in slots, not one by one: so they need no table that grows with their number.
    by_issuer: Spread<AtomicUsize>,
}

impl Room {
    pub(super) fn new(capacity: NonZeroUsize) -> Self {
        Self {
            capacity: capacity.get(),
            share: capacity.get().div_ceil(2),
            held: AtomicUsize::new(0),
            by_issuer: Spread::over(ISSUER_SLOTS),
        }
    }

    pub(super) fn with_share(self, share: NonZeroUsize) -> Self {
        Self { share: share.get(), ..self }
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Takes a place, to be given back with the position that it returns.
    pub(super) fn take(&self, issuer: &str) -> Result<Position, ReplayError> {
        let position = self.by_issuer.position(issuer);
        let of_issuer = self.by_issuer.at(position);
        if !count_up(of_issuer, self.share) {
            return Err(ReplayError::IssuerFull { issuer: excerpt(issuer), share: self.share });
        }
        if !count_up(&self.held, self.capacity) {
            of_issuer.fetch_sub(1, Ordering::Relaxed);
            return Err(ReplayError::Full { capacity: self.capacity });
        }
        Ok(position)
    }

    /// Gives back what [`Self::take`] took.
    pub(super) fn give_back(&self, position: Position) {
        self.by_issuer.at(position).fetch_sub(1, Ordering::Relaxed);
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts one more, if the limit allows. Nothing else depends on the counter, so its order among other memory does not matter.
fn count_up(counter: &AtomicUsize, limit: usize) -> bool {
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < limit).then_some(count + 1)).is_ok()
}

/// So many that an issuer seldom shares its slot, even with one of a thousand others. They take half a mebibyte.
const ISSUER_SLOTS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn some(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    #[test]
    fn an_issuer_that_uses_up_its_share_leaves_the_rest_to_others() {
        let room = Room::new(some(6));
        let loud = room.by_issuer.position("loud");
        let quiet = (0..).map(|n| format!("quiet-{n}")).find(|quiet| room.by_issuer.position(quiet) != loud).unwrap();

        let taken: Vec<_> = (0..3).map(|_| room.take("loud").unwrap()).collect();
        let refused = ReplayError::IssuerFull { issuer: "loud".to_owned(), share: 3 };
        assert_eq!(room.take("loud"), Err(refused.clone()), "half of the room");
        for _ in 0..3 {
            assert!(room.take(&quiet).is_ok());
        }
        assert_eq!(room.held(), 6);

        room.give_back(taken[0]);
        assert!(room.take("loud").is_ok());
        assert_eq!(room.take("loud"), Err(refused));
    }

    #[test]
    fn a_full_room_takes_nothing_of_a_share() {
        let room = Room::new(some(1)).with_share(some(2));
        let taken = room.take("a").unwrap();
        for _ in 0..3 {
            assert_eq!(room.take("a"), Err(ReplayError::Full { capacity: 1 }));
        }
        room.give_back(taken);
        assert!(room.take("a").is_ok());
    }
}
