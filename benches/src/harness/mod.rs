//! Contestants who do one piece of work in turns.
//!
//! Time on a shared machine drifts: a frequency changes, a neighbour wakes up. So only the time counts that the thread had a core, and
//! nobody is measured for long at a time. In each round every contestant has a few milliseconds, in an order that rotates, and is
//! compared with the floor of the same round; the table has the median of those ratios, and the quartiles beside it to show how far to
//! believe it.

mod clock;
mod rounds;
mod series;
mod statistics;

use std::time::Duration;

use crate::Outcome;
use crate::harness::clock::thread_time;

pub(crate) use self::rounds::Measured;
pub(crate) use self::series::{Plot, Series};
pub(crate) use self::statistics::Spread;

/// One way of doing a piece of work.
pub(crate) trait Operation {
    /// Prepares the next `times` runs, which are measured; this is not.
    fn make_ready(&mut self, times: usize) -> Outcome<()> {
        let _ = times;
        Ok(())
    }

    /// How many runs may be made ready together.
    fn at_once(&self) -> usize {
        usize::MAX
    }

    /// Does the work once, and makes sure that it succeeded.
    fn run(&mut self) -> Outcome<()>;

    /// How long it takes to do the work so many times, as often as was made ready. It stands here, and not where it is called: a call by
    /// way of a table for each run would be felt beside the fastest work.
    fn timed(&mut self, times: usize) -> Outcome<Duration> {
        let started = thread_time();
        (0..times).try_for_each(|_| self.run())?;
        Ok(thread_time().saturating_sub(started))
    }
}

impl<F: FnMut() -> Outcome<()>> Operation for F {
    fn run(&mut self) -> Outcome<()> {
        self()
    }
}

/// Who does it, and how.
pub(crate) struct Contestant {
    name: String,
    operation: Box<dyn Operation>,
    bound: Option<f64>,
}

impl Contestant {
    pub(crate) fn new(name: impl Into<String>, operation: impl Operation + 'static) -> Self {
        Self { name: name.into(), operation: Box::new(operation), bound: None }
    }

    /// What it may cost at most, as a multiple of the floor.
    pub(crate) fn at_most(self, bound: f64) -> Self {
        Self { bound: Some(bound), ..self }
    }
}

/// One piece of work and all who do it. The first is the floor that the others are compared with.
pub(crate) struct Group {
    title: String,
    contestants: Vec<Contestant>,
}

impl Group {
    pub(crate) fn new(title: impl Into<String>, floor: Contestant) -> Self {
        Self { title: title.into(), contestants: vec![floor] }
    }

    pub(crate) fn with(mut self, contestant: Contestant) -> Self {
        self.contestants.push(contestant);
        self
    }

    pub(crate) fn with_all(mut self, contestants: impl IntoIterator<Item = Contestant>) -> Self {
        self.contestants.extend(contestants);
        self
    }

    /// Has all do the work in turns until the budget is spent.
    pub(crate) fn measure(self, pace: &Pace) -> Outcome<Table> {
        Ok(Table { title: self.title, rows: rounds::measure(self.contestants, pace)? })
    }

    /// Has one contestant do the work `times` times.
    pub(crate) fn repeat(mut self, name: &str, times: usize) -> Outcome<()> {
        let contestant = self.contestants.iter_mut().find(|contestant| contestant.name == name);
        let operation = &mut contestant.ok_or("no contestant of that name in the group")?.operation;
        in_batches(operation.as_mut(), times, |operation, batch| (0..batch).try_for_each(|_| profiled(operation)))
    }
}

/// Makes the runs ready, as many at once as may be, before `work` does them.
fn in_batches(
    operation: &mut dyn Operation,
    times: usize,
    mut work: impl FnMut(&mut dyn Operation, usize) -> Outcome<()>,
) -> Outcome<()> {
    let mut left = times;
    while left > 0 {
        let batch = operation.at_once().min(left);
        operation.make_ready(batch)?;
        work(operation, batch)?;
        left -= batch;
    }
    Ok(())
}

/// A name by which a profiler tells the work from what prepares it.
#[inline(never)]
fn profiled(operation: &mut dyn Operation) -> Outcome<()> {
    operation.run()
}

/// What came out for one piece of work: the floor first.
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) rows: Vec<Measured>,
}

/// How long to measure.
pub(crate) struct Pace {
    /// For a group.
    budget: Duration,
    /// For one contestant in one round.
    turn: Duration,
    /// At least so many rounds, whatever they take.
    rounds: usize,
}

impl Pace {
    pub(crate) const THOROUGH: Self =
        Self { budget: Duration::from_secs(10), turn: Duration::from_millis(4), rounds: 21 };
    pub(crate) const QUICK: Self = Self { budget: Duration::from_secs(1), turn: Duration::from_millis(2), rounds: 5 };

    pub(crate) fn with_budget(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }

    /// For each of so many groups that have the time of one.
    fn divided_by(&self, groups: usize) -> Self {
        Self { budget: self.budget / u32::try_from(groups).unwrap_or(u32::MAX).max(1), ..*self }
    }
}
