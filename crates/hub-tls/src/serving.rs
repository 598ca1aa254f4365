//! What an acceptor serves: one generation for each instance.

use std::collections::HashMap;
use std::sync::Arc;

use hub_roles::{Credential, HostName, HubToLfi, InstanceId, Path};
use rustls::ServerConfig;
use rustls::server::ResolvesServerCert;
use rustls::sign::SingleCertAndKey;

use crate::accepting::AcceptingPath;
use crate::basis::Basis;
use crate::config::Foundation;
use crate::error::{ConfigError, HandshakeError};
use crate::identity::{ForHosts, certified_key};
use crate::tls::ServerTls;
use crate::verifier::ClientVerifier;

/// The generations there are at one time.
pub(crate) struct Serving<P: AcceptingPath> {
    pub(crate) basis: Basis,
    served: Served<P>,
    renew: fn(&Self, &Foundation<'_>, &ServerTls) -> Result<Self, ConfigError>,
}

enum Served<P: AcceptingPath> {
    /// Whatever the server name.
    Always(Arc<Generation<P>>),
    /// By the exact server name.
    ByHost { instances: HashMap<P::Instance, Arc<Generation<P>>>, hosts: HashMap<HostName, Arc<Generation<P>>> },
}

/// One immutable configuration of one instance: a connection that began with it ends with it, and its sessions end with it.
pub(crate) struct Generation<P: AcceptingPath> {
    pub(crate) instance: P::Instance,
    pub(crate) credential: Credential<P::Server>,
    pub(crate) verifier: Arc<ClientVerifier<P::Client>>,
    pub(crate) config: Arc<ServerConfig>,
}

impl<P: AcceptingPath<Instance = InstanceId>> Serving<P> {
    /// Serves these instances, each at its hosts.
    pub(crate) fn instances(
        foundation: &Foundation<'_>,
        tls: &ServerTls,
        credentials: impl IntoIterator<Item = (InstanceId, Credential<P::Server>)>,
    ) -> Result<Self, ConfigError> {
        let (mut instances, mut hosts) = (HashMap::new(), HashMap::new());
        let mut known = None;
        for (instance, credential) in credentials {
            let (its_hosts, generation) = of_instance(foundation, tls, &instance, credential, known.as_ref())?;
            known = Some(Arc::clone(&generation.verifier));
            // No host is that of two instances: the deployment is checked for that.
            hosts.extend(its_hosts.into_iter().map(|host| (host, Arc::clone(&generation))));
            if instances.insert(instance.clone(), generation).is_some() {
                return Err(ConfigError::InstanceTwice { path: P::ID, instance });
            }
        }
        if instances.is_empty() {
            return Err(ConfigError::NoInstance {
                path: P::ID,
                need: "give at least one credential with its instance",
            });
        }
        Ok(Self::on(foundation, Served::ByHost { instances, hosts }, Self::renew_instances))
    }

    /// The same with another credential for one instance, whose sessions end. The others stay as they are.
    pub(crate) fn with_instance(
        &self,
        foundation: &Foundation<'_>,
        tls: &ServerTls,
        instance: InstanceId,
        credential: Credential<P::Server>,
    ) -> Result<Self, ConfigError> {
        let known = self.instance(&instance).or_else(|| self.generations().next()).map(|known| &known.verifier);
        let (its_hosts, generation) = of_instance(foundation, tls, &instance, credential, known)?;
        let mut served = self.served.clone();
        if let Served::ByHost { instances, hosts } = &mut served {
            hosts.extend(its_hosts.into_iter().map(|host| (host, Arc::clone(&generation))));
            instances.insert(instance, generation);
        }
        Ok(Self::on(foundation, served, self.renew))
    }

