//! The negative cache: which `kid`s a set was fetched for without having them.

use std::collections::{HashSet, VecDeque};

use hub_roles::KeyId;

/// A bounded memory of `kid`s. When it is full the oldest is forgotten: whoever asks for that one again is told to come back.
#[derive(Debug)]
pub(super) struct UnknownKids {
    most: usize,
    kids: HashSet<KeyId>,
    /// In the order in which they came.
    order: VecDeque<KeyId>,
}

impl UnknownKids {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kids: HashSet::new(), order: VecDeque::new() }
    }

    /// Whether it is known that the set does not have this `kid`.
    pub(super) fn contains(&self, kid: &KeyId) -> bool {
        self.kids.contains(kid)
    }

    /// Remembers that the set does not have this `kid`.
    pub(super) fn insert(&mut self, kid: KeyId) {
        if self.kids.insert(kid.clone()) {
            self.order.push_back(kid);
        }
        while self.kids.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.kids.remove(&oldest);
        }
    }

    /// Forgets all: the set may be another one now.
    pub(super) fn clear(&mut self) {
        self.kids.clear();
        self.order.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.kids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kid(number: u32) -> KeyId {
        number.to_string().parse().unwrap()
    }

    #[test]
    fn a_kid_is_remembered_until_all_are_forgotten() {
        let mut unknown = UnknownKids::new(4);
        unknown.insert(kid(1));
        unknown.insert(kid(1));
        assert!(unknown.contains(&kid(1)) && !unknown.contains(&kid(2)));
        assert_eq!((unknown.len(), unknown.order.len()), (1, 1));
        unknown.clear();
        assert!(!unknown.contains(&kid(1)));
        assert_eq!((unknown.len(), unknown.order.len()), (0, 0));
    }

    #[test]
    fn a_flood_takes_no_more_room_than_there_is() {
        let mut unknown = UnknownKids::new(4);
        for number in 0..10_000 {
            unknown.insert(kid(number));
            assert!(unknown.len() <= 4 && unknown.order.len() <= 4);
        }
        assert!(unknown.contains(&kid(9999)) && unknown.contains(&kid(9996)));
        assert!(!unknown.contains(&kid(9995)));
    }
}
