//! Threads that do one piece of work between them.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::harness::{Contestant, Group, Operation};

/// As many threads as workers, who share the runs.
struct Threads<W> {
    workers: Vec<Apart<W>>,
}

/// On cache lines of its own, or those who share nothing would share those.
#[repr(align(128))]
struct Apart<W>(W);

impl<W> Threads<W> {
    fn of(workers: impl IntoIterator<Item = W>) -> Self {
        Self { workers: workers.into_iter().map(Apart).collect() }
    }
}

impl<W: Operation + Send> Operation for Threads<W> {
    fn run(&mut self) -> Outcome<()> {
        self.workers.first_mut().ok_or("no worker")?.0.run()
    }

    fn timed(&mut self, times: usize) -> Outcome<Duration> {
        let share = times.div_ceil(self.workers.len() * BURSTS);
        let bursts = (0..BURSTS).map(|_| {
            at_the_same_time(self.workers.iter_mut().map(|worker| move || (0..share).try_for_each(|_| worker.0.run())))
        });
        quickest(bursts)
    }
}

/// How long all bursts would take if each took as long as the quickest: in the others somebody else had a core.
pub(super) fn quickest(bursts: impl IntoIterator<Item = Outcome<Duration>>) -> Outcome<Duration> {
    let bursts = bursts.into_iter().collect::<Outcome<Vec<_>>>()?;
    let count = u32::try_from(bursts.len())?;
    Ok(bursts.into_iter().min().ok_or("no burst")? * count)
}

/// How long it takes until all is done, the first on this thread, from when each has begun. It is time on the wall: whoever waits for a lock has
/// no core.
pub(super) fn at_the_same_time<F: FnOnce() -> Outcome<()> + Send>(
    work: impl ExactSizeIterator<Item = F>,
) -> Outcome<Duration> {
    let (threads, arrived) = (work.len(), &AtomicUsize::new(0));
    let timed = move |work: F| {
        arrived.fetch_add(1, Ordering::AcqRel);
        while arrived.load(Ordering::Acquire) < threads {
            spin_loop();
        }
        let began = Instant::now();
        // An error goes from thread to thread as text.
        work().map(|()| (began, Instant::now())).map_err(|error| error.to_string())
    };
    let mut work = work.into_iter();
    let mine = work.next().ok_or("no work")?;
    let (mut began, mut ended) = thread::scope(|scope| {
        let others: Vec<_> = work.map(|work| scope.spawn(move || timed(work))).collect();
        let mine = timed(mine);
        let others = others.into_iter().map(|other| other.join().map_err(|_| "a thread panicked".to_owned())?);
        others.chain([mine]).collect::<Result<(Vec<_>, Vec<_>), String>>()
    })?;
    began.sort_unstable();
    ended.sort_unstable();
    Ok(ended.last().zip(began.first()).map(|(ended, began)| *ended - *began).unwrap_or_default())
}

/// One thread, two who share what they work with, and two of whom each has its own: what the machine gives at best.
pub(super) fn group<W: Operation + Send + 'static>(
    title: &str,
    bound: Option<f64>,
    shared: impl Fn() -> Outcome<W>,
    own: impl Fn() -> Outcome<W>,
) -> Outcome<Group> {
    let two = Contestant::new("2 threads", Threads::of([shared()?, shared()?]));
    let apart = Contestant::new("2 threads that share nothing", Threads::of([own()?, own()?]));
    Ok(Group::new(title, Contestant::new("1 thread", Threads::of([shared()?])))
        .with(match bound {
            Some(bound) => two.at_most(bound),
            None => two,
        })
        .with(apart))
}

/// At least 1.8 times the work of one thread, in the time of one run.
pub(super) const AT_LEAST_1_8_TIMES: f64 = 1.0 / 1.8;

/// So short that many a burst passes before somebody else gets a core.
pub(super) const BURSTS: usize = 8;
