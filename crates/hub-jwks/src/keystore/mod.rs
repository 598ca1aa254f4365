//! All the key sets that a party needs.

mod preload;
mod settings;
mod shelf;
mod snapshot;
mod source;
mod view;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use hub_roles::{
    ClientId, Deployment, Encryption, EncryptionKey, HttpsUrl, KeyId, Sig1, Sig3, Signing, TrustFramework,
    VerificationKey,
};
use rustls_pki_types::UnixTime;

pub use self::preload::{NotPreloaded, Preloaded};
pub use self::settings::{KeystoreSettings, KeystoreSettingsError};
pub use self::snapshot::{EntryFault, Loaded, RefusedEntry, SnapshotError};
pub use self::source::{KeySource, Published};
pub use self::view::KeystoreSwapError;

use self::shelf::Shelf;
use self::view::View;
use crate::clock::Clock;
use crate::keystore_url::KeystoreUrl;
use crate::remote::{KeySetHealth, LookupError, RemoteKeySet, Upstream};
use crate::set::KeyOwner;
use crate::transport::Transport;

/// The public keys of everybody that a deployment names, each set fetched when it is first needed and kept as [`RemoteKeySet`] says.
///
/// - **By role and party.** `key::<Sig1>(client, kid)` looks into the set of that client's application, and nowhere else; a key of
///   another role, another party, or from another URL is not to be had this way, and asking by the wrong kind of name does not compile.
/// - **Nobody waits for somebody else.** Each set has its own attempts, pauses and failures. At one host at most 64 attempts are made at once, so a
///   host that hangs holds up its own sets only.
/// - **Retired keys** are reached by [`Self::key_for_opening_later`] and [`Self::key_for_opening_later_at`] alone, for PII that comes back (FACTS
///   section 4): their URLs are of [a type of their own](crate::RetiredKeysUrl), by which nothing else is looked up.
/// - **Certificates are judged** if [`KeystoreSettings::with_trust`] says so, by what the deployment registers for the role and exactly that party.
///   Not once a token: [what it costs](#what-judging-costs).
/// - **What is in force counts.** A key is handed out by the deployment and the trust framework of that moment: a lookup that waited for a fetch while either
///   was swapped begins again.
/// - **Bounded.** At most so many sets and octets are kept; sets not in use make room. [`KeystoreSettings`] says how many a party needs, and the memory.
/// - **Warm from the start.** [`Self::save`] and [`Self::load`] carry the sets over to the next process, for what is left of their lifetime.
///
/// Cloning shares everything.
///
/// # What judging costs
///
/// One path building for each key with a certificate, each role that it is asked for in, and each set that was read: what is found is kept with the set. A
/// set that is fetched anew or brought back from a snapshot begins without; one that its server confirmed (`304`) keeps what was found.
///
/// - What was accepted holds until the first certificate of its path or the first revocation list that is required ends, and for every consent that was
///   created while its certificates were valid.
/// - What was refused is not looked into again for a minute, for a key in use as for all consents that fall between the same beginnings and ends of
///   certificates: a key that had expired by one consent may have been good at another.
/// - [`Self::swap_trust`] has all forgotten. By another expectation, from a new deployment or another [`KeySource`], a key is judged anew for that role, and what
///   was found by the one before is forgotten: two that take turns cost a path building each time.
/// - Verdicts of four such periods are kept of one key and role. So nobody causes a path building with each token but who has consents in more than four,
///   and tokens for all of them by one retired key. It is two or three RSA verifications.
///
/// A refusal is told (`key-set.certificate-refused`) once a minute for each key and role, and anew for each set that was read.
///
/// ```
/// # use core::time::Duration;
/// # use std::sync::Arc;
/// use hub_jwks::{Keystore, KeystoreSettings};
/// use hub_roles::{InstanceId, Sig1, Sig4};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let eco = Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)))?;
/// # let served = hub_testkit::Keystore::serve(&eco).await?;
/// # let (fetcher, acme, bank) = (served.fetcher()?, eco.tpp("acme")?, eco.lfi("bank")?);
/// # let deployment = eco.hub().deployment();
/// let keystore = Keystore::new(deployment, eco.keystore(), Arc::new(fetcher), &KeystoreSettings::new())?;
/// let sig1 = keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await?;
/// assert_eq!(sig1.owner(), acme.client_id());
///
/// let retail: InstanceId = "retail".parse()?;
/// let sig4 = keystore.key::<Sig4>(&retail, bank.sig4()?.kid()).await?;
/// assert_eq!(sig4.owner(), &bank.organisation());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A client ID leads to no key of an LFI:
///
/// ```compile_fail,E0308
/// # use hub_jwks::{Keystore, LookupError};
/// # use hub_roles::{ClientId, KeyId, Sig4};
/// async fn confused(keystore: &Keystore, tpp: &ClientId, kid: &KeyId) -> Result<(), LookupError> {
///     keystore.key::<Sig4>(tpp, kid).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Keystore(Arc<Inner>);

