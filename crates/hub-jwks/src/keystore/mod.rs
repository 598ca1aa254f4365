//! All the key sets that a party needs.

mod settings;
mod shelf;
mod source;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hub_roles::{
    ClientId, Deployment, Encryption, EncryptionKey, HttpsUrl, KeyId, Sig1, Sig3, Signing, VerificationKey,
};

pub use self::settings::{KeystoreSettings, KeystoreSettingsError};
pub use self::source::{KeySource, Published};

use self::shelf::Shelf;
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
/// - **Retired keys** are reached by [`Self::key_for_opening_later`] alone, for PII that comes back (FACTS section 4).
/// - **Bounded.** At most so many sets are kept; those not in use make room.
///
/// Cloning shares everything.
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
    deployment: ArcSwap<Deployment>,
    urls: KeystoreUrl,
    shelf: Shelf,
}

impl Keystore {
    /// The keys of whom `deployment` names, those of TPPs at `urls`. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`KeystoreSettingsError`] if the settings contradict each other.
    pub fn new(
        deployment: &Deployment,
        urls: KeystoreUrl,
        transport: Arc<dyn Transport>,
        settings: &KeystoreSettings,
    ) -> Result<Self, KeystoreSettingsError> {
        settings.check()?;
        let upstream = Arc::new(Upstream::new(transport, &settings.cache)?);
        let shelf = Shelf::new(upstream, settings.most_sets, settings.cache.longest_lifetime().as_secs());
        Ok(Self(Arc::new(Inner { deployment: ArcSwap::from_pointee(deployment.clone()), urls, shelf })))
    }

    /// The key `kid` of signing role `R` of whom `of` names: a client for Sig1, an instance for Sig2 and Sig4.
    ///
    /// # Errors
    /// [`LookupError`]; [`LookupError::MissingPart`] if the deployment does not say where the keys are.
    pub async fn key<R: Signing + Published>(
        &self,
        of: &R::Of,
        kid: &KeyId,
    ) -> Result<VerificationKey<R>, LookupError> {
        self.key_set::<R>(of)?.verification_key(kid).await
    }

    /// The key `kid` of Ozone's Sig3.
    ///
    /// # Errors
    /// As [`Self::key`].
    pub async fn hub_key(&self, kid: &KeyId) -> Result<VerificationKey<Sig3>, LookupError> {
        self.key::<Sig3>(&(), kid).await
    }

    /// The key to encrypt to for role `R`: the one whose `kid` the deployment has registered, else the newest, as
    /// [`KeySet::encryption_key`](crate::KeySet::encryption_key) says.
    ///
    /// # Errors
    /// As [`Self::key`].
    pub async fn encryption_key<R: Encryption + Published>(&self, of: &R::Of) -> Result<EncryptionKey<R>, LookupError> {
        let source = self.source::<R>(of)?;
        self.key_set_at(&source)?.encryption_key(source.registered_kid()).await
    }

    /// The key `kid` of a client's Sig1 for PII that is opened later than it was sealed: among the keys in use, else among the retired.
    ///
    /// That a key is retired does not say why (FACTS section 3): one that was revoked for cause is to be named with [`Self::revoke`]. For anything but PII
    /// a retired key is no key: there is no other way to one.
    ///
    /// # Errors
    /// As [`Self::key`]. If the key is in no set, the first error that another attempt may mend, else that of the set in use.
    pub async fn key_for_opening_later(
        &self,
        client: &ClientId,
        kid: &KeyId,
    ) -> Result<VerificationKey<Sig1>, LookupError> {
        let source = self.source::<Sig1>(client)?;
        let mut refused = match self.key_set_at(&source)?.verification_key(kid).await {
            Err(error) if error.is_retryable() => error,
            answer => return answer,
        };
        for url in source.retired() {
            match self.at(source.owner(), url)?.verification_key(kid).await {
                Ok(key) => return Ok(key),
                // Who never retired a key has no such set.
                Err(error) if error.is_absent_set() => {}
                Err(error) if error.is_retryable() => {
                    if refused.retry_after().is_none() {
                        refused = error;
                    }
                }
                // It is there, and refused: revoked, for one.
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// The set of the keys of role `R` of whom `of` names: to hold on to where many keys of one party are looked up.
    ///
    /// # Errors
    /// [`LookupError::MissingPart`], [`LookupError::NoRoom`].
    pub fn key_set<R: Published>(&self, of: &R::Of) -> Result<RemoteKeySet<R::Owner>, LookupError> {
        self.key_set_at(&self.source::<R>(of)?)
    }

    /// The set of the keys in use at `source`: for parties that stand in no deployment file.
    ///
    /// # Errors
    /// [`LookupError::NoRoom`].
    pub fn key_set_at<R: Published>(&self, source: &KeySource<R>) -> Result<RemoteKeySet<R::Owner>, LookupError> {
        self.at(source.owner(), source.active())
    }

    /// Where the keys of role `R` of whom `of` names are.
    ///
    /// # Errors
    /// [`LookupError::MissingPart`] if the deployment does not say it.
    pub fn source<R: Published>(&self, of: &R::Of) -> Result<KeySource<R>, LookupError> {
        Ok(R::source(&self.0.deployment.load(), &self.0.urls, of)?)
    }

    /// Never hands out the key `kid` of `owner` again, whatever any set says. As [`RemoteKeySet::revoke`], for all sets of this owner,
    /// also for those that are yet to come.
    pub fn revoke<O: KeyOwner>(&self, owner: &O, kid: &KeyId) {
        self.0.shelf.revoke(owner, kid);
    }

    /// Looks keys up by another deployment from now on. Sets that it leads to as well stay as they are.
    pub fn swap_deployment(&self, deployment: &Deployment) {
        self.0.deployment.store(Arc::new(deployment.clone()));
    }

    /// How each set stands.
    #[must_use]
    pub fn health(&self) -> Vec<KeySetHealth> {
        self.0.shelf.health()
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
