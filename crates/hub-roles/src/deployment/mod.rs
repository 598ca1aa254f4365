//! What onboarding exchanged: organisations, applications, hosts and key sets.

mod instance;
mod jwt_auth;
mod ozone;
mod problem;
mod tpp;

use std::collections::{BTreeMap, HashMap};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub use self::instance::{
    InstanceHosts, LfiInstance, LfiRegistration, RegistrationLevel, ServerNameRule, Sig4Registration,
};
pub use self::jwt_auth::{JwtAuthIdentity, JwtAuthLeg, JwtAuthSettings, Leg};
pub use self::ozone::OzoneRegistration;
pub use self::problem::{DeploymentError, DeploymentRule, MissingPart, Problem};
pub use self::tpp::TppRegistration;
use crate::environment::Environment;
use crate::expectation::{Expectation, ExtendedKeyUsageRule};
use crate::host::HostName;
use crate::id::{ClientId, InstanceId, Issuer, OrganisationId, ProviderId, SoftwareStatementId};
use crate::party::Tpp;
use crate::role::{C4, Role};

/// One party's view of the ecosystem.
#[derive(Debug, Clone)]
pub struct Deployment {
    environment: Environment,
    extended_key_usage: ExtendedKeyUsageRule,
    own: Own,
    ozone: Option<OzoneRegistration>,
    instances: BTreeMap<InstanceId, LfiInstance>,
    tpps: HashMap<ClientId, TppRegistration>,
}

/// Whose view it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// The TPP with this client ID.
    Tpp(ClientId),
    /// The LFI of this organisation.
    Lfi(OrganisationId),
    /// Ozone: the API Hub.
    Ozone,
}

impl Deployment {
    /// The longest file that is read, in octets.
    pub const MAX_OCTETS: usize = 16 << 20;

    /// Reads a JSON file.
    ///
    /// # Errors
    /// [`DeploymentError`] with every problem of the file.
    pub fn from_json(_bytes: &[u8]) -> Result<Self, DeploymentError> {
        todo!()
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`DeploymentError`] with every problem of the file.
    #[cfg(feature = "toml")]
    pub fn from_toml(_text: &str) -> Result<Self, DeploymentError> {
        todo!()
    }

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
        todo!()
    }

    /// All API Hub instances, by ID.
    pub fn instances(&self) -> impl Iterator<Item = &LfiInstance> {
        self.instances.values()
    }

    /// One API Hub instance.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn instance(&self, _id: &InstanceId) -> Result<&LfiInstance, MissingPart> {
        todo!()
    }

    /// The instance that the Hub serves at this host (S1 or S3).
    #[must_use]
    pub fn instance_of_host(&self, _host: &HostName) -> Option<&LfiInstance> {
        todo!()
    }

    /// The instances whose LFI serves Ozone Connect at this host (S4): `o3-provider-id` tells them apart.
    pub fn instances_of_ozone_connect(&self, host: &HostName) -> impl Iterator<Item = &LfiInstance> {
        self.instances().filter(move |instance| instance.ozone_connect_url().is_ok_and(|url| url.host() == host))
    }

    /// The instance with this `o3-provider-id`.
    #[must_use]
    pub fn instance_of_provider(&self, _provider: &ProviderId) -> Option<&LfiInstance> {
        todo!()
    }

    /// The instance with this issuer.
    #[must_use]
    pub fn instance_of_issuer(&self, _issuer: &Issuer) -> Option<&LfiInstance> {
        todo!()
    }

    /// All registered TPPs.
    pub fn tpps(&self) -> impl Iterator<Item = &TppRegistration> {
        self.tpps.values()
    }

    /// The TPP with this client ID.
    ///
    /// # Errors
    /// [`MissingPart`] if it is not registered here.
    pub fn tpp(&self, _client_id: &ClientId) -> Result<&TppRegistration, MissingPart> {
        todo!()
    }

    /// The TPP whose certificates carry this OU and CN.
    #[must_use]
    pub fn tpp_of(
        &self,
        _organisation: OrganisationId,
        _software_statement: SoftwareStatementId,
    ) -> Option<&TppRegistration> {
        todo!()
    }

    /// What a certificate must show to hold role `R` at an instance.
    ///
    /// # Errors
    /// [`MissingPart`] if this view lacks what proves the role.
    pub fn expect<R: Role>(&self, _instance: &InstanceId) -> Result<Expectation<R>, MissingPart> {
        todo!()
    }

    /// What the Hub's C4 must show, at whichever instance.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have Ozone's organisation.
    pub fn expect_hub(&self) -> Result<Expectation<C4>, MissingPart> {
        todo!()
    }

    /// What a certificate must show to hold role `R` of one TPP.
    ///
    /// # Errors
    /// [`MissingPart`] if the TPP is not registered here.
    pub fn expect_tpp<R: Role<Registrant = Tpp>>(&self, _client_id: &ClientId) -> Result<Expectation<R>, MissingPart> {
        todo!()
    }
}

impl<'de> Deserialize<'de> for Deployment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _value = Value::deserialize(deserializer)?;
        Err(D::Error::custom("todo"))
    }
}
