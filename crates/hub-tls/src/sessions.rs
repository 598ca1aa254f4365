//! The sessions of TLS 1.2 that servers remember: one store for all generations, in which each finds its own only.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};

/// The most sessions that one acceptor remembers; the oldest makes room. They are for clients without tickets, yet rustls keeps those of
/// clients with tickets as well, each with the chain that the client presented: a store in each of thousands of instances would have
/// no bound to speak of.
const SESSIONS: usize = 256;

/// The sessions of all generations.
pub(crate) struct Sessions {
    all: Arc<ServerSessionMemoryCache>,
    generations: AtomicU64,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self { all: ServerSessionMemoryCache::new(SESSIONS), generations: AtomicU64::new(0) }
    }

    /// The store of a new generation: what another one put there is not to be had.
    pub(crate) fn of_a_generation(&self) -> GenerationSessions {
        let generation = self.generations.fetch_add(1, Ordering::Relaxed);
        GenerationSessions { all: Arc::clone(&self.all), generation: generation.to_be_bytes() }
    }
}

/// The sessions of one generation.
pub(crate) struct GenerationSessions {
    all: Arc<ServerSessionMemoryCache>,
    generation: [u8; 8],
}

impl GenerationSessions {
    fn key(&self, id: &[u8]) -> Vec<u8> {
        [&self.generation, id].concat()
    }
}

impl StoresServerSessions for GenerationSessions {
    fn put(&self, id: Vec<u8>, session: Vec<u8>) -> bool {
        self.all.put(self.key(&id), session)
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.all.get(&self.key(id))
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.all.take(&self.key(id))
    }

    fn can_cache(&self) -> bool {
        true
    }
}

impl fmt::Debug for GenerationSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GenerationSessions({})", u64::from_be_bytes(self.generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_finds_its_own_sessions_and_no_others() {
        let sessions = Sessions::new();
        let [old, new] = [sessions.of_a_generation(), sessions.of_a_generation()];
        old.put(b"id".to_vec(), b"old".to_vec());
        assert_eq!((old.get(b"id"), new.get(b"id")), (Some(b"old".to_vec()), None));
        new.put(b"id".to_vec(), b"new".to_vec());
        assert_eq!(old.take(b"id"), Some(b"old".to_vec()));
        assert_eq!((old.get(b"id"), new.get(b"id")), (None, Some(b"new".to_vec())));
    }

    #[test]
    fn all_generations_together_have_a_bound() {
        let sessions = Sessions::new();
        let generations: Vec<_> = (0..=SESSIONS).map(|_| sessions.of_a_generation()).collect();
        for generation in &generations {
            generation.put(b"id".to_vec(), b"session".to_vec());
        }
        let kept = generations.iter().filter(|generation| generation.get(b"id").is_some()).count();
        assert_eq!(kept, SESSIONS);
    }
}
