//! A trust framework in files.

use std::path::PathBuf;
#[cfg(feature = "refresh")]
use std::sync::Arc;

use hub_roles::{Environment, MAX_REVOCATION_LIST_OCTETS, Path, PathId, RoleId, TrustFramework};
use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use super::check::Watched;
use super::error::LoadError;
use super::file::{PEM_OCTETS, Sight, read};
use super::reload::Reload;
use super::settings::WatchSettings;
use super::trusting::Trusting;
use super::watcher::Watcher;
use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::proxy::{Hop, TrustedProxy};
#[cfg(feature = "refresh")]
use crate::refresh::Refresher;
use crate::rotation::Rotation;

/// The file of a trust framework's bundle, in PEM, and those of revocation lists, if they come as files.
///
/// ```
/// use hub_tls::TrustFiles;
///
/// let files = TrustFiles::new("/etc/bank/trust/bundle.pem").with_revocation_list("/etc/bank/trust/issuer.crl");
/// # let _ = files;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustFiles {
    bundle: PathBuf,
    lists: Vec<PathBuf>,
}

impl TrustFiles {
    /// A bundle, as [`TrustFramework::from_pem`] takes it.
    #[must_use]
    pub fn new(bundle: impl Into<PathBuf>) -> Self {
        Self { bundle: bundle.into(), lists: Vec::new() }
    }

    /// And a revocation list, in DER or PEM, as [`TrustFramework::with_revocation_lists`] takes it.
    #[must_use]
    pub fn with_revocation_list(mut self, list: impl Into<PathBuf>) -> Self {
        self.lists.push(list.into());
        self
    }

    /// Loads them as they are now, for the start of a program. It blocks.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(&self, environment: Environment, now: UnixTime) -> Result<TrustFramework, LoadError> {
        self.trust(&self.read()?, environment, now)
    }

    fn read(&self) -> Result<TrustOctets, LoadError> {
        let bundle = read(&self.bundle, PEM_OCTETS)?;
        let lists = self.lists.iter().map(|list| read(list, LIST_OCTETS)).collect::<Result<_, _>>()?;
        Ok(TrustOctets { bundle, lists })
    }

    fn trust(
        &self,
        octets: &TrustOctets,
        environment: Environment,
        now: UnixTime,
    ) -> Result<TrustFramework, LoadError> {
        let trust = TrustFramework::from_pem(environment, &octets.bundle)
            .map_err(|error| LoadError::Trust { file: self.bundle.clone(), error })?;
        let lists: Vec<&[u8]> = octets.lists.iter().map(|list| &***list).collect();
        Ok(trust.with_revocation_lists(&lists, now)?)
    }
}

/// What the files held.
struct TrustOctets {
    bundle: Zeroizing<Vec<u8>>,
    lists: Vec<Zeroizing<Vec<u8>>>,
}

/// The files of a trust framework, and who goes by it.
struct TrustWatch<T> {
    files: TrustFiles,
    of: T,
}

impl<T: Trusting> Watched for TrustWatch<T> {
    type Contents = TrustOctets;
    const PATH: Option<PathId> = T::PATH;
    const ROLE: Option<RoleId> = None;

    fn file(&self) -> &PathBuf {
        &self.files.bundle
    }

    fn read(&self) -> Result<TrustOctets, LoadError> {
        self.files.read()
    }

    fn sight(octets: &TrustOctets) -> Sight {
        Sight::of_contents([&octets.bundle].into_iter().chain(&octets.lists).map(|content| &***content))
    }

    fn take(&self, octets: TrustOctets) -> Result<Reload, LoadError> {
        let in_force = self.of.in_force();
        let trust = self.files.trust(&octets, in_force.environment().clone(), self.of.now())?;
        Ok(Reload::Trust { closed: self.of.follow(trust.succeeding(&in_force))? })
    }
}

impl<P: AcceptingPath> Rotation<Acceptor<P>> {
    /// Trusts what these files hold, from now on and whenever it changes, as by [`swap_trust`](Self::swap_trust): as the
    /// [successor](TrustFramework::succeeding) of the trust framework that is in force, so that revocation lists never go back and the
    /// policy stays. It first looks at them once, and trusts what it finds.
    ///
    /// What follows a refresher (feature `refresh`) has its trust framework from there, and the refresher watches the files.
    pub async fn watch_trust(&self, files: TrustFiles, settings: &WatchSettings) -> Watcher {
        Watcher::start(TrustWatch { files, of: self.clone() }, settings).await
    }
}

impl<P: Path> Rotation<Connector<P>> {
    /// Trusts what these files hold, from now on and whenever it changes: as that of an
    /// [acceptor](Rotation#method.watch_trust).
    pub async fn watch_trust(&self, files: TrustFiles, settings: &WatchSettings) -> Watcher {
        Watcher::start(TrustWatch { files, of: self.clone() }, settings).await
    }
}

impl<P: AcceptingPath, H: Hop> Rotation<TrustedProxy<P, H>> {
    /// Trusts what these files hold, from now on and whenever it changes: as that of an
    /// [acceptor](Rotation#method.watch_trust). Revocation lists are judged at the system's time.
    pub async fn watch_trust(&self, files: TrustFiles, settings: &WatchSettings) -> Watcher {
        Watcher::start(TrustWatch { files, of: self.clone() }, settings).await
    }
}

#[cfg(feature = "refresh")]
impl Refresher {
    /// Puts what these files hold in force at all followers, now and whenever it changes, as by [`set_trust`](Self::set_trust). It
    /// first looks at them once. The files need no revocation lists: those that are fetched stay.
    pub async fn watch_trust(self: &Arc<Self>, files: TrustFiles, settings: &WatchSettings) -> Watcher {
        Watcher::start(TrustWatch { files, of: Arc::clone(self) }, settings).await
    }
}

/// The most octets of a file of revocation lists: in PEM they take four octets for three, and line ends.
const LIST_OCTETS: usize = MAX_REVOCATION_LIST_OCTETS / 2 * 3;
