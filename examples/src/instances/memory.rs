//! How much memory the process has.

use std::fs::read_to_string;

use super::Fault;

/// What is resident, in octets (Linux).
pub(super) fn resident() -> Result<usize, Fault> {
    let status = read_to_string("/proc/self/status")?;
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|size| size.trim().strip_suffix(" kB"))
        .ok_or("/proc/self/status has no VmRSS in kB")?;
    Ok(kibibytes.parse::<usize>()? * 1024)
}

/// What one instance costs: `make` is asked for the same again and again, and what it makes is kept. What was free in the process is
/// used up by the first half; the second is measured.
pub(super) fn per_instance<T>(instances: usize, make: impl Fn() -> Result<T, Fault>) -> Result<usize, Fault> {
    let half = ENOUGH.div_ceil(instances);
    let mut kept = Vec::with_capacity(2 * half);
    for _ in 0..half {
        kept.push(make()?);
    }
    let before = resident()?;
    for _ in 0..half {
        kept.push(make()?);
    }
    Ok(resident()?.saturating_sub(before) / (half * instances))
}

/// So many instances are made for one half of a measurement, or a little more.
const ENOUGH: usize = 5000;
