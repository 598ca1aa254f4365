//! What a server says about the age of what it serves (RFC 9111), as data: what to do about it is the reader's decision.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, ETAG, HeaderName, RETRY_AFTER};
use rustls_pki_types::UnixTime;

/// How long a key set may be kept, as its server said: no time is longer than 2^31 seconds, and beyond that nothing is clamped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freshness {
    max_age: Option<Duration>,
    age: Option<Duration>,
    etag: Option<String>,
}

impl Freshness {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        Self {
            max_age: headers.get_all(CACHE_CONTROL).iter().filter_map(|value| max_age(value.to_str().ok()?)).min(),
            age: text(headers, &AGE).and_then(seconds),
            etag: text(headers, &ETAG).map(str::to_owned),
        }
    }

    /// What was said: nothing yet. For a [`Transport`](crate::Transport) of one's own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what [`Self::max_age`] is.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets what [`Self::age`] is.
    #[must_use]
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// Sets what [`Self::etag`] is.
    #[must_use]
    pub fn with_etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1); the shortest if there are several.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// `Age` (RFC 9111 section 5.1): how long a cache on the way has held it.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    /// `ETag` as it stands, quotes included (RFC 9110 section 8.8.3).
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }
}

/// When to try again, as a server that refused said (RFC 9110 section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this time.
    Delay(Duration),
    /// At this point in time.
    At(UnixTime),
}

impl RetryAfter {
    /// The delay, at this time since the epoch.
    pub(crate) fn from(self, now: UnixTime) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::At(at) => Duration::from_secs(at.as_secs().saturating_sub(now.as_secs())),
        }
    }

    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = text(headers, &RETRY_AFTER)?;
        seconds(text).map(Self::Delay).or_else(|| {
            let at = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            Some(Self::At(UnixTime::since_unix_epoch(at)))
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn max_age(directives: &str) -> Option<Duration> {
    directives
        .split(',')
        .filter_map(|directive| {
            let (name, value) = directive.split_once('=')?;
            name.trim().eq_ignore_ascii_case("max-age").then_some(value.trim())
        })
        .filter_map(|value| seconds(value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)))
        .min()
}

/// A number of seconds (RFC 9111 section 1.2.2): digits only, and what is beyond 2^31 is as good as for ever.
fn seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().map_or(FOR_EVER, |seconds: u64| seconds.min(FOR_EVER))))
}

const FOR_EVER: u64 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|&(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn max_age_is_the_shortest_that_is_well_formed() {
        for (value, expected) in [
            ("max-age=300", Some(300)),
            ("public, MAX-AGE = 300 ,must-revalidate", Some(300)),
            ("max-age=\"300\"", Some(300)),
            ("max-age=300, max-age=60", Some(60)),
            ("max-age=-1, max-age=300", Some(300)),
            ("max-age=99999999999999999999", Some(FOR_EVER)),
            ("max-age=18446744073709551615", Some(FOR_EVER)),
            ("s-maxage=300", None),
            ("max-age", None),
            ("max-age=", None),
            ("max-age=+5", None),
            ("max-age=1.5", None),
            ("no-store", None),
        ] {
            let read = Freshness::read(&headers(&[("cache-control", value)]));
            assert_eq!(read.max_age(), expected.map(Duration::from_secs), "{value}");
        }
        let mut several = headers(&[("cache-control", "max-age=300")]);
        several.append(CACHE_CONTROL, "max-age=120".parse().unwrap());
        assert_eq!(Freshness::read(&several).max_age(), Some(Duration::from_secs(120)));
    }

    #[test]
    fn age_and_etag_are_handed_on() {
        let read = Freshness::read(&headers(&[("age", "17"), ("etag", "W/\"a\"")]));
        assert_eq!((read.age(), read.etag()), (Some(Duration::from_secs(17)), Some("W/\"a\"")));
        assert_eq!(Freshness::read(&HeaderMap::new()), Freshness::default());
    }

    #[test]
    fn retry_after_is_a_delay_or_a_date() {
        for (value, expected) in [
            ("120", Some(RetryAfter::Delay(Duration::from_secs(120)))),
            (
                "Sun, 06 Nov 1994 08:49:37 GMT",
                Some(RetryAfter::At(UnixTime::since_unix_epoch(Duration::from_secs(784_111_777)))),
            ),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(RetryAfter::read(&headers(&[("retry-after", value)])), expected, "{value}");
        }
    }
}
