//! What a state was built from, and what takes its place is built from again.

use hub_roles::{Deployment, PathId, TrustFramework};

use crate::config::Foundation;
use crate::error::ConfigError;
use crate::settings::Settings;

/// The trust framework and the deployment of a state that is replaced as a whole.
#[derive(Clone)]
pub(crate) struct Basis {
    path: PathId,
    pub(crate) trust: TrustFramework,
    pub(crate) deployment: Deployment,
}

impl Basis {
    /// Of a state that is built on this foundation.
    pub(crate) fn of(foundation: &Foundation<'_>) -> Self {
        let Foundation { path, trust, deployment, .. } = *foundation;
        Self { path, trust: trust.clone(), deployment: deployment.clone() }
    }

    /// The same foundation, at this time.
    pub(crate) fn again(&self, settings: &Settings) -> Result<Foundation<'_>, ConfigError> {
        Foundation::new(self.path, &self.trust, &self.deployment, settings)
    }

    /// The foundation with another trust framework, which may take this one's place.
    pub(crate) fn trusting<'a>(
        &'a self,
        trust: &'a TrustFramework,
        settings: &Settings,
    ) -> Result<Foundation<'a>, ConfigError> {
        Foundation::new(self.path, trust, &self.deployment, settings)?.succeeding(&self.trust)
    }

    /// The foundation with another deployment.
    pub(crate) fn registering<'a>(
        &'a self,
        deployment: &'a Deployment,
        settings: &Settings,
    ) -> Result<Foundation<'a>, ConfigError> {
        Foundation::new(self.path, &self.trust, deployment, settings)?.succeeding(&self.trust)
    }
}
