//! Recording that a token was used.

use std::collections::{HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_jose::{ClientAssertion, MemoryReplayGuard, ReplayError, ReplayGuard, Unverified, Use};
use rustls_pki_types::UnixTime;

use crate::Outcome;
use crate::harness::{Contestant, Group, Operation};
use crate::scaling::threads::{AT_LEAST_1_8_TIMES, BURSTS, at_the_same_time, quickest};
use crate::tokens::parties::Client;

/// Alone, against what one would write in a minute.
pub(crate) fn alone() -> Outcome<Group> {
    let uses = Arc::new(Uses::new()?);
    Ok(Group::new(
        "Record a use",
        Contestant::new("a hash set and a queue behind a mutex", Recording::new(&uses, ByHand::default)),
    )
    .with(Contestant::new("hub-jose, MemoryReplayGuard", Recording::new(&uses, new_guard))))
}

/// From two threads, all of it of one issuer: nobody contends more.
pub(crate) fn on_two_threads() -> Outcome<Group> {
    let uses = Arc::new(Uses::new()?);
    let recording = |threads| Shared { recording: Recording::new(&uses, new_guard), threads };
    let by_hand = Shared { recording: Recording::new(&uses, ByHand::default), threads: 2 };
    Ok(Group::new("Record a use, per use of all threads", Contestant::new("1 thread", recording(1)))
        .with(Contestant::new("2 threads", recording(2)).at_most(AT_LEAST_1_8_TIMES))
        .with(Contestant::new("2 threads, by hand behind a mutex", by_hand)))
}

/// Uses of tokens that one issuer sends evenly. Each is over when the one [`HELD`] later comes.
struct Uses {
    all: Vec<Use>,
    /// How long each must be remembered.
    remembered: Duration,
}

impl Uses {
    fn new() -> Outcome<Self> {
        let (parties, noted) = (Client::new()?, Noted::default());
        let verify = |at| -> Outcome<()> {
            let token = parties.assertion(at)?;
            let token = Unverified::<ClientAssertion>::parse(&token)?;
            token.verify(&parties.sig1_public, &parties.expected(), at)?.spend(&noted, at)?;
            Ok(())
        };
        verify(parties.now)?;
        let first = noted.take().pop().ok_or("a use")?;
        let remembered = Duration::from_secs(first.until().as_secs() - parties.now.as_secs());
        for number in 0..2 * HELD as u32 {
            let after = remembered * number / HELD as u32;
            verify(UnixTime::since_unix_epoch(Duration::from_secs(parties.now.as_secs()) + after))?;
        }
        Ok(Self { all: noted.take(), remembered })
    }

    /// Records those of these numbers at the times when they come.
    fn record(&self, guard: &impl ReplayGuard, numbers: impl IntoIterator<Item = usize>) -> Outcome<()> {
        for number in numbers {
            let token = self.all.get(number).ok_or("no more uses")?;
            let until = Duration::from_secs(token.until().as_secs());
            guard.insert(token, UnixTime::since_unix_epoch(until - self.remembered))?;
        }
        Ok(())
    }
}

/// Notes what a guard is shown. Only a verification makes a [`Use`].
#[derive(Default)]
struct Noted(Mutex<Vec<Use>>);

impl Noted {
    fn take(&self) -> Vec<Use> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ReplayGuard for Noted {
    fn insert(&self, token: &Use, _: UnixTime) -> Result<(), ReplayError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(token.clone());
        Ok(())
    }
}

/// Guards that remember as many uses as they will ever: each one recorded is one more forgotten.
struct Recording<G> {
    uses: Arc<Uses>,
    new_guard: fn() -> G,
    guards: Vec<G>,
    recorded: usize,
}

impl<G: ReplayGuard> Recording<G> {
    fn new(uses: &Arc<Uses>, new_guard: fn() -> G) -> Self {
        Self { uses: Arc::clone(uses), new_guard, guards: Vec::new(), recorded: 0 }
    }
}

impl<G: ReplayGuard> Operation for Recording<G> {
    fn make_ready(&mut self, times: usize) -> Outcome<()> {
        self.recorded = 0;
        self.guards.clear();
        for _ in 0..times.div_ceil(HELD) {
            let guard = (self.new_guard)();
            self.uses.record(&guard, 0..HELD)?;
            self.guards.push(guard);
        }
        Ok(())
    }

    fn at_once(&self) -> usize {
        HELD * 16
    }

    fn run(&mut self) -> Outcome<()> {
        let guard = self.guards.get(self.recorded / HELD).ok_or("more runs than uses")?;
        self.uses.record(guard, [HELD + self.recorded % HELD])?;
        self.recorded += 1;
        Ok(())
    }
}

/// The same by so many threads, all on the same guard, and in each burst on another.
struct Shared<G> {
    recording: Recording<G>,
    threads: usize,
}

impl<G: ReplayGuard> Operation for Shared<G> {
    fn make_ready(&mut self, _times: usize) -> Outcome<()> {
        self.recording.make_ready(self.at_once())
    }

    fn at_once(&self) -> usize {
        BURSTS * HELD
    }

    fn run(&mut self) -> Outcome<()> {
        self.recording.run()
    }

    fn timed(&mut self, times: usize) -> Outcome<Duration> {
        let (Recording { uses, guards, .. }, threads) = (&self.recording, self.threads);
        let each = times.div_ceil(guards.len());
        let bursts = guards.iter().map(|guard| {
            let of = |thread| move || uses.record(guard, (HELD..HELD + each).skip(thread).step_by(threads));
            at_the_same_time((0..threads).map(of))
        });
        quickest(bursts)
    }
}

/// Unbounded, without shares, and lost when the clock goes back.
#[derive(Default)]
struct ByHand(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    used: HashSet<[u8; 32]>,
    by_end: VecDeque<(u64, [u8; 32])>,
}

impl ReplayGuard for ByHand {
    fn insert(&self, token: &Use, now: UnixTime) -> Result<(), ReplayError> {
        let key = token.key();
        let Remembered { used, by_end } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((until, ended)) = by_end.front()
            && *until <= now.as_secs()
        {
            used.remove(ended);
            by_end.pop_front();
        }
        if !used.insert(key) {
            return Err(ReplayError::Used);
        }
        by_end.push_back((token.until().as_secs(), key));
        Ok(())
    }
}

fn new_guard() -> MemoryReplayGuard {
    MemoryReplayGuard::new(ROOM).with_issuer_share(ROOM)
}

/// How many uses are remembered at a time.
const HELD: usize = 1024;

const ROOM: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
