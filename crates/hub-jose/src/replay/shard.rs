//! One part of what a guard remembers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::replay::room::Room;
use crate::replay::spread::Position;
use crate::replay::{ReplayError, Use};

/// The uses whose keys belong here, and when each may be forgotten.
///
/// Aligned to two cache lines, or threads that work on neighbours would wait for each other.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Shard {
    /// The keys, each with where its issuer is counted.
    used: HashMap<Key, Position>,
    /// The same keys by when they may be forgotten, in seconds since the Unix epoch, the earliest first.
    by_end: BinaryHeap<Reverse<(u64, Key)>>,
    /// The latest end of a use that was forgotten. A clock that goes back behind it must not bring that token back to life.
    forgotten_until: u64,
}

impl Shard {
    /// Records a use of the token whose key is `key`.
    pub(super) fn record(&mut self, token: &Use, key: Key, room: &Room) -> Result<(), ReplayError> {
        let until = token.until.as_secs();
        if until <= self.forgotten_until {
            return Err(ReplayError::ClockWentBack { forgotten_until: self.forgotten_until });
        }
        if self.used.contains_key(&key) {
            return Err(ReplayError::Used);
        }
        self.used.insert(key, room.take(&token.issuer)?);
        self.by_end.push(Reverse((until, key)));
        Ok(())
    }

    /// Forgets what could not be accepted any more. Each entry is looked at once in its life, when its time is over.
    pub(super) fn forget_expired(&mut self, now: u64, room: &Room) {
        while let Some(&Reverse((until, key))) = self.by_end.peek()
            && until <= now
        {
            self.by_end.pop();
            if let Some(position) = self.used.remove(&key) {
                room.give_back(position);
            }
            self.forgotten_until = until;
        }
    }
}

/// SHA-256 over issuer and `jti`.
type Key = [u8; 32];

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash table is between 7/16 and 7/8 full, with an octet of its own for each place, and a vector at least half full.
    #[test]
    fn a_token_takes_160_octets_at_most() {
        let in_the_table = (size_of::<(Key, Position)>() + 1) * 16 / 7;
        let in_the_queue = size_of::<Reverse<(u64, Key)>>() * 2;
        assert_eq!((in_the_table, in_the_queue), (80, 80));
    }
}