    /// The same without an instance, whose sessions end. The others stay as they are.
    pub(crate) fn without_instance(&self, instance: &InstanceId) -> Result<Self, ConfigError> {
        self.credential_of(instance)?;
        let mut served = self.served.clone();
        if let Served::ByHost { instances, hosts } = &mut served {
            instances.remove(instance);
            hosts.retain(|_, generation| generation.instance != *instance);
            if instances.is_empty() {
                return Err(ConfigError::LastInstance { path: P::ID, instance: instance.clone() });
            }
        }
        Ok(Self { basis: self.basis.clone(), served, renew: self.renew })
    }

    /// What is presented for an instance.
    pub(crate) fn credential_of(&self, instance: &InstanceId) -> Result<&Credential<P::Server>, ConfigError> {
        let generation = self.instance(instance);
        let not_served = || ConfigError::NotServed { path: P::ID, instance: instance.clone() };
        generation.map(|generation| &generation.credential).ok_or_else(not_served)
    }

    fn renew_instances(&self, foundation: &Foundation<'_>, tls: &ServerTls) -> Result<Self, ConfigError> {
        let credentials = self.generations().map(|old| (old.instance.clone(), old.credential.clone()));
        Self::instances(foundation, tls, credentials)
    }
}

impl Serving<HubToLfi> {
    /// Serves the Ozone Connect of an LFI, whatever the server name.
    pub(crate) fn ozone_connect(
        foundation: &Foundation<'_>,
        tls: &ServerTls,
        credential: Credential<<HubToLfi as Path>::Server>,
    ) -> Result<Self, ConfigError> {
        foundation.any_instance(|instance| {
            let expectation = foundation.found(foundation.deployment.expect(instance.id()))?;
            foundation.check_own(&credential, instance, &expectation)
        })?;
        let hub = foundation.found(foundation.deployment.expect_hub())?;
        let resolver = SingleCertAndKey::from(certified_key(&credential));
        let verifier = Arc::new(ClientVerifier::new(foundation.trust.clone(), hub));
        let generation = Generation::new(foundation, tls, (), credential, verifier, resolver)?;
        Ok(Self::on(foundation, Served::Always(Arc::new(generation)), Self::renew_ozone_connect))
    }

    fn renew_ozone_connect(&self, foundation: &Foundation<'_>, tls: &ServerTls) -> Result<Self, ConfigError> {
        Self::ozone_connect(foundation, tls, self.credential()?.clone())
    }

    /// What is presented.
    pub(crate) fn credential(&self) -> Result<&Credential<<HubToLfi as Path>::Server>, ConfigError> {
        match &self.served {
            Served::Always(generation) => Ok(&generation.credential),
            Served::ByHost { .. } => Err(ConfigError::NoInstance { path: HubToLfi::ID, need: "serve Ozone Connect" }),
        }
    }
}

impl<P: AcceptingPath> Serving<P> {
    /// The same instances and credentials on another foundation. All sessions end.
    pub(crate) fn renewed(&self, foundation: &Foundation<'_>, tls: &ServerTls) -> Result<Self, ConfigError> {
        (self.renew)(self, foundation, tls)
    }

    /// The generation for a server name (RFC 6066 section 3).
    pub(crate) fn choose(&self, server_name: Option<&str>) -> Result<&Arc<Generation<P>>, HandshakeError> {
        let hosts = match &self.served {
            Served::Always(generation) => return Ok(generation),
            Served::ByHost { hosts, .. } => hosts,
        };
        let name = server_name.ok_or(HandshakeError::NoServerName { path: P::ID })?;
        name.parse()
            .ok()
            .and_then(|host: HostName| hosts.get(&host))
            .ok_or_else(|| HandshakeError::UnknownInstance { path: P::ID, server_name: name.to_owned() })
    }

    /// The generation of an instance.
    pub(crate) fn instance(&self, instance: &P::Instance) -> Option<&Arc<Generation<P>>> {
        match &self.served {
            Served::Always(generation) => Some(generation),
            Served::ByHost { instances, .. } => instances.get(instance),
        }
    }

