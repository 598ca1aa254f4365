//! What onboarding exchanged: organisations, applications, hosts and key sets.
//!
//! | module | holds |
//! |---|---|
//! | `file` | reading a whole file, over `read`, the reader that goes on after a problem |
//! | `own`, `ozone`, `lfi`, `instance`, `instances`, `jwt_auth`, `tpp` | the parts of the file, each with its reading |
//! | `check` | the rules that span parts |
//! | `expect` | expectations: what each role is pinned to |
//! | `problem` | [`DeploymentError`] and [`MissingPart`] |

mod check;
mod expect;
mod file;
mod instance;
mod instances;
mod jwt_auth;
mod lfi;
mod own;
mod ozone;
mod problem;
mod read;
mod tpp;
mod tpp_roles;

use std::sync::Arc;

pub use self::instance::{InstanceHosts, LfiInstance, ServerNameRule};
use self::instances::Instances;
pub use self::jwt_auth::{JwtAuthIdentity, JwtAuthLeg, JwtAuthSettings, Leg};
use self::lfi::Lfis;
pub use self::lfi::{LfiRegistration, RegistrationLevel, Sig4Registration};
pub use self::own::Own;
pub use self::ozone::OzoneRegistration;
use self::problem::Part;
pub use self::problem::{DeploymentError, DeploymentRule, MissingPart, Problem};
pub use self::tpp::TppRegistration;
use self::tpp::Tpps;
use self::tpp_roles::TppRoles;
use crate::environment::Environment;
use crate::expectation::ExtendedKeyUsageRule;
use crate::host::HostName;
use crate::id::{ClientId, InstanceId, Issuer, OrganisationId, ProviderId, SoftwareStatementId};

/// One party's view of the ecosystem: what onboarding exchanged.
///
/// A certificate alone proves neither its role nor whose it is; the registrations here do, and [`Self::expect`] turns them into
/// [`Expectation`](crate::Expectation)s. A deployment comes from a file and from nothing else, and a file is read whole: it is
/// consistent, or it is refused with every problem in it and where each stands.
///
/// ```
/// use hub_roles::{Deployment, HostName, S1};
///
/// # let file = include_str!("example.toml");
/// // `Deployment::from_toml` is behind the feature `toml`; any format's reader will do, and `Deployment::from_json` needs none.
/// let deployment: Deployment = toml::from_str(file)?;
///
/// let host: HostName = "as1.alpha-retail.example".parse()?;
/// let instance = deployment.instance_of_host(&host).ok_or("unknown host")?;
/// assert_eq!(instance.id().as_str(), "retail");
/// let expected = deployment.expect::<S1>(instance.id())?;
/// assert!(expected.hosts().contains(&host));
///
/// // Nothing is dropped in silence: three problems, three places.
/// let broken = br#"{"environment": "sandbox", "own": {"party": "tpp"}, "instances": {"retail": {"isuer": "https://auth1.example"}}}"#;
/// let refused = Deployment::from_json(broken).err().ok_or("it is broken")?;
/// let places: Vec<_> = refused.problems().iter().map(|problem| problem.place()).collect();
/// assert_eq!(places, ["instances.retail.lfi", "instances.retail.isuer", "own.client_id"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The file
///
/// TOML and JSON have the same members. A member that is not in this example is refused wherever it stands. Required are
/// `environment`, `own`, and in an entry of each table: `ozone.organisation`; `organisation` of an LFI; `lfi` of an instance;
/// `client_id`, `organisation` and `software_statement` of a TPP. All else may be left out: a TPP's, an LFI's and the Hub's files
/// are views of one ecosystem, and each needs only its part. What is asked for and not there is a [`MissingPart`].
///
/// ```toml
#[doc = include_str!("example.toml")]
/// ```
///
/// # Rules that span parts
///
/// - `lfi` of an instance names an entry of `lfis`; `own` names a TPP or an LFI of the file.
/// - Issuers, provider IDs, client IDs, and the pairs of organisation and software statement of TPPs occur once.
/// - A host has one certificate: `as` and `rs` of an instance may be the same, and so may `hh` and `cm`; nothing else may, since
///   S1, S3 and S4 of one LFI differ in nothing but their hosts.
/// - Instances may share an Ozone Connect host if organisation and `server_name` agree; then they have provider IDs.
/// - No TPP and no LFI is of Ozone's organisation, and no TPP's application is an LFI's C3 application.
/// - Sig4 at application level needs `c3_application`.
/// - Where JWT Auth is on, `provider_id` and its signers' registrations are there; and the JWKS URL of the signer, in the view of
///   the party that verifies.
///
/// Cloning shares what was read. However many instances and TPPs there are, finding one takes no walk through the others.
#[derive(Debug, Clone)]
pub struct Deployment(Arc<Parts>);

/// What a file says.
#[derive(Debug)]
struct Parts {
    environment: Environment,
    extended_key_usage: ExtendedKeyUsageRule,
    own: Own,
    ozone: Part<OzoneRegistration>,
    lfis: Lfis,
    instances: Instances,
    tpps: Tpps,
    tpp_roles: TppRoles,
}

impl Deployment {
    /// The PKI everything in it belongs to.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.0.environment
    }

    /// Whose view it is.
    #[must_use]
    pub fn own(&self) -> &Own {
        &self.0.own
    }

    /// Ozone's registration.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn ozone(&self) -> Result<&OzoneRegistration, MissingPart> {
        self.0.ozone.get()
    }

    /// All API Hub instances, by ID.
    pub fn instances(&self) -> impl Iterator<Item = &LfiInstance> {
        self.0.instances.iter()
    }

    /// One API Hub instance.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn instance(&self, id: &InstanceId) -> Result<&LfiInstance, MissingPart> {
        self.0.instances.by_id(id).ok_or_else(|| {
            MissingPart::new(read::place_below("instances", id.as_str()), "whatever goes on at this instance")
        })
    }

    /// The instance that the Hub serves at this host, with S1 or S3.
    #[must_use]
    pub fn instance_of_host(&self, host: &HostName) -> Option<&LfiInstance> {
        self.0.instances.by_host(host)
    }

    /// The instances whose LFI serves Ozone Connect at this host, with S4: `o3-provider-id` tells them apart.
    pub fn instances_of_ozone_connect(&self, host: &HostName) -> impl Iterator<Item = &LfiInstance> {
        self.0.instances.by_ozone_connect(host)
    }

    /// The instance with this `o3-provider-id`.
    #[must_use]
    pub fn instance_of_provider(&self, provider: &ProviderId) -> Option<&LfiInstance> {
        self.0.instances.by_provider(provider)
    }

    /// The instance with this issuer.
    #[must_use]
    pub fn instance_of_issuer(&self, issuer: &Issuer) -> Option<&LfiInstance> {
        self.0.instances.by_issuer(issuer)
    }

    /// All registered TPPs, by client ID.
    pub fn tpps(&self) -> impl Iterator<Item = &TppRegistration> {
        self.0.tpps.iter()
    }

    /// The TPP with this client ID.
    ///
    /// # Errors
    /// [`MissingPart`] if it is not registered here.
    pub fn tpp(&self, client_id: &ClientId) -> Result<&TppRegistration, MissingPart> {
        self.0.tpps.by_client(client_id)
    }

    /// The TPP whose certificates carry this OU and CN.
    #[must_use]
    pub fn tpp_of(
        &self,
        organisation: OrganisationId,
        software_statement: SoftwareStatementId,
    ) -> Option<&TppRegistration> {
        self.0.tpps.by_application(organisation, software_statement)
    }
}
