//! Octets that are cleared when they are dropped, in one sweep.

use std::mem;
use std::ops::Deref;

use zeroize::{Zeroize, Zeroizing};

/// Clears what it holds as [`Zeroizing`] does, but a vector as one slice: element by element, which is how `Zeroizing` takes it, costs
/// more than reading it where the compiler does not join the steps.
pub(crate) struct Cleared<T: Clear>(T);

/// What can be cleared to the end of its room.
pub(crate) trait Clear: Default {
    fn clear(&mut self);
}

impl Clear for Vec<u8> {
    fn clear(&mut self) {
        // What was cut off is behind the end.
        self.resize(self.capacity(), 0);
        self.as_mut_slice().zeroize();
    }
}

impl Clear for String {
    fn clear(&mut self) {
        Clear::clear(&mut mem::take(self).into_bytes());
    }
}

impl<T: Clear> From<T> for Cleared<T> {
    fn from(content: T) -> Self {
        Self(content)
    }
}

impl<T: Clear + Zeroize> From<Zeroizing<T>> for Cleared<T> {
    fn from(mut content: Zeroizing<T>) -> Self {
        Self(mem::take(&mut content))
    }
}

impl<T: Clear> Deref for Cleared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clear> Drop for Cleared<T> {
    fn drop(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_cleared_to_the_end_of_their_room() {
        let mut octets = b"personal data".to_vec();
        let room = octets.as_ptr();
        octets.truncate(3);
        Clear::clear(&mut octets);
        assert_eq!(octets, [0; 13]);
        assert_eq!(octets.as_ptr(), room, "not in another room");
    }
}
