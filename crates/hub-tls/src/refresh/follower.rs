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
/// ```
/// use std::sync::RwLock;
///
/// use hub_roles::TrustFramework;
/// use hub_tls::{ConfigError, TrustFollower};
///
/// /// The trust framework that chains from elsewhere are verified under.
/// struct Elsewhere(RwLock<TrustFramework>);
///
/// impl TrustFollower for Elsewhere {
///     fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
///         if let Ok(mut current) = self.0.write() {
///             *current = trust.clone();
///         }
///         Ok(0)
///     }
/// }
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