    /// One generation for each instance.
    pub(crate) fn generations(&self) -> impl Iterator<Item = &Arc<Generation<P>>> {
        let (always, by_host) = match &self.served {
            Served::Always(generation) => (Some(generation), None),
            Served::ByHost { instances, .. } => (None, Some(instances.values())),
        };
        always.into_iter().chain(by_host.into_iter().flatten())
    }

    /// The same with another generation in the place of this one, equal but for the sessions, which end. `None` if it is not current.
    pub(crate) fn without_sessions_of(&self, generation: &Arc<Generation<P>>, tls: &ServerTls) -> Option<Self> {
        self.instance(&generation.instance).filter(|current| Arc::ptr_eq(current, generation))?;
        let renewed = Arc::new(generation.without_sessions(tls)?);
        let mut served = self.served.clone();
        match &mut served {
            Served::Always(always) => *always = renewed,
            Served::ByHost { instances, hosts } => {
                let of_instance = hosts.values_mut().filter(|current| Arc::ptr_eq(current, generation));
                of_instance.for_each(|current| *current = Arc::clone(&renewed));
                instances.insert(renewed.instance.clone(), renewed);
            }
        }
        Some(Self { basis: self.basis.clone(), served, renew: self.renew })
    }

    fn on(
        foundation: &Foundation<'_>,
        served: Served<P>,
        renew: fn(&Self, &Foundation<'_>, &ServerTls) -> Result<Self, ConfigError>,
    ) -> Self {
        Self { basis: Basis::of(foundation), served, renew }
    }
}

impl<P: AcceptingPath> Clone for Served<P> {
    fn clone(&self) -> Self {
        match self {
            Self::Always(generation) => Self::Always(Arc::clone(generation)),
            Self::ByHost { instances, hosts } => Self::ByHost { instances: instances.clone(), hosts: hosts.clone() },
        }
    }
}

impl<P: AcceptingPath> Generation<P> {
    fn new(
        foundation: &Foundation<'_>,
        tls: &ServerTls,
        instance: P::Instance,
        credential: Credential<P::Server>,
        verifier: Arc<ClientVerifier<P::Client>>,
        resolver: impl ResolvesServerCert + 'static,
    ) -> Result<Self, ConfigError> {
        let config =
            tls.resuming(verifier.clone(), Arc::new(resolver)).map_err(|error| foundation.settings_refused(&error))?;
        Ok(Self { instance, credential, verifier, config: Arc::new(config) })
    }

    /// `None` if rustls makes no new ticket key.
    fn without_sessions(&self, tls: &ServerTls) -> Option<Self> {
        let Self { instance, credential, verifier, config } = self;
        let config = tls.resuming(verifier.clone(), Arc::clone(&config.cert_resolver)).ok()?;
        let (instance, credential, verifier) = (instance.clone(), credential.clone(), Arc::clone(verifier));
        Some(Self { instance, credential, verifier, config: Arc::new(config) })
    }
}

/// The hosts of an instance, and its generation: with the verifier that is `known` on the same foundation, if the same clients are due.
fn of_instance<P: AcceptingPath<Instance = InstanceId>>(
    foundation: &Foundation<'_>,
    tls: &ServerTls,
    id: &InstanceId,
    credential: Credential<P::Server>,
    known: Option<&Arc<ClientVerifier<P::Client>>>,
) -> Result<(Vec<HostName>, Arc<Generation<P>>), ConfigError> {
    let instance = foundation.found(foundation.deployment.instance(id))?;
    let expectation = foundation.found(foundation.deployment.expect(id))?;
    foundation.check_own(&credential, instance, &expectation)?;
    let hosts = foundation.hosts(instance, &expectation)?;
    let resolver = ForHosts { hosts: hosts.clone(), key: certified_key(&credential) };
    let clients = foundation.found(foundation.deployment.expect(id))?;
    let verifier = ClientVerifier::shared(known, foundation.trust, clients);
    let generation = Generation::new(foundation, tls, id.clone(), credential, verifier, resolver)?;
    Ok((hosts, Arc::new(generation)))
}
