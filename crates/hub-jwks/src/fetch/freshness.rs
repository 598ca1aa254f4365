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
        let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
        Self {
            max_age: directives.filter_map(max_age).min(),
            age: text(headers, &AGE).and_then(seconds),
            etag: text(headers, &ETAG).filter(|etag| is_entity_tag(etag)).map(str::to_owned),
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

    /// Sets what [`Self::max_age`] is to what the value of a `Cache-Control` says, the shortest if it is called for several.
    #[must_use]
    pub fn with_cache_control(mut self, directives: &str) -> Self {
        self.max_age = self.max_age.into_iter().chain(max_age(directives)).min();
        self
    }

    /// Sets what [`Self::age`] is.
    #[must_use]
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// Sets what [`Self::etag`] is: nothing, if it is no entity tag that could be sent back.
    #[must_use]
    pub fn with_etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into()).filter(|etag| is_entity_tag(etag));
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

    /// `ETag` as it stands, quotes included (RFC 9110 section 8.8.3). One of another form, of more than 512 octets or not in ASCII is left
    /// out: the next request then has no condition.
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

    /// What the value of a `Retry-After` says, if it is well formed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        seconds(text).map(Self::Delay).or_else(|| {
            let at = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            Some(Self::At(UnixTime::since_unix_epoch(at)))
        })
    }

    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        Self::parse(text(headers, &RETRY_AFTER)?)
    }
}

/// Whether this is one entity tag (RFC 9110 section 8.8.3) that can be sent back: it ends no line, and is neither `*` nor a list, which
/// as a condition would match more than what is held.
pub(super) fn is_entity_tag(text: &str) -> bool {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.len() <= MAX_ETAG_OCTETS
        && opaque.is_some_and(|opaque| opaque.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'"'))
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

const MAX_ETAG_OCTETS: usize = 512;

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
    fn an_etag_is_kept_if_it_can_be_sent_back() {
        let of_512 = format!("\"{}\"", "a".repeat(510));
        let of_513 = format!("\"{}\"", "a".repeat(511));
        for (etag, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"\"", true),
            (of_512.as_str(), true),
            (of_513.as_str(), false),
            ("\"a\"\r\nx: y", false),
            ("\"a\r\nx: y\"", false),
            ("\"a\0\"", false),
            ("\"\u{e9}\"", false),
            ("\"a b\"", false),
            ("\"a\", \"b\"", false),
            ("w/\"a\"", false),
            ("*", false),
            ("a", false),
            ("\"", false),
            ("", false),
        ] {
            assert_eq!(Freshness::new().with_etag(etag).etag(), expected.then_some(etag), "{etag:?}");
            if let Ok(value) = etag.parse() {
                let read = Freshness::read(&HeaderMap::from_iter([(ETAG, value)]));
                assert_eq!(read.etag(), expected.then_some(etag), "{etag:?}");
            }
        }
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
