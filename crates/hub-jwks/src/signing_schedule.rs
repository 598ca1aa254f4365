//! Which of a party's published keys signs when, while one takes the place of another.

use std::fmt;
use std::time::Duration;

use hub_roles::{Certificate, KeyId, Signing};
use rustls_pki_types::UnixTime;

use crate::limits::WAIT_BEFORE_SIGNING;

/// The published certificates of one signing role of one party, and since when each is published.
///
/// Whoever verifies keeps a key set for up to ten minutes. So a new key is published beside the old one, signs ten minutes later, and the old one
/// stays published until no token that it has signed can still be accepted (FACTS sections 3 and 6). A verifier whose keystore is out may keep a set
/// for twenty minutes: until then it refuses the new key with an error that says to try again.
///
/// It has no clock and changes nothing: after a restart it is made anew, from the certificates and the times that were noted when they were published.
///
/// ```
/// use std::time::Duration;
///
/// use hub_jwks::{Publication, SigningSchedule};
/// use hub_roles::Sig1;
/// # use rustls_pki_types::UnixTime;
/// # let at = |seconds: u64| UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000 + seconds));
/// # let (before, now) = (at(0), at(100_000));
/// # let mut eco = hub_testkit::Ecosystem::sandbox(before)?;
/// # let directory = eco.keystore().organisation_keys(&eco.tpp("acme")?.organisation()).directory().clone();
/// # let old = eco.tpp("acme")?.sig1().certificate().clone();
/// # eco.rotate::<Sig1>("acme")?;
/// # let new = eco.tpp("acme")?.sig1().certificate().clone();
///
/// let schedule = SigningSchedule::<Sig1>::new().with_published(&old, before).with_published(&new, now);
/// let set = schedule.certificates().fold(Publication::new(directory), Publication::certificate);
/// # assert!(!set.to_json().is_empty());
///
/// // The old one signs for ten more minutes, and its request objects are accepted for up to ten more.
/// assert_eq!(schedule.signing_at(now), Some(&old));
/// # let in_ten_minutes = at(100_600);
/// assert_eq!(schedule.signing_at(in_ten_minutes), Some(&new));
/// let end = schedule.published_until(old.kid(), Duration::from_secs(600)).ok_or("no successor")?;
/// assert_eq!(end.as_secs(), now.as_secs() + 600 + 600 + 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Encryption keys need no such wait: who has seen one may encrypt to it. Their holder keeps the old private key instead
/// ([`DecryptionKey`](hub_roles::DecryptionKey)), and no certificate of theirs gets in here:
///
/// ```compile_fail,E0277
/// # use hub_jwks::SigningSchedule;
/// let _ = SigningSchedule::<hub_roles::Enc1>::new();
/// ```
pub struct SigningSchedule<R: Signing> {
    /// In the order in which they are published.
    published: Vec<Entry<R>>,
}

struct Entry<R: Signing> {
    certificate: Certificate<R>,
    since: UnixTime,
}

impl<R: Signing> SigningSchedule<R> {
    /// Nothing is published.
    #[must_use]
    pub fn new() -> Self {
        Self { published: Vec::new() }
    }

    /// Notes that a certificate's key is published since then. If it was noted before, the later time counts: between the two it
    /// may have been withdrawn.
    #[must_use]
    pub fn with_published(mut self, certificate: &Certificate<R>, since: UnixTime) -> Self {
        let known = self.entry(certificate.kid()).map_or(since, |entry| entry.since.max(since));
        self.published.retain(|entry| entry.certificate.kid() != certificate.kid());
        let place = self.published.partition_point(|entry| entry.since <= known);
        self.published.insert(place, Entry { certificate: certificate.clone(), since: known });
        self
    }

    /// The certificates, in the order in which they are published: what has to stand in the set.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate<R>> {
        self.published.iter().map(|entry| &entry.certificate)
    }

    /// When the key `kid` may sign for the first time: ten minutes after it was published, and not before its certificate is valid. `None` if it is
    /// not published.
    #[must_use]
    pub fn signs_from(&self, kid: &KeyId) -> Option<UnixTime> {
        self.entry(kid).map(Entry::ready)
    }

    /// The certificate whose key signs at `time`: the one published last of those that may. `None` if none may: the first key of all has to wait as well.
    #[must_use]
    pub fn signing_at(&self, time: UnixTime) -> Option<&Certificate<R>> {
        let may_sign = |entry: &&Entry<R>| entry.ready() <= time && entry.certificate.validity().contains(time);
        self.published.iter().rev().find(may_sign).map(|entry| &entry.certificate)
    }

    /// Until when the key `kid` has to stay published after another has taken its place, if its tokens live for `longest_token` at the most: by
    /// then, and ten seconds of clock skew later, none can still be accepted. `None` if it is not published, or no other is to take its place.
    ///
    /// `longest_token` is the ceiling of what the role signs (FACTS section 4): 600 s for request objects, 300 s for JWT Auth. PII outlives it, and is
    /// verified by the set of retired keys. A key that is withdrawn because it is known to others is withdrawn at once instead.
    #[must_use]
    pub fn published_until(&self, kid: &KeyId, longest_token: Duration) -> Option<UnixTime> {
        let place = self.published.iter().position(|entry| entry.certificate.kid() == kid)?;
        let taken_over = self.published.iter().skip(place + 1).map(Entry::ready).min()?;
        Some(after(taken_over, longest_token.saturating_add(SKEW)))
    }

    fn entry(&self, kid: &KeyId) -> Option<&Entry<R>> {
        self.published.iter().find(|entry| entry.certificate.kid() == kid)
    }
}

impl<R: Signing> Entry<R> {
    fn ready(&self) -> UnixTime {
        after(self.since, WAIT_BEFORE_SIGNING).max(self.certificate.validity().not_before())
    }
}

impl<R: Signing> Default for SigningSchedule<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Signing> Clone for SigningSchedule<R> {
    fn clone(&self) -> Self {
        Self { published: self.published.clone() }
    }
}

impl<R: Signing> Clone for Entry<R> {
    fn clone(&self) -> Self {
        Self { certificate: self.certificate.clone(), since: self.since }
    }
}

impl<R: Signing> fmt::Debug for SigningSchedule<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.published.iter().map(|entry| (entry.certificate.kid(), entry.since.as_secs()));
        write!(f, "SigningSchedule<{}>", R::ID)?;
        f.debug_map().entries(entries).finish()
    }
}

/// A time some whole seconds later, rounded up.
fn after(time: UnixTime, pause: Duration) -> UnixTime {
    let seconds = pause.as_secs().saturating_add(u64::from(pause.subsec_nanos() > 0));
    UnixTime::since_unix_epoch(Duration::from_secs(time.as_secs().saturating_add(seconds)))
}

/// How far clocks may be apart (FACTS section 4).
const SKEW: Duration = Duration::from_secs(10);
