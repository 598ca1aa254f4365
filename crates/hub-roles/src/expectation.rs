//! What a certificate must show to be accepted in a role.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::end_entity::EndEntity;
use crate::environment::Environment;
use crate::host::HostName;
use crate::id::{OrganisationId, SoftwareStatementId};
use crate::role::{Role, RoleId, ServerTransport};
use crate::rule::CertificateRule;

/// The registration that a certificate must match to hold role `R`: organisation, application, hosts.
///
/// A certificate alone cannot tell whether it is C1 or C3: what proves its role is what onboarding registered. So expectations come
/// from a [`Deployment`](crate::Deployment) only, and one of another role does not fit:
/// [`TrustFramework::verify`](crate::TrustFramework::verify) takes the expectation of the role it verifies.
pub struct Expectation<R: Role> {
    pub(crate) environment: Environment,
    pub(crate) registration: Arc<Registration>,
    pub(crate) hosts: Vec<HostName>,
    pub(crate) extended_key_usage: ExtendedKeyUsageRule,
    pub(crate) role: PhantomData<fn() -> R>,
}

/// Who may hold a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Registration {
    /// These, by OU and, where an application is named, by CN.
    Registered(BTreeSet<Registered>),
    /// Whoever has a certificate of the environment, except those known for another role.
    AnyTpp { ozone: OrganisationId, c3_applications: BTreeSet<(OrganisationId, SoftwareStatementId)> },
}

/// One registered holder of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Registered {
    pub(crate) organisation: OrganisationId,
    pub(crate) application: Option<SoftwareStatementId>,
}

impl Registered {
    /// Whatever is registered in an organisation.
    pub(crate) const fn organisation(organisation: OrganisationId) -> Self {
        Self { organisation, application: None }
    }
}

/// Whether a transport certificate must have an extended key usage extension. One that is present must fit in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExtendedKeyUsageRule {
    /// It must be there: the default.
    #[default]
    Required,
    /// It may be missing. Then a signing certificate passes for a client transport one of the same registration: Sig1 for C1, Sig4 for
    /// C3, Sig3 for C4.
    IfPresent,
}

impl<R: ServerTransport> Expectation<R> {
    /// The same expectation for one of its hosts only: what a client that dials that host asks for.
    ///
    /// `None` if the host is not one of the instance's. Where the deployment pins a server by organisation only, any host will do.
    #[must_use]
    pub fn for_host(&self, host: &HostName) -> Option<Self> {
        let hosts = match self.hosts.as_slice() {
            [] => Vec::new(),
            hosts if hosts.contains(host) => vec![host.clone()],
            _ => return None,
        };
        Some(Self { hosts, ..self.clone() })
    }
}

impl<R: Role> Expectation<R> {
    /// The environment it belongs to.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The hosts that a server certificate must cover; empty for other roles, and where the organisation alone is asked for.
    #[must_use]
    pub fn hosts(&self) -> &[HostName] {
        &self.hosts
    }

    /// How many are registered for the role; `None` if it is open to those that are not.
    #[must_use]
    pub fn holders(&self) -> Option<usize> {
        match self.registration.as_ref() {
            Registration::Registered(registered) => Some(registered.len()),
            Registration::AnyTpp { .. } => None,
        }
    }

    pub(crate) fn check_registration(&self, end_entity: &EndEntity) -> Result<(), CertificateRule> {
        let subject = &end_entity.subject;
        let organisation = subject.organisation();
        let application = subject.software_statement();
        match self.registration.as_ref() {
            Registration::Registered(registered) => {
                // An entry without application sorts before the others of its organisation.
                let whole = Registered::organisation(organisation);
                let first = registered.range(whole..).next().filter(|first| first.organisation == organisation);
                match first {
                    None => Err(CertificateRule::Organisation { found: organisation }),
                    Some(first) if *first == whole || registered.contains(&Registered { application, ..whole }) => {
                        Ok(())
                    }
                    Some(_) => Err(CertificateRule::Application { found: shortened(subject.common_name()) }),
                }
            }
            Registration::AnyTpp { ozone, c3_applications } => {
                if organisation == *ozone {
                    Err(CertificateRule::RegisteredForAnotherRole { registered: RoleId::C4 })
                } else {
                    match application {
                        Some(application) if c3_applications.contains(&(organisation, application)) => {
                            Err(CertificateRule::RegisteredForAnotherRole { registered: RoleId::C3 })
                        }
                        Some(_) => Ok(()),
                        None => Err(CertificateRule::Application { found: shortened(subject.common_name()) }),
                    }
                }
            }
        }
    }
}

impl<R: Role> Clone for Expectation<R> {
    fn clone(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            registration: Arc::clone(&self.registration),
            hosts: self.hosts.clone(),
            extended_key_usage: self.extended_key_usage,
            role: PhantomData,
        }
    }
}

/// Equal expectations accept the same certificates.
impl<R: Role> PartialEq for Expectation<R> {
    fn eq(&self, other: &Self) -> bool {
        let Self { environment, registration, hosts, extended_key_usage, role: PhantomData } = self;
        *environment == other.environment
            && *registration == other.registration
            && *hosts == other.hosts
            && *extended_key_usage == other.extended_key_usage
    }
}

impl<R: Role> Eq for Expectation<R> {}

impl<R: Role> fmt::Debug for Expectation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expectation<{}>({}, {:?}, hosts {:?})", R::ID, self.environment, self.registration, self.hosts)
    }
}

/// A common name comes from whoever made the certificate: an error repeats no more than an identifier's length of it.
fn shortened(common_name: Option<&str>) -> String {
    common_name.unwrap_or("none").chars().take(64).collect()
}
