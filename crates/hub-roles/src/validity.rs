//! How long a certificate lasts, and when to replace it.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::UnixTime;

/// The longest life of a participant's certificate: 13 months (FACTS section 2), judged as 398 days of 86,400 seconds.
///
/// No 13 calendar months in a row have more than 397 days; the day on top is for a CA that counts a month from a day to the same
/// day, both included. A certificate that keeps to 13 calendar months is therefore never called too long, whichever month it starts in.
pub const MAX_LIFETIME: Duration = Duration::from_secs(398 * SECONDS_PER_DAY);

/// How long before its end a certificate should be replaced: two months (FACTS section 2), judged as 62 days of 86,400 seconds,
/// the most that two calendar months in a row have, so that a reminder is never late.
pub const REMINDER: Duration = Duration::from_secs(62 * SECONDS_PER_DAY);

/// The period in which a certificate is valid, both ends included, in whole seconds (RFC 5280 section 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Validity {
    not_before: u64,
    not_after: u64,
}

impl Validity {
    /// The first second in which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.not_before))
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.not_after))
    }

    /// Whether `time` lies within the period.
    #[must_use]
    pub fn contains(&self, time: UnixTime) -> bool {
        (self.not_before..=self.not_after).contains(&time.as_secs())
    }

    /// From `now` to the end of the last valid second: at least one second while the certificate is valid, `None` once it has
    /// expired.
    ///
    /// A certificate whose validity has not begun yet has the time until its end left.
    #[must_use]
    pub fn time_left(&self, now: UnixTime) -> Option<Duration> {
        self.not_after.checked_sub(now.as_secs()).map(|seconds| Duration::from_secs(seconds.saturating_add(1)))
    }

    /// Whether the certificate will have expired once `period` has passed, or has expired already.
    #[must_use]
    pub fn expires_within(&self, period: Duration, now: UnixTime) -> bool {
        self.time_left(now).is_none_or(|left| left <= period)
    }

    /// How long the certificate is valid in all, both ends included; zero if it ends before it begins.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let seconds = self.not_after.checked_sub(self.not_before).map_or(0, |seconds| seconds.saturating_add(1));
        Duration::from_secs(seconds)
    }

    /// Where `now` lies in the certificate's life.
    #[must_use]
    pub fn state(&self, now: UnixTime) -> ExpiryState {
        if now.as_secs() < self.not_before {
            ExpiryState::NotYetValid
        } else if !self.contains(now) {
            ExpiryState::Expired
        } else if self.expires_within(REMINDER, now) {
            ExpiryState::ReminderDue
        } else {
            ExpiryState::Valid
        }
    }

    /// No limit: what [`Self::and`] changes nothing with.
    pub(crate) const ALWAYS: Self = Self { not_before: 0, not_after: u64::MAX };

    /// The seconds before the period, those in it, or those after it: whichever `time` is among.
    pub(crate) fn side_of(self, time: UnixTime) -> Self {
        if time.as_secs() < self.not_before {
            Self { not_after: self.not_before.saturating_sub(1), ..Self::ALWAYS }
        } else if self.contains(time) {
            self
        } else {
            Self { not_before: self.not_after.saturating_add(1), ..Self::ALWAYS }
        }
    }

    /// The part that both have in common.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { not_before: self.not_before.max(other.not_before), not_after: self.not_after.min(other.not_after) }
    }

    /// Valid in these seconds since the Unix epoch.
    #[cfg(test)]
    pub(crate) const fn between(not_before: u64, not_after: u64) -> Self {
        Self { not_before, not_after }
    }

    pub(crate) fn of(validity: &x509_cert::time::Validity) -> Self {
        Self {
            not_before: validity.not_before.to_unix_duration().as_secs(),
            not_after: validity.not_after.to_unix_duration().as_secs(),
        }
    }
}

/// Where a moment lies in a certificate's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpiryState {
    /// Its validity has not begun.
    NotYetValid,
    /// Valid, with more than [`REMINDER`] left.
    Valid,
    /// Valid, with no more than [`REMINDER`] left: a new key and certificate are due.
    ReminderDue,
    /// Its validity has ended.
    Expired,
}

impl fmt::Display for ExpiryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYetValid => "not yet valid",
            Self::Valid => "valid",
            Self::ReminderDue => "expires soon",
            Self::Expired => "expired",
        })
    }
}

pub(crate) const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = SECONDS_PER_DAY;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn days(first: u64, last: u64) -> Validity {
        Validity::between(first * DAY, last * DAY - 1)
    }

    #[test]
    fn both_ends_are_valid_seconds() {
        let validity = Validity::between(100, 200);
        for (seconds, state) in [
            (99, ExpiryState::NotYetValid),
            (100, ExpiryState::ReminderDue),
            (200, ExpiryState::ReminderDue),
            (201, ExpiryState::Expired),
        ] {
            assert_eq!(validity.state(at(seconds)), state, "{seconds}");
            assert_eq!(validity.contains(at(seconds)), state == ExpiryState::ReminderDue, "{seconds}");
        }
        assert_eq!(validity.lifetime(), Duration::from_secs(101));
    }

    #[test]
    fn the_last_second_is_still_left_and_the_next_is_not() {
        let validity = Validity::between(100, 200);
        assert_eq!(validity.time_left(at(200)), Some(Duration::from_secs(1)));
        assert_eq!(validity.time_left(at(201)), None);
        assert!(!validity.expires_within(Duration::ZERO, at(200)));
        assert!(validity.expires_within(Duration::from_secs(1), at(200)));
        assert!(validity.expires_within(Duration::ZERO, at(201)));
    }

    #[test]
    fn a_reminder_is_due_in_the_last_62_days() {
        let validity = days(0, 395);
        assert_eq!(validity.state(at((395 - 62) * DAY - 1)), ExpiryState::Valid);
        assert_eq!(validity.state(at((395 - 62) * DAY)), ExpiryState::ReminderDue);
        assert_eq!(validity.state(at(395 * DAY - 1)), ExpiryState::ReminderDue);
        assert_eq!(validity.state(at(395 * DAY)), ExpiryState::Expired);
    }

    #[test]
    fn any_13_calendar_months_fit_in_the_longest_lifetime_and_14_do_not() {
        // Lengths of months from January of a common year, with a leap year following.
        let months = |leap: u64| [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let calendar: Vec<u64> = [months(0), months(1), months(0), months(0)].concat();
        for start in 0..calendar.len() - 14 {
            let length = |count: usize| Duration::from_secs(calendar[start..start + count].iter().sum::<u64>() * DAY);
            assert!(length(13) + Duration::from_secs(1) <= MAX_LIFETIME, "13 months from month {start}");
            assert!(length(14) > MAX_LIFETIME, "14 months from month {start}");
            assert!(length(2) <= REMINDER, "2 months from month {start}");
        }
    }

    #[test]
    fn a_period_that_ends_before_it_begins_has_no_length() {
        assert_eq!(days(2, 1).lifetime(), Duration::ZERO);
        assert_eq!(days(2, 1).state(at(3 * DAY)), ExpiryState::Expired);
    }

    #[test]
    fn a_time_is_before_a_period_in_it_or_after_it() {
        let period = Validity::between(100, 200);
        for (seconds, side) in
            [(99, Validity::between(0, 99)), (100, period), (200, period), (201, Validity::between(201, u64::MAX))]
        {
            assert_eq!(period.side_of(at(seconds)), side, "{seconds}");
        }
    }

    #[test]
    fn what_paths_have_in_common_is_the_overlap() {
        assert_eq!(days(1, 9).and(days(3, 12)), days(3, 9));
    }
}
