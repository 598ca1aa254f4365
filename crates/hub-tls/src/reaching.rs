//! What a connector reaches: one generation.

use std::collections::HashMap;
use std::sync::Arc;

use hub_roles::{Credential, Deployment, HostName, Path, TrustFramework};
use rustls::ClientConfig;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore};
use rustls::sign::SingleCertAndKey;

use crate::config::Foundation;
use crate::error::ConfigError;
use crate::identity::certified_key;
use crate::tls::ClientTls;
use crate::verifier::ServerVerifier;

/// The size of the session cache counts tickets, and it keeps so many for each server.
const TICKETS_OF_A_HOST: usize = 8;

/// One immutable configuration: a connection that began with it ends with it, and its sessions end with it.
pub(crate) struct Reaching<P: Path> {
    pub(crate) trust: TrustFramework,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) credential: Credential<P::Client>,
    pub(crate) verifier: Arc<ServerVerifier<P::Server>>,
    pub(crate) config: Arc<ClientConfig>,
    sessions: Arc<ClientSessionMemoryCache>,
}

impl<P: Path> Reaching<P> {
    /// Reaches every instance of the deployment that has hosts for this path and that the credential is registered at.
    pub(crate) fn new(
        foundation: &Foundation<'_>,
        tls: &ClientTls,
        credential: Credential<P::Client>,
    ) -> Result<Self, ConfigError> {
        let deployment = foundation.deployment;
        let mut servers = HashMap::new();
        foundation.any_instance(|instance| {
            let expectation = foundation.found(deployment.expect::<P::Server>(instance.id()))?;
            let own = foundation.found(deployment.expect(instance.id()))?;
            foundation.check_own(&credential, instance, &own)?;
            for host in foundation.hosts(instance, &expectation)? {
                if let Some(expectation) = expectation.for_host(&host) {
                    // Instances that share an Ozone Connect share its certificate: the deployment is checked for that.
                    servers.insert(host, expectation);
                }
            }
            Ok(())
        })?;
        let sessions = Arc::new(ClientSessionMemoryCache::new(servers.len().saturating_mul(TICKETS_OF_A_HOST)));
        let verifier = Arc::new(ServerVerifier::new(P::ID, foundation.trust.clone(), servers));
        let resolver = Arc::new(SingleCertAndKey::from(certified_key(&credential)));
        let config = Arc::new(tls.resuming(verifier.clone(), resolver, sessions.clone()));
        let (trust, deployment) = (foundation.trust.clone(), Arc::clone(deployment));
        Ok(Self { trust, deployment, credential, verifier, config, sessions })
    }

    /// Forgets the sessions with a server, so that the next handshake is a full one.
    ///
    /// A session keeps the certificate it began with, and hands it on to the sessions that it resumes to: a server that has long
    /// got a new one would be refused for the old one's sake.
    pub(crate) fn forget_sessions(&self, host: &HostName) {
        let name = host.to_server_name();
        self.sessions.remove_tls12_session(&name);
        while self.sessions.take_tls13_ticket(&name).is_some() {}
    }
}
