//! The guard of one process.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls_pki_types::UnixTime;

use crate::replay::room::Room;
use crate::replay::shard::Shard;
use crate::replay::spread::Spread;
use crate::replay::{ReplayError, ReplayGuard, Use};

/// The guard of one process: bounded, and it never forgets a token that could still be accepted.
///
/// - **Room.** It remembers up to `capacity` tokens and then refuses more with [`ReplayError::Full`]. Each token takes at most 160
///   octets, however long its issuer and `jti` are, and the guard itself half a mebibyte. For `n` tokens a second of `s` seconds
///   each, expect `n * (s + 10)` at a time: the clock skew counts.
/// - **Shares.** One issuer has half of the room, so that a TPP that loops does not lock the others out; its own tokens are refused
///   with [`ReplayError::IssuerFull`]. [`with_issuer_share`](Self::with_issuer_share) sets another share. Issuers are counted in
///   65,536 slots, picked at random for each guard. Those that fall into one slot have one share between them: of a thousand others,
///   the one that loops takes somebody along in one guard out of 65.
/// - **Time.** A token is forgotten a few minutes later, when it could not be accepted any more. If the clock goes back after that, it
///   is refused with [`ReplayError::ClockWentBack`].
/// - **Load.** Threads wait for each other only where their tokens fall into the same of 64 parts; what has expired is forgotten little
///   by little, by whoever comes by. Only a full guard looks through all parts, once a second.
/// - **Restarts.** It starts empty, so a token used right before a restart can be used again until it expires. Where that matters, or
///   several processes accept the same tokens, they share an [`AsyncReplayGuard`](crate::AsyncReplayGuard).
///
/// ```
/// use hub_jose::MemoryReplayGuard;
/// use std::num::NonZeroUsize;
///
/// const ROOM: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
/// const SHARE: NonZeroUsize = NonZeroUsize::new(5_000).unwrap();
///
/// // The Hub, which has many clients.
/// let guard = MemoryReplayGuard::new(ROOM).with_issuer_share(SHARE);
/// // An LFI, which gets tokens from the Hub alone.
/// let guard = MemoryReplayGuard::new(ROOM).with_issuer_share(ROOM);
/// assert_eq!(guard.held(), 0);
/// ```
pub struct MemoryReplayGuard {
    shards: Spread<Mutex<Shard>>,
    room: Room,
    /// The second at which all shards were last rid of what had expired.
    swept_at: Mutex<Option<u64>>,
}

impl MemoryReplayGuard {
    /// A guard with room for `capacity` unexpired tokens, half of which one issuer may use.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { shards: Spread::over(SHARDS), room: Room::new(capacity), swept_at: Mutex::default() }
    }

    /// How many unexpired tokens of one issuer are remembered; more than the capacity counts as that.
    #[must_use]
    pub fn with_issuer_share(self, share: NonZeroUsize) -> Self {
        Self { room: self.room.with_share(share), ..self }
    }

    /// How many tokens it remembers now, some of which may have expired since: a number to watch, and to choose the capacity by.
    #[must_use]
    pub fn held(&self) -> usize {
        self.room.held()
    }

    fn record(&self, token: &Use, key: [u8; 32], now: u64) -> Result<(), ReplayError> {
        let mut shard = lock(self.shards.at(self.shards.position(key)));
        shard.forget_expired(now, &self.room);
        shard.record(token, key, &self.room)
    }

    /// Rids all shards of what has expired, unless that was done in this very second: then nothing has expired since.
    fn forget_expired(&self, now: u64) {
        let mut swept_at = lock(&self.swept_at);
        if *swept_at != Some(now) {
            for shard in self.shards.iter() {
                lock(shard).forget_expired(now, &self.room);
            }
            *swept_at = Some(now);
        }
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn insert(&self, token: &Use, now: UnixTime) -> Result<(), ReplayError> {
        let (key, now) = (token.key(), now.as_secs());
        match self.record(token, key, now) {
            Err(ReplayError::Full { .. } | ReplayError::IssuerFull { .. }) => {
                self.forget_expired(now);
                self.record(token, key, now)
            }
            outcome => outcome,
        }
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryReplayGuard({:?})", self.room)
    }
}