struct Inner {
    view: ArcSwap<View>,
    /// Held by whoever replaces the view.
    swap: Mutex<()>,
    urls: KeystoreUrl,
    clock: Arc<dyn Clock>,
    shelf: Shelf,
}

impl Keystore {
    /// The keys of whom `deployment` names, those of TPPs at `urls`. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`KeystoreSettingsError`] if the settings contradict each other, or the deployment.
    pub fn new(
        deployment: &Deployment,
        urls: KeystoreUrl,
        transport: Arc<dyn Transport>,
        settings: &KeystoreSettings,
    ) -> Result<Self, KeystoreSettingsError> {
        settings.check()?;
        let view = View::new(deployment.clone(), settings.trust.clone());
        let view = ArcSwap::from_pointee(view.ok_or(KeystoreSettingsError::OtherEnvironment)?);
        let clock = settings.cache.clock();
        let upstream =
            Upstream::new(transport, &settings.cache)?.with_documents(settings.most_octets, settings.snapshots);
        let shelf = Shelf::new(Arc::new(upstream), settings.most_sets, settings.cache.longest_lifetime().as_secs());
        Ok(Self(Arc::new(Inner { view, swap: Mutex::default(), urls, clock, shelf })))
    }

    /// The key `kid` of signing role `R` of whom `of` names: a client for Sig1, an instance for Sig2 and Sig4.
    ///
    /// # Errors
    /// [`LookupError`]; [`LookupError::MissingPart`] if the deployment does not say where the keys are, or what certificates must show.
    pub async fn key<R: Signing + Published>(
        &self,
        of: &R::Of,
        kid: &KeyId,
    ) -> Result<VerificationKey<R>, LookupError> {
        self.in_view(move |view| async move { self.key_in(&view, &self.source_in(&view, of)?, kid).await }).await
    }

    /// The key `kid` of Ozone's Sig3.
    ///
    /// # Errors
    /// As [`Self::key`].
    pub async fn hub_key(&self, kid: &KeyId) -> Result<VerificationKey<Sig3>, LookupError> {
        self.key::<Sig3>(&(), kid).await
    }

    /// As [`Self::key`], of a party that stands in no deployment file.
    ///
    /// # Errors
    /// [`LookupError`]; [`LookupError::NoExpectation`] if certificates are judged, and `source` does not say what they must show.
    pub async fn key_at<R: Signing + Published>(
        &self,
        source: &KeySource<R>,
        kid: &KeyId,
    ) -> Result<VerificationKey<R>, LookupError> {
        self.in_view(move |view| async move { self.key_in(&view, source, kid).await }).await
    }

