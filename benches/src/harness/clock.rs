//! The clock of the contestants.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How long this thread has had a core. While others have it, nobody's time passes.
pub(super) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
