//! The negative cache: which `kid`s a set was found not to have.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use hub_roles::KeyId;

/// A bounded memory of `kid`s. When it is full the oldest is forgotten, which costs nothing but a fetch that the cooldown allows.
#[derive(Debug)]
pub(super) struct UnknownKids {
    most: usize,
    ttl: Duration,
    until: HashMap<KeyId, Duration>,
    /// In the order in which they came, which is that in which they end.
    order: VecDeque<KeyId>,
}

impl UnknownKids {
    pub(super) fn new(most: usize, ttl: Duration) -> Self {
        Self { most, ttl, until: HashMap::new(), order: VecDeque::new() }
    }

    /// Whether it is known that the set does not have this `kid`.
    pub(super) fn contains(&self, kid: &KeyId, now: Duration) -> bool {
        self.until.get(kid).is_some_and(|until| now < *until)
    }

    /// Remembers that the set does not have this `kid`.
    pub(super) fn insert(&mut self, kid: KeyId, now: Duration) {
        while let Some(oldest) = self.order.front()
            && (self.until.len() >= self.most || !self.contains(oldest, now))
        {
            self.until.remove(oldest);
            self.order.pop_front();
        }
        // A kid that is there already ends when it would have.
        if !self.until.contains_key(&kid) {
            self.until.insert(kid.clone(), now.saturating_add(self.ttl));
            self.order.push_back(kid);
        }
    }

    /// Forgets all: the set is another one now.
    pub(super) fn clear(&mut self) {
        self.until.clear();
        self.order.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.until.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kid(number: u32) -> KeyId {
        number.to_string().parse().unwrap()
    }

    #[test]
    fn a_kid_is_remembered_for_its_time() {
        let mut unknown = UnknownKids::new(4, Duration::from_secs(60));
        unknown.insert(kid(1), Duration::from_secs(100));
        unknown.insert(kid(1), Duration::from_secs(130));
        for (now, expected) in [(100, true), (159, true), (160, false)] {
            assert_eq!(unknown.contains(&kid(1), Duration::from_secs(now)), expected, "{now}");
        }
        assert!(!unknown.contains(&kid(2), Duration::from_secs(100)));
        unknown.clear();
        assert!(!unknown.contains(&kid(1), Duration::from_secs(100)));
        assert_eq!(unknown.len(), 0);
    }

    #[test]
    fn a_flood_takes_no_more_room_than_there_is() {
        let mut unknown = UnknownKids::new(4, Duration::from_secs(60));
        for number in 0..10_000 {
            unknown.insert(kid(number), Duration::ZERO);
            assert!(unknown.len() <= 4 && unknown.order.len() <= 4);
        }
        assert!(unknown.contains(&kid(9999), Duration::ZERO));
        assert!(!unknown.contains(&kid(9995), Duration::ZERO));
        // What has ended makes room, too.
        unknown.insert(kid(1), Duration::from_secs(60));
        assert_eq!((unknown.len(), unknown.order.len()), (1, 1));
    }
}