    /// The key to encrypt to for role `R`: the one whose `kid` the deployment has registered, else the newest, as
    /// [`KeySet::encryption_key`](crate::KeySet::encryption_key) says; of those whose certificate holds, if certificates are judged.
    ///
    /// # Errors
    /// As [`Self::key`].
    pub async fn encryption_key<R: Encryption + Published>(&self, of: &R::Of) -> Result<EncryptionKey<R>, LookupError> {
        self.in_view(move |view| async move { self.encryption_key_in(&view, &self.source_in(&view, of)?).await }).await
    }

    /// As [`Self::encryption_key`], of a party that stands in no deployment file.
    ///
    /// # Errors
    /// As [`Self::key_at`].
    pub async fn encryption_key_at<R: Encryption + Published>(
        &self,
        source: &KeySource<R>,
    ) -> Result<EncryptionKey<R>, LookupError> {
        self.in_view(move |view| async move { self.encryption_key_in(&view, source).await }).await
    }

    /// The key `kid` of a client's Sig1 for PII that is opened later than it was sealed: among the keys in use, else among the retired.
    ///
    /// `created_at` is the consent's CreationDateTime, from one's own record of it. If certificates are judged, that of a key in use must hold now, that of a
    /// retired key must have been valid then: since then it has usually expired. Its revocation is judged now, as
    /// [`TrustFramework::verify_used_at`] says: one that is on a revocation list is refused, whenever it was revoked, and where lists are required, they must
    /// be current. If `created_at` is later than now, no retired key holds.
    ///
    /// That a key is retired does not say why (FACTS section 3): one that was revoked for cause is to be named with [`Self::revoke`]. For anything but PII
    /// a retired key is no key: no other method takes where they are (a [`RetiredKeysUrl`](crate::RetiredKeysUrl)).
    ///
    /// # Errors
    /// As [`Self::key`]. If the key is in no set, the first error that another attempt may mend, else that of the set in use. A retired set that is not there
    /// is such an error as well, unless its server was asked for this lookup: a key may have been retired since.
    pub async fn key_for_opening_later(
        &self,
        client: &ClientId,
        kid: &KeyId,
        created_at: UnixTime,
    ) -> Result<VerificationKey<Sig1>, LookupError> {
        self.in_view(move |view| async move {
            self.later_key_in(&view, &self.source_in(&view, client)?, kid, created_at).await
        })
        .await
    }

    /// As [`Self::key_for_opening_later`], of a client that stands in no deployment file.
    ///
    /// # Errors
    /// As [`Self::key_at`].
    pub async fn key_for_opening_later_at(
        &self,
        source: &KeySource<Sig1>,
        kid: &KeyId,
        created_at: UnixTime,
    ) -> Result<VerificationKey<Sig1>, LookupError> {
        self.in_view(move |view| async move { self.later_key_in(&view, source, kid, created_at).await }).await
    }

    /// Where the keys of role `R` of whom `of` names are, and, if certificates are judged, what they must show.
    ///
    /// # Errors
    /// [`LookupError::MissingPart`] if the deployment does not say it.
    pub fn source<R: Published>(&self, of: &R::Of) -> Result<KeySource<R>, LookupError> {
        self.source_in(&self.0.view.load(), of)
    }

    /// Never hands out the key `kid` of `owner` again, whatever any set says. As [`RemoteKeySet::revoke`], for all sets of this owner,
    /// also for those that are yet to come.
    pub fn revoke<O: KeyOwner>(&self, owner: &O, kid: &KeyId) {
        self.0.shelf.revoke(owner, kid);
    }

    /// Looks keys up by another deployment from now on. Sets that it leads to as well stay as they are. Lookups that are waiting go by the new one.
    ///
    /// # Errors
    /// [`KeystoreSwapError::OtherEnvironment`] if the trust framework is of another environment: then nothing changes.
    pub fn swap_deployment(&self, deployment: &Deployment) -> Result<(), KeystoreSwapError> {
        self.replace_view(|view| view.with_deployment(deployment))
    }

