//! One key set, kept fresh (THREATS section 3).
//!
//! A [`lookup`] that finds its key reads two pointers, to the set that is held ([`cached`]) and to what is revoked of it ([`revoked`]), and
//! takes no lock, but for the one that begins the refresh. Who else may ask for the set is decided in [`state`], when in [`schedule`], on the time of [`timeline`]; an [`attempt`] fetches it,
//! in one of the [`lanes`] to its host, and a [`keeper`] does so before anybody waits.

mod attempt;
mod cached;
mod error;
mod event;
mod health;
mod held;
mod keeper;
mod lanes;
mod lookup;
mod record;
mod revoked;
mod room;
mod schedule;
mod settings;
mod state;
mod timeline;
mod unknown;
mod upstream;

use std::fmt;
use std::sync::Arc;

use hub_roles::{Encryption, EncryptionKey, HttpsUrl, KeyId, Signing, VerificationKey};

pub use self::error::LookupError;
pub use self::health::{KeySetHealth, Standing};
pub use self::settings::{CacheSettings, CacheSettingsError};

pub(crate) use self::lanes::AT_ONE_HOST;
pub(crate) use self::record::{NotRestored, Record};
pub(crate) use self::revoked::RevokedKids;
pub(crate) use self::upstream::Upstream;

use self::cached::Cached;
use self::held::Held;
use crate::set::{KeyOwner, KeySet};
use crate::transport::Transport;
use crate::trust::Check;

/// The key set at one URL, cached: fetched when it is first needed, again before its lifetime ends while it is in use, and when a `kid` is asked for
/// that it does not have.
///
/// # What a lookup does
///
/// - The set is within its lifetime, and has the key: it is handed out at once. Past seven to nine tenths of the lifetime a
///   refresh begins in the background.
/// - It has no such `kid`: the lookup waits for the attempt in progress, or makes one if the last was no shorter than the cooldown (10 s) ago. Else
///   it ends in [`LookupError::Suppressed`], which is retryable: the first token after a rotation is verified unless the set was
///   fetched within the cooldown. However many unknown `kid`s come, the set is fetched once per cooldown. A `kid`
///   that was not in the set when it was fetched for it is unknown until the cooldown is over.
/// - It is past its lifetime: the lookup waits for an attempt. Once that has failed because the server is out, the set is served without waiting,
///   for at most 600 s more, and never later than 1200 s after it was fetched or confirmed. That the server is out is known until a set
///   in use would have been asked for again, and answered; after that the next lookup waits once more. A server that answers that the set is not there,
///   or answers with something else, is not out: then lookups end in [`LookupError::Unavailable`], and what it has answered no later outage
///   takes back.
///
/// Attempts are made by the transport in the background: one at a time, each within a limit and followed by a pause. A caller who stops
/// waiting cancels nothing. An attempt that its runtime leaves alone is given up at its limit by whoever waits for it, or by the next lookup: both
/// measure the limit on the settings' [`Clock`](crate::Clock). A failed attempt never shortens or empties what is held, and a set without one usable key is a failed attempt.
///
/// Cloning shares the cache. The limits are those of [`CacheSettings`].
///
/// # Memory
///
/// What two RSA-2048 keys in use take, with what keeps them fresh, as a test measures and bounds it on the heap
/// (`cargo test -p hub-jwks --test cache memory -- --nocapture`, x86-64):
///
/// | each key is | document | one set | 10,000 sets |
/// |---|---|---|---|
/// | bare | 0.8 kB | 5.0 kB | 50 MB |
/// | with `x5c` | 4.7 kB | 7.3 kB | 73 MB |
///
/// The cryptographic library's own form of the keys comes on top: about 1 kB for each key that was used, by the size of a process.
///
/// ```
/// # use core::time::Duration;
/// # use std::sync::Arc;
/// use hub_jwks::{CacheSettings, RemoteKeySet};
/// use hub_roles::Sig1;
/// # use hub_testkit::{Ecosystem, Keystore};
/// # use rustls_pki_types::UnixTime;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let eco = Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)))?;
/// # let served = Keystore::serve(&eco).await?;
/// # let (fetcher, acme) = (served.fetcher()?, eco.tpp("acme")?);
/// # let url = eco.keystore().application_keys(&acme.organisation(), &acme.software_statement()).active();
/// let keys = RemoteKeySet::new(url, acme.client_id().clone(), Arc::new(fetcher), &CacheSettings::new())?;
/// for _ in 0..1000 {
///     let key = keys.verification_key::<Sig1>(acme.sig1().kid()).await?;
///     assert_eq!(key.owner(), acme.client_id());
/// }
/// assert_eq!(served.requests(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RemoteKeySet<O>(Arc<Cached<O>>);

impl<O: KeyOwner> RemoteKeySet<O> {
    /// The set at `url`, which is `owner`'s: whose it is, the caller knows; the set does not say. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`CacheSettingsError`] if the settings contradict each other.
    pub fn new(
        url: HttpsUrl,
        owner: O,
        transport: Arc<dyn Transport>,
        settings: &CacheSettings,
    ) -> Result<Self, CacheSettingsError> {
        Ok(Self::of(url, owner, Arc::new(Upstream::new(transport, settings)?), Arc::default()))
    }

