//! Who presents a credential, and by what new ones are judged.

use std::time::Duration;

use hub_roles::{
    C1, Certificate, CertificateChain, Credential, HubToLfi, InstanceId, LfiInstance, Path, TppToHub, Transport,
};

use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::config::Foundation;
use crate::connector::Connector;
use crate::error::ConfigError;
use crate::rotation::Rotation;
use crate::serving::Serving;

/// Presents a credential of one role.
pub(super) trait Presenter: Send + Sync + 'static {
    /// The path.
    type Path: Path;
    /// The role.
    type Role: Transport;

    /// What is presented.
    fn presented(&self) -> Result<Credential<Self::Role>, ConfigError>;

    /// The certificate of a chain, if it may be presented.
    fn certify(&self, chain: &CertificateChain) -> Result<Certificate<Self::Role>, ConfigError>;

    /// Presents another one.
    fn present(&self, credential: Credential<Self::Role>) -> Result<(), ConfigError>;
}

impl<P: Path> Presenter for Rotation<Connector<P>> {
    type Path = P;
    type Role = P::Client;

    fn presented(&self) -> Result<Credential<P::Client>, ConfigError> {
        Ok(self.of.shared.reaching.load().current.credential.clone())
    }

    fn certify(&self, chain: &CertificateChain) -> Result<Certificate<P::Client>, ConfigError> {
        let (reaching, settings) = (self.of.shared.reaching.load(), &self.of.shared.settings);
        let foundation = reaching.basis.again(settings)?;
        foundation.any_instance(|instance| own(&foundation, instance, chain))
    }

    fn present(&self, credential: Credential<P::Client>) -> Result<(), ConfigError> {
        self.swap_credential(credential)
    }
}

/// Presents another C1, and keeps the one before.
pub(super) struct KeepingOld {
    pub(super) rotation: Rotation<Connector<TppToHub>>,
    pub(super) period: Duration,
}

impl Presenter for KeepingOld {
    type Path = TppToHub;
    type Role = C1;

    fn presented(&self) -> Result<Credential<C1>, ConfigError> {
        self.rotation.presented()
    }

    fn certify(&self, chain: &CertificateChain) -> Result<Certificate<C1>, ConfigError> {
        self.rotation.certify(chain)
    }

    fn present(&self, credential: Credential<C1>) -> Result<(), ConfigError> {
        self.rotation.swap_credential_keeping_old(credential, self.period).map(drop)
    }
}

impl Presenter for Rotation<Acceptor<HubToLfi>> {
    type Path = HubToLfi;
    type Role = <HubToLfi as Path>::Server;

    fn presented(&self) -> Result<Credential<Self::Role>, ConfigError> {
        self.of.shared.serving.load().credential().cloned()
    }

    fn certify(&self, chain: &CertificateChain) -> Result<Certificate<Self::Role>, ConfigError> {
        let (serving, settings) = (self.of.shared.serving.load(), &self.of.shared.settings);
        let foundation = serving.basis.again(settings)?;
        foundation.any_instance(|instance| own(&foundation, instance, chain))
    }

    fn present(&self, credential: Credential<Self::Role>) -> Result<(), ConfigError> {
        self.swap_credential(credential)
    }
}

/// Presents what one instance of several does.
pub(super) struct OfInstance<P: AcceptingPath> {
    pub(super) rotation: Rotation<Acceptor<P>>,
    pub(super) instance: P::Instance,
}

impl<P: AcceptingPath<Instance = InstanceId>> Presenter for OfInstance<P> {
    type Path = P;
    type Role = P::Server;

    fn presented(&self) -> Result<Credential<P::Server>, ConfigError> {
        self.rotation.of.shared.serving.load().credential_of(&self.instance).cloned()
    }

    fn certify(&self, chain: &CertificateChain) -> Result<Certificate<P::Server>, ConfigError> {
        let shared = &self.rotation.of.shared;
        let serving = shared.serving.load();
        let foundation = serving.basis.again(&shared.settings)?;
        own(&foundation, foundation.found(foundation.deployment.instance(&self.instance))?, chain)
    }

    fn present(&self, credential: Credential<P::Server>) -> Result<(), ConfigError> {
        let shared = &self.rotation.of.shared;
        let next = |current: &Serving<P>| {
            // It may have been removed since: a file does not bring it back.
            current.credential_of(&self.instance)?;
            let foundation = current.basis.again(&shared.settings)?;
            current.with_instance(&foundation, &shared.tls, self.instance.clone(), credential)
        };
        shared.serving.replace(next, |_| ())
    }
}

/// Our own certificate, if it is the one that the instance registers.
fn own<R: Transport>(
    foundation: &Foundation<'_>,
    instance: &LfiInstance,
    chain: &CertificateChain,
) -> Result<Certificate<R>, ConfigError> {
    let expectation = foundation.found(foundation.deployment.expect(instance.id()))?;
    let certificate = foundation.trust.verify(chain, &expectation, foundation.now);
    certificate.map_err(|refusal| ConfigError::OwnCertificate {
        path: foundation.path,
        instance: instance.id().clone(),
        refusal,
    })
}
