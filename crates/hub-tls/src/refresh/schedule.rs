//! When to fetch again.

use std::time::Duration;

use aws_lc_rs::rand;

/// How it stands with the list of a distribution point after an attempt to fetch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It was fetched, and has this time left until the next one is due.
    Current(Duration),
    /// So many attempts in a row have failed, or brought a list that has expired.
    InVain(u32),
}

impl Outlook {
    /// The pause until the next attempt.
    ///
    /// A current list is fetched again after at most `interval`, and the more often the nearer its end comes: after between a quarter
    /// and half of the time that it has left. In vain, it is tried again with exponential backoff and full jitter.
    pub(super) fn pause(self, interval: Duration) -> Duration {
        self.pause_with(interval, random())
    }

    fn pause_with(self, interval: Duration, random: u64) -> Duration {
        let (least, most) = match self {
            Self::Current(left) => {
                let most = (left / 2).max(SHORTEST_PAUSE).min(interval);
                (most / 2, most)
            }
            Self::InVain(attempts) => {
                let doublings = 2u32.saturating_pow(attempts.saturating_sub(1));
                let most = FIRST_RETRY.saturating_mul(doublings).min(LAST_RETRY).min(interval);
                (SHORTEST_RETRY.min(most), most)
            }
        };
        least + share(most.saturating_sub(least), random)
    }
}

/// This part of a duration: all of it at most, for `u64::MAX`.
fn share(whole: Duration, part: u64) -> Duration {
    let nanoseconds = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
    let share = (u128::from(nanoseconds) * u128::from(part)) >> u64::BITS;
    Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX))
}

/// Without randomness the pause is the longest.
fn random() -> u64 {
    let mut octets = [0; 8];
    match rand::fill(&mut octets) {
        Ok(()) => u64::from_ne_bytes(octets),
        Err(_) => u64::MAX,
    }
}

/// However little time a list has left.
const SHORTEST_PAUSE: Duration = Duration::from_secs(10);
/// Before anything is tried again.
const SHORTEST_RETRY: Duration = Duration::from_secs(1);
/// The longest pause after the first failure; it doubles with every other one.
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// However many failures there were.
const LAST_RETRY: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// The shortest and the longest pause there may be, in milliseconds, rounded up.
    fn bounds(outlook: Outlook, interval: Duration) -> [u128; 2] {
        [0, u64::MAX].map(|random| outlook.pause_with(interval, random).as_nanos().div_ceil(1_000_000))
    }

    #[test]
    fn a_current_list_is_fetched_more_often_as_its_end_comes_near() {
        for (left, interval, expected) in [
            (24 * 3600, HOUR, [1_800_000, 3_600_000]),
            (7200, HOUR, [1_800_000, 3_600_000]),
            (600, HOUR, [150_000, 300_000]),
            (20, HOUR, [5_000, 10_000]),
            (1, HOUR, [5_000, 10_000]),
            (3600, Duration::from_secs(60), [30_000, 60_000]),
            (1, Duration::from_secs(2), [1_000, 2_000]),
        ] {
            let outlook = Outlook::Current(Duration::from_secs(left));
            assert_eq!(bounds(outlook, interval), expected, "{left} s left, every {interval:?}");
        }
    }

    #[test]
    fn what_is_tried_in_vain_is_tried_again_after_pauses_that_double_up_to_a_limit() {
        for (attempts, longest) in
            [(0, 5), (1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (8, 300), (100, 300), (u32::MAX, 300)]
        {
            assert_eq!(bounds(Outlook::InVain(attempts), HOUR), [1_000, longest * 1_000], "{attempts} attempts");
        }
        assert_eq!(bounds(Outlook::InVain(9), Duration::from_millis(20)), [20, 20], "no longer than the interval");
    }

    #[test]
    fn pauses_are_spread_over_their_whole_range() {
        let pauses = (0..1000).map(|_| Outlook::InVain(8).pause(HOUR)).collect::<Vec<_>>();
        for quarter in 0..4u32 {
            let from = Duration::from_secs(75) * quarter;
            let within = pauses.iter().filter(|pause| (from..from + Duration::from_secs(75)).contains(pause)).count();
            assert!((150..350).contains(&within), "{within} in quarter {quarter}");
        }
    }
}
