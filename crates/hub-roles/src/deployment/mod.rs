//! What onboarding exchanged: organisations, applications, hosts and key sets.

mod check;
mod expect;
mod file;
mod instance;
mod jwt_auth;
mod lfi;
mod own;
mod ozone;
mod problem;
mod read;
mod tpp;

use std::collections::BTreeMap;

pub use self::instance::{InstanceHosts, LfiInstance, ServerNameRule};
pub use self::jwt_auth::{JwtAuthIdentity, JwtAuthLeg, JwtAuthSettings, Leg};
use self::lfi::Lfis;
pub use self::lfi::{LfiRegistration, RegistrationLevel, Sig4Registration};
pub use self::own::Own;
pub use self::ozone::OzoneRegistration;
use self::problem::Part;
pub use self::problem::{DeploymentError, DeploymentRule, MissingPart, Problem};
pub use self::tpp::TppRegistration;
use self::tpp::Tpps;
use crate::environment::Environment;
use crate::expectation::ExtendedKeyUsageRule;
use crate::host::HostName;
use crate::id::{ClientId, InstanceId, Issuer, OrganisationId, ProviderId, SoftwareStatementId};

/// One party's view of the ecosystem.
#[derive(Debug, Clone)]
pub struct Deployment {
    environment: Environment,
    extended_key_usage: ExtendedKeyUsageRule,
    own: Own,
    ozone: Part<OzoneRegistration>,
    lfis: Lfis,
    instances: BTreeMap<InstanceId, LfiInstance>,
    tpps: Tpps,
}

impl Deployment {
    /// The PKI everything in it belongs to.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Whose view it is.
    #[must_use]
    pub fn own(&self) -> &Own {
        &self.own
    }

    /// Ozone's registration.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn ozone(&self) -> Result<&OzoneRegistration, MissingPart> {
        self.ozone.get()
    }

    /// All API Hub instances, by ID.
    pub fn instances(&self) -> impl Iterator<Item = &LfiInstance> {
        self.instances.values()
    }

    /// One API Hub instance.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn instance(&self, id: &InstanceId) -> Result<&LfiInstance, MissingPart> {
        self.instances.get(id).ok_or_else(|| {
            MissingPart::new(read::place_below("instances", id.as_str()), "whatever goes on at this instance")
        })
    }

    /// The instance that the Hub serves at this host, with S1 or S3.
    #[must_use]
    pub fn instance_of_host(&self, host: &HostName) -> Option<&LfiInstance> {
        self.instances().find(|instance| instance.hosts().contains(host))
    }

    /// The instances whose LFI serves Ozone Connect at this host, with S4: `o3-provider-id` tells them apart.
    pub fn instances_of_ozone_connect(&self, host: &HostName) -> impl Iterator<Item = &LfiInstance> {
        self.instances().filter(move |instance| instance.ozone_connect_url().is_ok_and(|url| url.host() == host))
    }

    /// The instance with this `o3-provider-id`.
    #[must_use]
    pub fn instance_of_provider(&self, provider: &ProviderId) -> Option<&LfiInstance> {
        self.instances().find(|instance| instance.provider_id.known() == Some(provider))
    }

    /// The instance with this issuer.
    #[must_use]
    pub fn instance_of_issuer(&self, issuer: &Issuer) -> Option<&LfiInstance> {
        self.instances().find(|instance| instance.issuer().ok() == Some(issuer))
    }

    /// All registered TPPs, by client ID.
    pub fn tpps(&self) -> impl Iterator<Item = &TppRegistration> {
        self.tpps.iter()
    }

    /// The TPP with this client ID.
    ///
    /// # Errors
    /// [`MissingPart`] if it is not registered here.
    pub fn tpp(&self, client_id: &ClientId) -> Result<&TppRegistration, MissingPart> {
        self.tpps.by_client(client_id)
    }

    /// The TPP whose certificates carry this OU and CN.
    #[must_use]
    pub fn tpp_of(
        &self,
        organisation: OrganisationId,
        software_statement: SoftwareStatementId,
    ) -> Option<&TppRegistration> {
        self.tpps.by_application(organisation, software_statement)
    }
}
