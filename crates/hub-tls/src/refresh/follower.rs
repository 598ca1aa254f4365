//! Who follows a trust framework that is refreshed.

use hub_roles::{Path, TrustFramework};

use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::error::ConfigError;
use crate::proxy::{Hop, TrustedProxy};
use crate::rotation::Rotation;

/// Goes by a trust framework, and can be given its successor: the [`Rotation`] of an acceptor, a connector or a trusted proxy, of any
/// path.
///
/// Whatever else judges certificates follows by its own implementation. So does the `Keystore` of `hub-jwks`, which judges those of signing and
/// encryption keys (`KeystoreSettings::with_trust`): a key whose certificate a new list names is handed out no more.
///
/// ```
/// # use core::time::Duration;
/// # use std::sync::Arc;
/// use hub_jwks::{CertificatePolicy, Keystore, KeystoreSettings, KeystoreSwapError};
/// use hub_roles::{Sig1, TrustFramework};
/// use hub_tls::{ConfigError, TrustFollower};
/// # use hub_testkit::{CrlSpec, Ecosystem};
/// # use rustls_pki_types::UnixTime;
///
/// struct Keys(Keystore);
///
/// impl TrustFollower for Keys {
///     fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
///         let refused = |error: KeystoreSwapError| ConfigError::Follower { code: error.code(), reason: error.to_string() };
///         // It has no connections to close.
///         self.0.swap_trust(trust).map(|()| 0).map_err(refused)
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let now = UnixTime::now();
/// # let eco = Ecosystem::sandbox(now)?;
/// # let served = hub_testkit::Keystore::serve(&eco).await?;
/// # let (transport, urls) = (Arc::new(served.fetcher()?), eco.keystore());
/// # let (trust, deployment, acme) = (eco.trust(), eco.hub().deployment(), eco.tpp("acme")?);
/// let settings = KeystoreSettings::new().with_trust(trust, CertificatePolicy::Required);
/// let keystore = Keystore::new(deployment, urls, transport, &settings)?;
/// assert!(keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.is_ok());
///
/// // let following = refresher.follow(Keys(keystore.clone()))?; calls this at once, and with each new list:
/// # let list = eco.authority().crl(&CrlSpec::current(now).revoking(eco.issued::<Sig1>("acme")?.serial))?;
/// # let newer = trust.with_revocation_lists(&[list.der()], now)?;
/// Keys(keystore.clone()).follow(&newer)?;
/// let refused = keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.unwrap_err();
/// assert_eq!(refused.code(), "certificate.revoked");
///
/// // One without that list is refused, and what the refresher reports is why.
/// assert_eq!(Keys(keystore).follow(trust).unwrap_err().code(), "revocation-list.lost");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait TrustFollower: Send + Sync + 'static {
    /// Goes by this trust framework from now on, and tells how many connections that closed. It may block.
    ///
    /// Of the [`Refresher`](super::Refresher) that calls it, it may ask for [`trust`](super::Refresher::trust), which is still the one of
    /// before, and for nothing else: whatever else waits until all followers are through, and that would be for ever.
    ///
    /// # Errors
    /// [`ConfigError`]: it is refused, and everything as it was.
    fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError>;
}

impl<P: AcceptingPath> TrustFollower for Rotation<Acceptor<P>> {
    fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        self.swap_trust(trust)
    }
}

impl<P: Path> TrustFollower for Rotation<Connector<P>> {
    fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        self.swap_trust(trust)
    }
}

impl<P: AcceptingPath, H: Hop> TrustFollower for Rotation<TrustedProxy<P, H>> {
    fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        self.swap_trust(trust).map(|()| 0)
    }
}