    /// Judges certificates by another trust framework from now on, under the same policy: by newer revocation lists, or by another bundle
    /// that was made the [successor](TrustFramework::succeeding) of the one in force. What was found under the old one is forgotten.
    ///
    /// Keys that were handed out before are not called back. Lookups that are waiting go by the new one.
    ///
    /// # Errors
    /// [`KeystoreSwapError`]: then nothing changes.
    pub fn swap_trust(&self, trust: &TrustFramework) -> Result<(), KeystoreSwapError> {
        self.replace_view(|view| view.with_trust(trust))
    }

    /// How each set stands.
    #[must_use]
    pub fn health(&self) -> Vec<KeySetHealth> {
        self.0.shelf.health()
    }

    /// Looks up in the view that is in force, and again if another has come in the meantime: whatever is handed out was judged by the view in force.
    async fn in_view<K, F: Future<Output = Result<K, LookupError>>>(
        &self,
        look_up: impl Fn(Arc<View>) -> F,
    ) -> Result<K, LookupError> {
        loop {
            let view = self.0.view.load_full();
            let outcome = look_up(Arc::clone(&view)).await;
            if Arc::ptr_eq(&view, &self.0.view.load()) {
                return outcome;
            }
        }
    }

    fn source_in<R: Published>(&self, view: &View, of: &R::Of) -> Result<KeySource<R>, LookupError> {
        view.source(&self.0.urls, of)
    }

    async fn key_in<R: Signing + Published>(
        &self,
        view: &View,
        source: &KeySource<R>,
        kid: &KeyId,
    ) -> Result<VerificationKey<R>, LookupError> {
        let check = view.check(source, None, &*self.0.clock)?;
        self.at(source.owner(), source.active())?
            .show_verification_key(kid, check.as_ref(), VerificationKey::clone)
            .await
    }

    async fn encryption_key_in<R: Encryption + Published>(
        &self,
        view: &View,
        source: &KeySource<R>,
    ) -> Result<EncryptionKey<R>, LookupError> {
        let check = view.check(source, None, &*self.0.clock)?;
        let set = self.at(source.owner(), source.active())?;
        set.checked_encryption_key(source.registered_kid(), check.as_ref()).await
    }

    async fn later_key_in(
        &self,
        view: &View,
        source: &KeySource<Sig1>,
        kid: &KeyId,
        created_at: UnixTime,
    ) -> Result<VerificationKey<Sig1>, LookupError> {
        let mut refused = match self.key_in(view, source, kid).await {
            // It may have expired, and be retired since this set was fetched.
            Err(error) if error.may_be_retired() => error,
            answer => return answer,
        };
        let check = view.check(source, Some(created_at), &*self.0.clock)?;
        for url in source.retired() {
            let set = self.at(source.owner(), url.published_at());
            let found = async { set?.show_verification_key(kid, check.as_ref(), VerificationKey::clone).await };
            match found.await {
                Ok(key) => return Ok(key),
                // Who never retired a key has no such set. If that was said before, the key may be there by now.
                Err(error) if error.is_absent_set() => {}
                Err(error) if error.is_retryable() => {
                    if refused.retry_after().is_none() && error.retry_after().is_some() {
                        refused = error;
                    }
                }
                // It is there, and refused: revoked, for one.
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    fn replace_view(
        &self,
        next: impl FnOnce(&View) -> Result<View, KeystoreSwapError>,
    ) -> Result<(), KeystoreSwapError> {
        let _swap = self.0.swap.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.view.store(Arc::new(next(&self.0.view.load())?));
        Ok(())
    }

    fn at<O: KeyOwner>(&self, owner: &O, url: &HttpsUrl) -> Result<RemoteKeySet<O>, LookupError> {
        self.0.shelf.set(owner, url).ok_or_else(|| LookupError::NoRoom { url: url.clone() })
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keystore({})", self.0.urls.host())
    }
}
