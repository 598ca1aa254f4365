//! Tokens that were made beforehand, and a guard in the state that it is in all day.

use std::num::NonZeroUsize;
use std::rc::Rc;
use std::time::Duration;

use hub_jose::MemoryReplayGuard;
use rustls_pki_types::UnixTime;

use crate::Outcome;
use crate::harness::Operation;

/// Two generations of tokens that may each be used once: those of now, and those of a while ago.
pub(super) struct Pool {
    pub(super) current: Vec<String>,
    earlier: Vec<String>,
    pub(super) now: UnixTime,
}

impl Pool {
    pub(super) fn new(now: UnixTime, sign: impl Fn(UnixTime) -> Outcome<String>) -> Outcome<Rc<Self>> {
        let generation = |at| (0..SIZE.get()).map(|_| sign(at)).collect::<Outcome<Vec<_>>>();
        Ok(Rc::new(Self { current: generation(now)?, earlier: generation(earlier_than(now))?, now }))
    }
}

/// Goes round a pool's current tokens.
pub(super) struct Round<T> {
    tokens: Rc<[T]>,
    next: usize,
}

impl<T> Round<T> {
    pub(super) fn new(tokens: Rc<[T]>) -> Self {
        Self { tokens, next: 0 }
    }

    pub(super) fn next(&mut self) -> Outcome<&T> {
        let at = self.next % self.tokens.len();
        self.next += 1;
        Ok(self.tokens.get(at).ok_or("an empty pool")?)
    }
}

/// Spends a pool's current tokens, each once, on a guard that has held others before: so each use finds room in its tables, and has
/// one that expired to forget, as it is in a server that has run for a minute.
pub(super) struct Spending<S> {
    pool: Rc<Pool>,
    guard: MemoryReplayGuard,
    next: usize,
    spend: S,
}

impl<S: Fn(&str, &MemoryReplayGuard, UnixTime) -> Outcome<()>> Spending<S> {
    /// `spend` verifies a token and records its use.
    pub(super) fn new(pool: &Rc<Pool>, spend: S) -> Outcome<Self> {
        let mut spending = Self { pool: Rc::clone(pool), guard: new_guard(), next: 0, spend };
        spending.renew()?;
        Ok(spending)
    }

    fn renew(&mut self) -> Outcome<()> {
        self.guard = new_guard();
        self.next = 0;
        let earlier = earlier_than(self.pool.now);
        self.pool.earlier.iter().try_for_each(|token| (self.spend)(token, &self.guard, earlier))
    }
}

impl<S: Fn(&str, &MemoryReplayGuard, UnixTime) -> Outcome<()>> Operation for Spending<S> {
    /// Sees to it that so many tokens are left.
    fn make_ready(&mut self, times: usize) -> Outcome<()> {
        if self.next + times > self.pool.current.len() { self.renew() } else { Ok(()) }
    }

    fn at_once(&self) -> usize {
        SIZE.get()
    }

    fn run(&mut self) -> Outcome<()> {
        let token = self.pool.current.get(self.next).ok_or("more runs than tokens")?;
        self.next += 1;
        (self.spend)(token, &self.guard, self.pool.now)
    }
}

fn new_guard() -> MemoryReplayGuard {
    MemoryReplayGuard::new(ROOM).with_issuer_share(ROOM)
}

/// By when a token of then has expired.
fn earlier_than(now: UnixTime) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs() - 600))
}

/// No batch that is made ready is larger.
const SIZE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

const ROOM: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
