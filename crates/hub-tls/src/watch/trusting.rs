//! Who goes by a trust framework, and takes its successor.

#[cfg(feature = "refresh")]
use std::sync::Arc;

use hub_roles::{Path, PathId, TrustFramework};
use rustls_pki_types::UnixTime;

use super::error::LoadError;
use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::proxy::{Hop, TrustedProxy};
#[cfg(feature = "refresh")]
use crate::refresh::Refresher;
use crate::rotation::Rotation;

/// Goes by a trust framework.
pub(super) trait Trusting: Send + Sync + 'static {
    /// The path, if there is one.
    const PATH: Option<PathId>;

    /// The trust framework in force.
    fn in_force(&self) -> TrustFramework;

    /// The time by its clock.
    fn now(&self) -> UnixTime;

    /// Goes by another one, and tells how many connections that closed.
    fn follow(&self, trust: TrustFramework) -> Result<usize, LoadError>;
}

impl<P: AcceptingPath> Trusting for Rotation<Acceptor<P>> {
    const PATH: Option<PathId> = Some(P::ID);

    fn in_force(&self) -> TrustFramework {
        self.of.shared.serving.load().basis.trust.clone()
    }

    fn now(&self) -> UnixTime {
        self.of.shared.settings.clock.now()
    }

    fn follow(&self, trust: TrustFramework) -> Result<usize, LoadError> {
        Ok(self.swap_trust(&trust)?)
    }
}

impl<P: Path> Trusting for Rotation<Connector<P>> {
    const PATH: Option<PathId> = Some(P::ID);

    fn in_force(&self) -> TrustFramework {
        self.of.shared.reaching.load().basis.trust.clone()
    }

    fn now(&self) -> UnixTime {
        self.of.shared.settings.clock.now()
    }

    fn follow(&self, trust: TrustFramework) -> Result<usize, LoadError> {
        Ok(self.swap_trust(&trust)?)
    }
}

impl<P: AcceptingPath, H: Hop> Trusting for Rotation<TrustedProxy<P, H>> {
    const PATH: Option<PathId> = Some(P::ID);

    fn in_force(&self) -> TrustFramework {
        self.trust()
    }

    fn now(&self) -> UnixTime {
        UnixTime::now()
    }

    fn follow(&self, trust: TrustFramework) -> Result<usize, LoadError> {
        self.swap_trust(&trust)?;
        Ok(0)
    }
}

#[cfg(feature = "refresh")]
impl Trusting for Arc<Refresher> {
    const PATH: Option<PathId> = None;

    fn in_force(&self) -> TrustFramework {
        self.trust()
    }

    fn now(&self) -> UnixTime {
        Refresher::now(self)
    }

    fn follow(&self, trust: TrustFramework) -> Result<usize, LoadError> {
        Ok(self.set_trust(&trust).map_err(Box::new)?)
    }
}
