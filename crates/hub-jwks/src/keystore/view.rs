//! Whom a keystore knows, and what it judges their keys by.

use hub_roles::{Deployment, RevocationListError, Role, TrustFramework};
use rustls_pki_types::UnixTime;
use thiserror::Error;

use super::source::{KeySource, Published};
use crate::clock::Clock;
use crate::keystore_url::KeystoreUrl;
use crate::remote::LookupError;
use crate::trust::{Check, Trust};

/// A deployment and the trust that goes with it: immutable, replaced as a whole.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) deployment: Deployment,
    trust: Option<Trust>,
}

impl View {
    /// `None` if the two are of different environments.
    pub(super) fn new(deployment: Deployment, trust: Option<Trust>) -> Option<Self> {
        let is_one = trust.as_ref().is_none_or(|trust| trust.framework().environment() == deployment.environment());
        is_one.then_some(Self { deployment, trust })
    }

    pub(super) fn with_deployment(&self, deployment: &Deployment) -> Result<Self, KeystoreSwapError> {
        Self::new(deployment.clone(), self.trust.clone()).ok_or(KeystoreSwapError::OtherEnvironment)
    }

    pub(super) fn with_trust(&self, framework: &TrustFramework) -> Result<Self, KeystoreSwapError> {
        let trust = self.trust.as_ref().ok_or(KeystoreSwapError::NoTrust)?.succeeded_by(framework)?;
        Self::new(self.deployment.clone(), Some(trust)).ok_or(KeystoreSwapError::OtherEnvironment)
    }

    /// Where the keys of role `R` of whom `of` names are, and what their certificates must show if they are judged.
    pub(super) fn source<R: Published>(&self, urls: &KeystoreUrl, of: &R::Of) -> Result<KeySource<R>, LookupError> {
        let source = R::source(&self.deployment, urls, of)?;
        Ok(match self.trust {
            Some(_) => source.with_expectation(R::expectation(&self.deployment, of)?),
            None => source,
        })
    }

    /// What keys from `source` have to show, if they have to show anything. `used`: when they were used, if that is not now.
    pub(super) fn check<'c, R: Role>(
        &'c self,
        source: &'c KeySource<R>,
        used: Option<UnixTime>,
        clock: &'c dyn Clock,
    ) -> Result<Option<Check<'c, R>>, LookupError> {
        let Some(trust) = &self.trust else {
            return Ok(None);
        };
        let unexpected = || LookupError::NoExpectation { role: R::ID, owner: source.owner().to_string() };
        let expectation = source.expectation().ok_or_else(unexpected)?;
        Ok(Some(Check { trust, expectation, registered_kid: source.registered_kid(), used, clock }))
    }
}

/// Why another deployment or trust framework does not take the place of the one that a keystore has, which stays.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeystoreSwapError {
    /// The deployment and the trust framework would be of different environments.
    #[error("the deployment and the trust framework are of different environments: the two PKIs never mix")]
    OtherEnvironment,
    /// A revocation list would go back, or be lost.
    #[error("{0}")]
    RevocationList(#[from] RevocationListError),
    /// The keystore was built without a trust framework.
    #[error("the keystore judges no certificates: build it with `KeystoreSettings::with_trust`")]
    NoTrust,
}

impl KeystoreSwapError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherEnvironment => "keystore-swap.other-environment",
            Self::RevocationList(error) => error.code(),
            Self::NoTrust => "keystore-swap.no-trust",
        }
    }
}
