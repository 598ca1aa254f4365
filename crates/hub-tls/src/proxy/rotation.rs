//! Rotation in place of what a proxy's clients are judged by, and of what proves its hop.

use std::convert::Infallible;

use hub_roles::{Deployment, InstanceId, TrustFramework};

use super::clients::Clients;
use super::{Hop, Proof, TrustedProxy};
use crate::accepting::AcceptingPath;
use crate::error::ConfigError;
use crate::rotation::Rotation;
use crate::settings::Settings;

/// A swap counts from the next request on, on connections that are open as well: none of them has to be closed.
impl<P: AcceptingPath, H: Hop> TrustedProxy<P, H> {
    /// The handle that replaces what the proxy's clients are judged by, and what proves its hop, while they are in use.
    #[must_use]
    pub fn rotation(&self) -> Rotation<Self> {
        Rotation::of(self.clone())
    }
}

impl<P: AcceptingPath, H: Hop> Rotation<TrustedProxy<P, H>> {
    /// Trusts this framework from now on.
    ///
    /// # Errors
    /// [`ConfigError`]: of another environment than the deployment, or it lacks a revocation list that the one in force has.
    pub fn swap_trust(&self, trust: &TrustFramework) -> Result<(), ConfigError> {
        self.swap(|current| current.renewed(&current.basis.trusting(trust, &Settings::new())?))
    }

    /// Goes by this deployment from now on.
    ///
    /// # Errors
    /// [`ConfigError`]: of another environment than the trust framework, or it does not have an instance that the proxy serves, or
    /// lacks Ozone's registration where the Hub is the client.
    pub fn swap_deployment(&self, deployment: &Deployment) -> Result<(), ConfigError> {
        self.swap(|current| current.renewed(&current.basis.registering(deployment, &Settings::new())?))
    }

    /// Takes this as proof of the hop from now on: another secret or address, another certificate or user of the proxy. What was proven
    /// before stays so, for its connection or request.
    pub fn swap_hop(&self, hop: H) {
        let Ok(()) = self.of.proof.replace(|_| Ok::<_, Infallible>(Proof::of(hop)), |_| ());
    }

    /// The trust framework in force.
    #[cfg(feature = "watch")]
    pub(crate) fn trust(&self) -> TrustFramework {
        self.of.forwarding.clients.load().basis.trust.clone()
    }

    fn swap(&self, next: impl FnOnce(&Clients<P>) -> Result<Clients<P>, ConfigError>) -> Result<(), ConfigError> {
        self.of.forwarding.clients.replace(next, |_| ())
    }
}

impl<P: AcceptingPath<Instance = InstanceId>, H: Hop> Rotation<TrustedProxy<P, H>> {
    /// Serves these instances from now on, and no others. What a new deployment adds is served after it is swapped in, what it lacks is
    /// given up before.
    ///
    /// # Errors
    /// [`ConfigError`]: an instance that the deployment does not have, no instance at all.
    pub fn swap_instances(&self, instances: impl IntoIterator<Item = InstanceId>) -> Result<(), ConfigError> {
        self.swap(|current| Clients::of_instances(&current.basis.again(&Settings::new())?, instances))
    }
}
