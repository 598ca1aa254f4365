//! Single use: who remembers which tokens were used (THREATS section 1, "replay").

use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use rustls_pki_types::UnixTime;
use thiserror::Error;

/// What a guard has to remember of a used token: its issuer and `jti`, until it could not be accepted any more.
///
/// The kind of token is not part of it, on purpose: a JWT Auth request from the LFI to the Hub and a response from the LFI to the Hub
/// look the same, and only a guard that both share tells that one is used as the other (THREATS section 1, "JWT Auth").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    issuer: String,
    jti: String,
    until: UnixTime,
}

impl Use {
    pub(crate) fn new(issuer: String, jti: String, until: UnixTime) -> Self {
        Self { issuer, jti, until }
    }

    /// The token's `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The token's `jti`.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When the token could not be accepted any more: `exp` and the clock skew. Until then the use must not be forgotten.
    #[must_use]
    pub fn until(&self) -> UnixTime {
        self.until
    }

    /// SHA-256 over issuer and `jti`: a key of constant size for stores, in which neither can pass for the other.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(&(self.issuer.len() as u64).to_be_bytes());
        context.update(self.issuer.as_bytes());
        context.update(self.jti.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(context.finish().as_ref());
        key
    }
}

/// Remembers used tokens. Of any number of concurrent uses of one token, exactly one may succeed.
///
/// Processes that accept the same tokens must share one: behind this trait if the store answers at once, else through
/// [`Unspent::spend_with`](crate::Unspent::spend_with).
pub trait ReplayGuard: Send + Sync {
    /// Records a use at `now`.
    ///
    /// # Errors
    /// [`ReplayError::Used`] if it was recorded before, anything else if that cannot be told.
    fn insert(&self, token: &Use, now: UnixTime) -> Result<(), ReplayError>;
}

/// Why a use was not recorded. The token is refused in each case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The token was used before.
    #[error("the token was used before")]
    Used,
    /// No room, and every entry is still needed.
    #[error("the replay guard is full ({capacity} unexpired tokens): enlarge it, or wait until tokens expire")]
    Full {
        /// How many entries there is room for.
        capacity: usize,
    },
    /// The clock went back over tokens that have been forgotten.
    #[error(
        "the clock went back: tokens that expire before {forgotten_until} (Unix time, seconds) have been forgotten"
    )]
    ClockWentBack {
        /// Seconds since the Unix epoch.
        forgotten_until: u64,
    },
    /// A shared store did not answer.
    #[error("the replay store is not available: {reason}")]
    Unavailable {
        /// What the store's client says.
        reason: String,
    },
}

/// The guard of one process: bounded, and it never forgets a token that could still be accepted.
///
/// ```
/// use hub_jose::MemoryReplayGuard;
/// use std::num::NonZeroUsize;
///
/// let guard = MemoryReplayGuard::new(const { NonZeroUsize::new(100_000).unwrap() });
/// ```
#[derive(Debug)]
pub struct MemoryReplayGuard {
    capacity: NonZeroUsize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    keys: HashSet<[u8; 32]>,
    by_end: BTreeSet<(u64, [u8; 32])>,
    /// The latest end of a use that was forgotten. A clock that goes back behind it must not bring that token back to life.
    forgotten_until: u64,
}

impl MemoryReplayGuard {
    /// A guard with room for `capacity` unexpired tokens, of about 100 octets each.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity, used: Mutex::default() }
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn insert(&self, token: &Use, now: UnixTime) -> Result<(), ReplayError> {
        // A panic elsewhere cannot leave the two collections apart: nothing between their changes can panic.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget_expired(now.as_secs());

        let until = token.until.as_secs();
        if until <= used.forgotten_until {
            return Err(ReplayError::ClockWentBack { forgotten_until: used.forgotten_until });
        }
        let key = token.key();
        if used.keys.contains(&key) {
            return Err(ReplayError::Used);
        }
        if used.keys.len() >= self.capacity.get() {
            return Err(ReplayError::Full { capacity: self.capacity.get() });
        }
        used.keys.insert(key);
        used.by_end.insert((until, key));
        Ok(())
    }
}

impl Used {
    fn forget_expired(&mut self, now: u64) {
        while let Some(&(until, key)) = self.by_end.first()
            && until <= now
        {
            self.by_end.pop_first();
            self.keys.remove(&key);
            self.forgotten_until = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn token(issuer: &str, jti: &str, until: u64) -> Use {
        Use::new(issuer.to_owned(), jti.to_owned(), at(until))
    }

    fn guard(capacity: usize) -> MemoryReplayGuard {
        MemoryReplayGuard::new(NonZeroUsize::new(capacity).unwrap())
    }

    #[test]
    fn a_token_is_used_once() {
        let guard = guard(10);
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Err(ReplayError::Used));
        assert_eq!(guard.insert(&token("a", "1", 100), at(99)), Err(ReplayError::Used));
        assert_eq!(guard.insert(&token("a", "2", 100), at(99)), Ok(()), "another token of the same issuer");
        assert_eq!(guard.insert(&token("b", "1", 100), at(99)), Ok(()), "another issuer's token of the same jti");
    }

    #[test]
    fn issuer_and_jti_do_not_run_into_each_other() {
        assert_ne!(token("ab", "c", 1).key(), token("a", "bc", 1).key());
        assert_ne!(token("", "abc", 1).key(), token("abc", "", 1).key());
    }

    #[test]
    fn room_is_bounded_and_only_expired_tokens_are_forgotten() {
        let guard = guard(2);
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("a", "2", 200), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("a", "3", 300), at(99)), Err(ReplayError::Full { capacity: 2 }));
        assert_eq!(guard.insert(&token("a", "1", 100), at(99)), Err(ReplayError::Used), "full, and still known");
        assert_eq!(guard.insert(&token("a", "3", 300), at(100)), Ok(()), "the first has expired");
        assert_eq!(guard.insert(&token("a", "2", 200), at(100)), Err(ReplayError::Used));
    }

    #[test]
    fn a_clock_that_goes_back_brings_no_token_back_to_life() {
        let guard = guard(2);
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("a", "2", 200), at(150)), Ok(()));
        let refused = guard.insert(&token("a", "1", 100), at(20));
        assert_eq!(refused, Err(ReplayError::ClockWentBack { forgotten_until: 100 }));
        assert_eq!(guard.insert(&token("a", "3", 101), at(20)), Ok(()));
    }

    #[test]
    fn of_concurrent_uses_exactly_one_wins() {
        const THREADS: usize = 8;
        let guard = guard(1000);
        for round in 0..50 {
            let barrier = Barrier::new(THREADS);
            let wins: usize = std::thread::scope(|scope| {
                let uses = (0..THREADS).map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        usize::from(guard.insert(&token("a", &round.to_string(), 100), at(10)).is_ok())
                    })
                });
                uses.collect::<Vec<_>>().into_iter().map(|handle| handle.join().unwrap()).sum()
            });
            assert_eq!(wins, 1);
        }
    }
}
