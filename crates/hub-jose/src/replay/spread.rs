//! Keys spread over a fixed number of slots.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

/// Slots over which keys are spread. Which slot is a key's nobody outside can foresee, so nobody can fill one on purpose.
pub(super) struct Spread<T> {
    slots: Box<[T]>,
    secret: RandomState,
}

impl<T: Default> Spread<T> {
    /// `slots` of them, which is a power of two, of at most as many as a [`Position`] tells apart.
    pub(super) fn over(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| T::default()).collect(), secret: RandomState::new() }
    }
}

impl<T> Spread<T> {
    /// Where a key belongs.
    pub(super) fn position(&self, key: impl Hash) -> Position {
        // The lowest 16 bits are as good as any.
        Position(self.secret.hash_one(key) as u16)
    }

    #[expect(clippy::indexing_slicing, reason = "a remainder is less than what it was divided by, and there are slots")]
    pub(super) fn at(&self, position: Position) -> &T {
        &self.slots[usize::from(position.0) % self.slots.len()]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter()
    }
}

impl<T> fmt::Debug for Spread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} slots", self.slots.len())
    }
}

/// Where a key belongs among the slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position(u16);
