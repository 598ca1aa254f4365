//! The rounds themselves.

use std::time::{Duration, Instant};

use allocation_counter::AllocationInfo;

use crate::Outcome;
use crate::harness::statistics::Spread;
use crate::harness::{Contestant, Operation, Pace, in_batches};

/// What came out for one contestant.
pub(crate) struct Measured {
    pub(crate) name: String,
    /// Nanoseconds for one run.
    pub(crate) nanoseconds: Spread,
    /// Times the floor, round by round.
    pub(crate) ratio: Spread,
    /// Of one run.
    pub(crate) allocations: u64,
    /// What the ratio should not exceed.
    pub(crate) bound: Option<f64>,
}

/// Has all contestants do their work in turns.
pub(super) fn measure(contestants: Vec<Contestant>, pace: &Pace) -> Outcome<Vec<Measured>> {
    let mut entrants =
        contestants.into_iter().map(|contestant| Entrant::new(contestant, pace.turn)).collect::<Outcome<Vec<_>>>()?;
    let started = Instant::now();
    let mut rounds = 0;
    while rounds < pace.rounds || started.elapsed() < pace.budget {
        // Who comes first has the coldest caches: everybody does at times.
        let first = rounds % entrants.len();
        let (later, earlier) = entrants.split_at_mut(first);
        for entrant in earlier.iter_mut().chain(later) {
            entrant.take_turn()?;
        }
        rounds += 1;
    }
    let floor = entrants.first().map(|floor| floor.times.clone()).unwrap_or_default();
    Ok(entrants.into_iter().map(|entrant| entrant.conclude(&floor)).collect())
}

struct Entrant {
    contestant: Contestant,
    /// Runs in one turn.
    batch: usize,
    allocations: u64,
    /// Nanoseconds of one run, by round.
    times: Vec<f64>,
}

impl Entrant {
    /// Finds out how many runs fit into a turn.
    fn new(mut contestant: Contestant, turn: Duration) -> Outcome<Self> {
        let operation = contestant.operation.as_mut();
        // Twice, as some build tables at their first run.
        time(operation, 1)?;
        let allocations = count_allocations(operation)?;
        let mut batch = SMALLEST_BATCH;
        while quickest(operation, batch)? < turn {
            batch *= 2;
        }
        Ok(Self { contestant, batch, allocations, times: Vec::new() })
    }

    fn take_turn(&mut self) -> Outcome<()> {
        let taken = time(self.contestant.operation.as_mut(), self.batch)?;
        self.times.push(taken.as_nanos() as f64 / self.batch as f64);
        Ok(())
    }

    fn conclude(self, floor: &[f64]) -> Measured {
        let ratios = self.times.iter().zip(floor).map(|(time, floor)| time / floor).collect();
        Measured {
            name: self.contestant.name,
            ratio: Spread::of(ratios),
            nanoseconds: Spread::of(self.times),
            allocations: self.allocations,
            bound: self.contestant.bound,
        }
    }
}

fn time(operation: &mut dyn Operation, times: usize) -> Outcome<Duration> {
    let mut taken = Duration::ZERO;
    in_batches(operation, times, |operation, batch| {
        taken += operation.timed(batch)?;
        Ok(())
    })?;
    Ok(taken)
}

/// Of a few times, or somebody else's work in one of them would pass for this one's.
fn quickest(operation: &mut dyn Operation, times: usize) -> Outcome<Duration> {
    (0..A_FEW).try_fold(Duration::MAX, |quickest, _| Ok(quickest.min(time(operation, times)?)))
}

/// Allocations of one run: the fewest of several, as tables that grow do so now and then.
fn count_allocations(operation: &mut dyn Operation) -> Outcome<u64> {
    let mut fewest = u64::MAX;
    for _ in 0..SEVERAL {
        operation.make_ready(1)?;
        let mut outcome = Ok(());
        let AllocationInfo { count_total, .. } = allocation_counter::measure(|| outcome = operation.run());
        outcome?;
        fewest = fewest.min(count_total);
    }
    Ok(fewest)
}

/// aws-lc blinds private operations, and renews the blinding with every 32nd: each turn has its share of that.
const SMALLEST_BATCH: usize = 32;

const SEVERAL: usize = 8;

const A_FEW: usize = 3;