    /// One of the sets that share `upstream`. `revoked`: what all of `owner`'s share.
    pub(crate) fn of(url: HttpsUrl, owner: O, upstream: Arc<Upstream>, revoked: Arc<RevokedKids>) -> Self {
        Self(Arc::new(Cached::new(url, owner, upstream, revoked)))
    }

    /// Where the set is.
    #[must_use]
    pub fn url(&self) -> &HttpsUrl {
        &self.0.url
    }

    /// Whose keys it has.
    #[must_use]
    pub fn owner(&self) -> &O {
        &self.0.owner
    }

    /// The owner's key `kid` for signing role `R`, as [`KeySet::verification_key`].
    ///
    /// # Errors
    /// [`LookupError`].
    pub async fn verification_key<R: Signing<Owner = O>>(
        &self,
        kid: &KeyId,
    ) -> Result<VerificationKey<R>, LookupError> {
        self.show_verification_key(kid, None, VerificationKey::clone).await
    }

    /// As [`Self::verification_key`], which it shows to `look` where it lies. Threads that look at one key at the same time have nothing to write
    /// in common then, while each copy of a key is counted.
    ///
    /// The set stays in memory for as long as `look` takes.
    ///
    /// # Errors
    /// [`LookupError`].
    pub async fn with_verification_key<R: Signing<Owner = O>, T>(
        &self,
        kid: &KeyId,
        look: impl Fn(&VerificationKey<R>) -> T,
    ) -> Result<T, LookupError> {
        self.show_verification_key(kid, None, look).await
    }

    /// As [`Self::with_verification_key`]; under a `check`, only if the key's certificate holds.
    pub(crate) async fn show_verification_key<R: Signing<Owner = O>, T>(
        &self,
        kid: &KeyId,
        check: Option<&Check<'_, R>>,
        look: impl Fn(&VerificationKey<R>) -> T,
    ) -> Result<T, LookupError> {
        let choice = |held: &Held<O>| held.set.show_verification_key(kid, |key| self.0.judge(held, key, check), &look);
        self.0.choose::<R, _>(Some(kid), choice).await
    }

    /// All keys of the owner for signing role `R`, as [`KeySet::verification_keys`]: for payloads whose `kid` shows only when they are opened.
    ///
    /// # Errors
    /// [`LookupError::Unavailable`].
    pub async fn verification_keys<R: Signing<Owner = O>>(&self) -> Result<Vec<VerificationKey<R>>, LookupError> {
        self.0
            .choose::<R, _>(None, |held| Ok(held.set.verification_keys_that(|key| !self.0.revoked.contains(key.kid()))))
            .await
    }

    /// The owner's key to encrypt to for role `R`, as [`KeySet::encryption_key`].
    ///
    /// # Errors
    /// [`LookupError`].
    pub async fn encryption_key<R: Encryption<Owner = O>>(
        &self,
        registered_kid: Option<&KeyId>,
    ) -> Result<EncryptionKey<R>, LookupError> {
        self.checked_encryption_key(registered_kid, None).await
    }

    /// As [`Self::encryption_key`]; under a `check`, only if the key's certificate holds.
    pub(crate) async fn checked_encryption_key<R: Encryption<Owner = O>>(
        &self,
        registered_kid: Option<&KeyId>,
        check: Option<&Check<'_, R>>,
    ) -> Result<EncryptionKey<R>, LookupError> {
        self.0
            .choose::<R, _>(registered_kid, |held| {
                held.set.encryption_key_that(registered_kid, |key| self.0.judge(held, key, check))
            })
            .await
    }

    /// The set itself, as long as it may be used. Fetches it if need be, and so serves to warm the cache.
    ///
    /// # Errors
    /// [`LookupError::Unavailable`].
    pub async fn key_set(&self) -> Result<Arc<KeySet<O>>, LookupError> {
        self.0.fetched().await
    }

    /// The set, if it is held and may be used: without waiting. As any lookup it counts as use, and past the refresh point begins an attempt.
    #[must_use]
    pub fn held(&self) -> Option<Arc<KeySet<O>>> {
        self.0.shown()
    }

    /// Never hands out the key `kid` again, whatever the set says (THREATS section 3, "identity").
    ///
    /// A lookup of it ends at once in [`JwkError::Revoked`](crate::JwkError::Revoked), whatever is held, and nothing is fetched for it; one that waits already ends
    /// so when its attempt does. Where no `kid` is asked for it is passed over. The set that [`Self::held`] and [`Self::key_set`] show has it
    /// among the rejected.
    ///
    /// Keys that were handed out before are not called back: end the connections and sessions that rest on them.
    pub fn revoke(&self, kid: KeyId) {
        self.0.revoked.insert(&kid);
    }

    /// How it stands now.
    #[must_use]
    pub fn health(&self) -> KeySetHealth {
        self.0.health()
    }

    /// The set as it is held, to be brought back by another process.
    pub(crate) fn record(&self) -> Option<Record> {
        self.0.record()
    }

    /// Brings a set back that another process held.
    pub(crate) fn restore(&self, record: Record) -> Result<(), NotRestored> {
        self.0.restore(record)
    }

    /// Whether anybody else holds it: a caller, or an attempt in progress.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl<O: KeyOwner> fmt::Debug for RemoteKeySet<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteKeySet({} of {})", self.url(), self.owner())
    }
}
