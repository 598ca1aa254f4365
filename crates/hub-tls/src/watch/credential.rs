//! A credential in PEM files.

use std::path::PathBuf;
use std::time::Duration;

use hub_roles::{
    Certificate, CertificateChain, Credential, Expectation, HubToLfi, InstanceId, Path, PathId, Role, RoleId,
    SoftwareKey, TppToHub, TrustFramework,
};
use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use super::check::Watched;
use super::error::LoadError;
use super::file::{PEM_OCTETS, Sight, read};
use super::presenter::{KeepingOld, OfInstance, Presenter};
use super::reload::Reload;
use super::settings::WatchSettings;
use super::watcher::Watcher;
use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::rotation::Rotation;

/// The files of a certificate and its private key, in PEM. They may be one and the same.
///
/// ```no_run
/// use hub_roles::{C3, Deployment, LfiToHub, TrustFramework};
/// use hub_tls::{Connector, PemFiles, WatchSettings};
/// use rustls_pki_types::UnixTime;
///
/// # async fn start(trust: TrustFramework, deployment: Deployment) -> Result<(), Box<dyn std::error::Error>> {
/// let files = PemFiles::new("/etc/bank/c3/tls.crt", "/etc/bank/c3/tls.key");
/// let c3 = files.load::<C3>(&trust, &deployment.expect(&"retail".parse()?)?, UnixTime::now())?;
/// let connector = Connector::<LfiToHub>::new(&trust, &deployment, c3)?;
/// let watcher = connector.rotation().watch(files, &WatchSettings::new()).await;
/// # drop(watcher);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemFiles {
    chain: PathBuf,
    key: PathBuf,
}

impl PemFiles {
    /// The certificate with the CA certificates to send along, as [`CertificateChain::from_pem`] takes them, and the key, as
    /// [`SoftwareKey::from_pem`] does.
    #[must_use]
    pub fn new(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { chain: chain.into(), key: key.into() }
    }

    /// Loads them as they are now, for the start of a program. It blocks.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load<R: Role>(
        &self,
        trust: &TrustFramework,
        expected: &Expectation<R>,
        now: UnixTime,
    ) -> Result<Credential<R>, LoadError> {
        self.credential(&self.read()?, |chain| Ok(trust.verify(chain, expected, now)?))
    }

    fn read(&self) -> Result<PemPair, LoadError> {
        Ok(PemPair { chain: read(&self.chain, PEM_OCTETS)?, key: read(&self.key, PEM_OCTETS)? })
    }

    fn credential<R: Role>(
        &self,
        pair: &PemPair,
        certify: impl FnOnce(&CertificateChain) -> Result<Certificate<R>, LoadError>,
    ) -> Result<Credential<R>, LoadError> {
        let chain = CertificateChain::from_pem(&pair.chain)
            .map_err(|error| LoadError::Chain { file: self.chain.clone(), error })?;
        let key = SoftwareKey::from_pem(&pair.key).map_err(|error| LoadError::Key { file: self.key.clone(), error })?;
        Ok(Credential::new(certify(&chain)?, key)?)
    }
}

/// What the files held.
struct PemPair {
    chain: Zeroizing<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
}

/// The files of a credential, and who presents it.
struct CredentialWatch<T> {
    files: PemFiles,
    presenter: T,
}

impl<T: Presenter> Watched for CredentialWatch<T> {
    type Contents = PemPair;
    const PATH: Option<PathId> = Some(T::Path::ID);
    const ROLE: Option<RoleId> = Some(T::Role::ID);

    fn file(&self) -> &PathBuf {
        &self.files.chain
    }

    fn read(&self) -> Result<PemPair, LoadError> {
        self.files.read()
    }

    fn sight(pair: &PemPair) -> Sight {
        Sight::of_contents([&**pair.chain, &**pair.key])
    }

    fn take(&self, pair: PemPair) -> Result<Reload, LoadError> {
        let old = self.presenter.presented()?;
        let new = self.files.credential(&pair, |chain| Ok(self.presenter.certify(chain)?))?;
        if new.certificate().chain() == old.certificate().chain() {
            return Ok(Reload::Unchanged);
        }
        let (old, kid) = (old.kid().clone(), new.kid().clone());
        self.presenter.present(new)?;
        Ok(Reload::Credential { old, new: kid })
    }
}

impl<P: Path> Rotation<Connector<P>> {
    /// Presents what these files hold, from now on and whenever it changes, as by [`swap_credential`](Self::swap_credential). They are
    /// judged by the trust framework and the deployment that are current at the time. It first looks at them once.
    ///
    /// A TPP whose access tokens are in use calls [`watch_keeping_old`](Rotation::watch_keeping_old).
    pub async fn watch(&self, files: PemFiles, settings: &WatchSettings) -> Watcher {
        Watcher::start(CredentialWatch { files, presenter: self.clone() }, settings).await
    }
}

impl Rotation<Connector<TppToHub>> {
    /// As [`watch`](Self::watch), and keeps each C1 that is replaced for that long for the access tokens bound to it, as by
    /// [`swap_credential_keeping_old`](Self::swap_credential_keeping_old). [`Reload::Credential`] has both thumbprints.
    pub async fn watch_keeping_old(&self, files: PemFiles, period: Duration, settings: &WatchSettings) -> Watcher {
        let presenter = KeepingOld { rotation: self.clone(), period };
        Watcher::start(CredentialWatch { files, presenter }, settings).await
    }
}

impl Rotation<Acceptor<HubToLfi>> {
    /// Presents what these files hold, from now on and whenever it changes, as by [`swap_credential`](Self::swap_credential). They are
    /// judged by the trust framework and the deployment that are current at the time. It first looks at them once.
    pub async fn watch(&self, files: PemFiles, settings: &WatchSettings) -> Watcher {
        Watcher::start(CredentialWatch { files, presenter: self.clone() }, settings).await
    }
}

impl<P: AcceptingPath<Instance = InstanceId>> Rotation<Acceptor<P>> {
    /// Presents for an instance what these files hold, from now on and whenever it changes. They are judged by the trust framework and
    /// the deployment that are current at the time. It first looks at them once.
    ///
    /// While the instance is not served, every look ends in [`ConfigError::NotServed`](crate::ConfigError::NotServed): files do not
    /// bring back what was [removed](Self::remove_instance).
    pub async fn watch(&self, instance: InstanceId, files: PemFiles, settings: &WatchSettings) -> Watcher {
        let presenter = OfInstance { rotation: self.clone(), instance };
        Watcher::start(CredentialWatch { files, presenter }, settings).await
    }
}
