//! NumericDate (RFC 7519 section 2): seconds since the Unix epoch, perhaps with a fraction.

use rustls_pki_types::UnixTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;

/// A date in a token: a finite JSON number in 0..=253402300799 (the end of the year 9999).
///
/// Real senders compute `nbf` as a fractional number (FACTS section 4), so a fraction is accepted; each check then rounds to the
/// side that accepts less. Only whether there is a fraction is kept, which is all that rounding needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct NumericDate {
    seconds: u64,
    /// Whether there was a fraction above `seconds`.
    #[serde(skip)]
    fraction: bool,
}

impl NumericDate {
    /// Seconds since the Unix epoch, rounded down: for the end of a validity.
    #[must_use]
    pub fn floor(self) -> u64 {
        self.seconds
    }

    /// Seconds since the Unix epoch, rounded up: for the start of a validity.
    #[must_use]
    pub fn ceil(self) -> u64 {
        self.seconds + u64::from(self.fraction)
    }
}

/// Whole seconds; whatever is later than the year 9999 counts as its end.
impl From<UnixTime> for NumericDate {
    fn from(time: UnixTime) -> Self {
        Self { seconds: time.as_secs().min(LATEST), fraction: false }
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        of_number(&number).ok_or_else(|| D::Error::custom("expected seconds since the Unix epoch"))
    }
}

fn of_number(number: &Number) -> Option<NumericDate> {
    if let Some(seconds) = number.as_u64() {
        return (seconds <= LATEST).then_some(NumericDate { seconds, fraction: false });
    }
    let value = number.as_f64()?;
    // `LATEST` and every whole number below it are exact as doubles.
    if value.is_sign_negative() || !(0.0..=LATEST as f64).contains(&value) {
        return None;
    }
    Some(NumericDate { seconds: value as u64, fraction: value.fract() != 0.0 })
}

/// 9999-12-31T23:59:59Z.
const LATEST: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<(u64, u64)> {
        serde_json::from_str::<NumericDate>(json).ok().map(|date| (date.floor(), date.ceil()))
    }

    #[test]
    fn whole_and_fractional_seconds_are_read() {
        let cases = [
            ("0", (0, 0)),
            ("1780000000", (1_780_000_000, 1_780_000_000)),
            ("1780000000.0", (1_780_000_000, 1_780_000_000)),
            ("1780000000.001", (1_780_000_000, 1_780_000_001)),
            ("1780000000.999", (1_780_000_000, 1_780_000_001)),
            ("1.78e9", (1_780_000_000, 1_780_000_000)),
            ("0.5", (0, 1)),
            ("253402300799", (LATEST, LATEST)),
        ];
        for (json, expected) in cases {
            assert_eq!(read(json), Some(expected), "{json}");
        }
    }

    #[test]
    fn a_time_is_a_date() {
        let at = |seconds| NumericDate::from(UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)));
        assert_eq!((at(1_780_000_000).floor(), at(1_780_000_000).ceil()), (1_780_000_000, 1_780_000_000));
        assert_eq!((at(u64::MAX).floor(), at(u64::MAX).ceil()), (LATEST, LATEST));
        assert_eq!(serde_json::to_string(&at(7)).unwrap(), "7");
    }

    #[test]
    fn everything_else_is_refused() {
        for json in [
            "-1",
            "-0",
            "-0.5",
            "253402300800",
            "253402300799.5",
            "1e300",
            "1e12",
            "18446744073709551616",
            "\"1780000000\"",
            "null",
            "true",
            "[1780000000]",
            "{}",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