/// A panic elsewhere leaves nothing half done: nothing that happens under these locks can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Many more than there are cores, so that threads seldom meet.
const SHARDS: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn token(issuer: &str, jti: &str, until: u64) -> Use {
        Use::new(issuer.to_owned(), jti.to_owned(), at(until))
    }

    fn numbered(number: usize, until: u64) -> Use {
        token("a", &number.to_string(), until)
    }

    /// A guard whose room is for anyone.
    fn guard(capacity: usize) -> MemoryReplayGuard {
        let capacity = NonZeroUsize::new(capacity).unwrap();
        MemoryReplayGuard::new(capacity).with_issuer_share(capacity)
    }

    fn is_full(outcome: &Result<(), ReplayError>) -> bool {
        matches!(outcome, Err(ReplayError::Full { .. } | ReplayError::IssuerFull { .. }))
    }

    /// What `THREADS` threads do at once, by thread.
    fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let (barrier, act) = (Barrier::new(THREADS), &act);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|number| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        act(number)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    const THREADS: usize = 8;

    #[test]
    fn a_token_is_used_once() {
        let guard = guard(10);
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Err(ReplayError::Used));
        assert_eq!(guard.insert(&token("a", "1", 100), at(99)), Err(ReplayError::Used));
        assert_eq!(
            guard.insert(&token("a", "1", 300), at(99)),
            Err(ReplayError::Used),
            "another token of the same jti"
        );
        assert_eq!(guard.insert(&token("a", "2", 100), at(99)), Ok(()), "another token of the same issuer");
        assert_eq!(guard.insert(&token("b", "1", 100), at(99)), Ok(()), "another issuer's token of the same jti");
        assert_eq!(guard.held(), 3);
    }

    #[test]
    fn room_is_bounded_and_only_expired_tokens_are_forgotten() {
        let guard = guard(2);
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("b", "2", 200), at(10)), Ok(()));
        assert_eq!(guard.insert(&token("a", "3", 300), at(99)), Err(ReplayError::Full { capacity: 2 }));
        assert_eq!(guard.insert(&token("a", "1", 100), at(99)), Err(ReplayError::Used), "full, and still known");
        assert_eq!(guard.insert(&token("a", "3", 300), at(100)), Ok(()), "the first has expired");
        assert_eq!(guard.insert(&token("b", "2", 200), at(100)), Err(ReplayError::Used));
    }

    #[test]
    fn room_and_share_come_back_from_all_shards() {
        let guard = MemoryReplayGuard::new(NonZeroUsize::new(1000).unwrap());
        for (now, until) in [(10, 100), (100, 200), (200, 300)] {
            for number in 0..500 {
                assert_eq!(guard.insert(&numbered(number, until), at(now)), Ok(()), "at {now}");
            }
            let refused = guard.insert(&numbered(500, until), at(until - 1)).unwrap_err();
            assert_eq!(refused, ReplayError::IssuerFull { issuer: "a".to_owned(), share: 500 });
            assert_eq!(guard.held(), 500);
        }
    }

    #[test]
    fn a_clock_that_goes_back_brings_no_token_back_to_life() {
        let guard = guard(1);
        assert_eq!(guard.insert(&token("a", "1", 100), at(10)), Ok(()));
        // Full, so that the first is forgotten whatever shard it is in.
        assert_eq!(guard.insert(&token("a", "2", 200), at(150)), Ok(()));
        let refused = guard.insert(&token("a", "1", 100), at(20));
        assert_eq!(refused, Err(ReplayError::ClockWentBack { forgotten_until: 100 }));
        assert_eq!(guard.insert(&token("a", "2", 200), at(20)), Err(ReplayError::Used));
        assert_eq!(guard.insert(&token("a", "1", 101), at(200)), Ok(()), "a later token of the same jti");
    }

    #[test]
    fn of_concurrent_uses_exactly_one_wins() {
        const TOKENS: usize = 2000;
        let guard = guard(TOKENS);
        let wins: Vec<_> = (0..TOKENS).map(|_| AtomicUsize::new(0)).collect();
        at_once(|thread| {
            for step in 0..TOKENS {
                // Half of the threads in the same order, half of them the other way round.
                let number = if thread % 2 == 0 { step } else { TOKENS - 1 - step };
                match guard.insert(&numbered(number, 100), at(10)) {
                    Ok(()) => drop(wins[number].fetch_add(1, Ordering::Relaxed)),
                    Err(refused) => assert_eq!(refused, ReplayError::Used),
                }
            }
        });
        assert!(wins.iter().all(|wins| wins.load(Ordering::Relaxed) == 1));
        assert_eq!(guard.held(), TOKENS);
    }

    #[test]
    fn threads_that_fill_the_room_get_exactly_what_there_is() {
        const TOKENS: usize = 1000;
        let guard = guard(TOKENS);
        for (now, until) in [(10, 100), (100, 200)] {
            let accepted = at_once(|thread| {
                let tokens = (0..TOKENS).map(|number| numbered(thread * TOKENS + number, until));
                tokens.filter(|token| guard.insert(token, at(now)).is_ok()).count()
            });
            assert_eq!(accepted.iter().sum::<usize>(), TOKENS, "at {now}");
            assert_eq!(guard.held(), TOKENS);
        }
    }

    /// Clocks of several threads disagree by a second, and tokens expire all the time: still none is used twice, and no room is lost.
    #[test]
    fn nothing_is_lost_while_tokens_expire() {
        const SECONDS: u64 = 200;
        let guard = guard(THREADS * 40);
        let accepted = at_once(|thread| {
            let mut accepted = Vec::new();
            for now in 10..10 + SECONDS {
                for number in 0..4 {
                    let jti = format!("{now} {number}");
                    // All threads use the same tokens.
                    if guard.insert(&token("a", &jti, now + 10), at(now - (thread % 2) as u64)).is_ok() {
                        accepted.push(jti);
                    }
                }
            }
            accepted
        });
        let mut accepted: Vec<_> = accepted.into_iter().flatten().collect();
        let all = accepted.len();
        accepted.sort_unstable();
        accepted.dedup();
        assert_eq!((accepted.len(), all), (4 * SECONDS as usize, 4 * SECONDS as usize));
        for capacity in 0..THREADS * 40 {
            assert_eq!(guard.insert(&numbered(capacity, 2000), at(1000)), Ok(()));
        }
        assert!(is_full(&guard.insert(&numbered(9999, 2000), at(1000))));
    }

    #[test]
    fn a_token_takes_at_most_160_octets_however_long_its_jti_is() {
        const TOKENS: usize = 20_000;
        let guard = guard(TOKENS);
        let taken = allocation_counter::measure(|| {
            for number in 0..TOKENS {
                guard.insert(&token("issuer", &format!("{number:0256}"), 100), at(10)).unwrap();
            }
        });
        let octets = usize::try_from(taken.bytes_current).unwrap() / TOKENS;
        assert!((72..=160).contains(&octets), "{octets} octets a token");

        let taken_later = allocation_counter::measure(|| {
            for number in 0..TOKENS {
                guard.insert(&numbered(number, 200), at(100)).unwrap();
            }
        });
        assert!(taken_later.bytes_current <= taken.bytes_current / 4, "what expired leaves its place to what comes");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Against a table that looks at everything each time.
        #[test]
        fn it_does_what_the_rules_say(
            steps in prop::collection::vec((0..4_usize, 0..12_usize, 1..30_u64, 0..8_u64), 1..200),
            capacity in 1..10_usize,
        ) {
            let guard = guard(capacity);
            let mut table = BTreeMap::new();
            let mut now = 100;
            for (issuer, jti, life, passing) in steps {
                now += passing;
                let outcome = guard.insert(&token(&issuer.to_string(), &jti.to_string(), now + life), at(now));
                table.retain(|_, until| *until > now);
                if table.contains_key(&(issuer, jti)) {
                    prop_assert_eq!(outcome, Err(ReplayError::Used));
                } else if table.len() == capacity {
                    prop_assert!(is_full(&outcome), "{:?}", outcome);
                } else {
                    prop_assert_eq!(outcome, Ok(()));
                    table.insert((issuer, jti), now + life);
                }
            }
        }
    }
}
