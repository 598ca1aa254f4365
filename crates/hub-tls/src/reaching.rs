//! What a connector reaches, and as whom: one generation, and those that overlap with it.

use std::collections::HashMap;
use std::sync::Arc;

use hub_roles::{Credential, HostName, KeyId, Path, Role};
use rustls::ClientConfig;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore};
use rustls::sign::SingleCertAndKey;
use rustls_pki_types::UnixTime;

use crate::basis::Basis;
use crate::config::Foundation;
use crate::error::{ConfigError, HandshakeError};
use crate::identity::certified_key;
use crate::tls::ClientTls;
use crate::verifier::ServerVerifier;

/// The size of the session cache counts tickets, and it keeps so many for each server.
const TICKETS_OF_A_HOST: usize = 8;

/// The most credentials that are kept beside the current one: each is replaced about once a year.
const MOST_KEPT: usize = 8;

/// The generations there are at one time.
pub(crate) struct Reaching<P: Path> {
    pub(crate) basis: Basis,
    pub(crate) current: Arc<Generation<P>>,
    kept: Vec<Kept<P>>,
}

/// A generation whose credential was replaced, and the last second in which handshakes begin with it.
struct Kept<P: Path> {
    generation: Arc<Generation<P>>,
    until: UnixTime,
}

/// One immutable configuration: a connection that began with it ends with it, and its sessions end with it.
pub(crate) struct Generation<P: Path> {
    pub(crate) credential: Credential<P::Client>,
    pub(crate) verifier: Arc<ServerVerifier<P::Server>>,
    pub(crate) config: Arc<ClientConfig>,
    sessions: Arc<ClientSessionMemoryCache>,
}

impl<P: Path> Reaching<P> {
    /// Presents this credential.
    pub(crate) fn new(
        foundation: &Foundation<'_>,
        tls: &ClientTls,
        credential: Credential<P::Client>,
    ) -> Result<Self, ConfigError> {
        Ok(Self::on(foundation, Generation::new(foundation, tls, credential)?, Vec::new()))
    }

    /// Presents another credential. Those kept before stay so.
    pub(crate) fn with_credential(
        &self,
        foundation: &Foundation<'_>,
        tls: &ClientTls,
        credential: Credential<P::Client>,
    ) -> Result<Self, ConfigError> {
        let kept = self.kept_at(foundation.now).cloned().collect();
        Ok(Self::on(foundation, Generation::new(foundation, tls, credential)?, kept))
    }

    /// Presents another credential, and the one it replaces as well until that time, to whoever asks for it.
    pub(crate) fn overlapping(
        &self,
        foundation: &Foundation<'_>,
        tls: &ClientTls,
        credential: Credential<P::Client>,
        until: UnixTime,
    ) -> Result<Self, ConfigError> {
        let mut next = self.with_credential(foundation, tls, credential)?;
        let old = Kept { generation: Arc::clone(&self.current), until };
        if old.lasts(foundation.now) {
            next.kept.push(old);
        }
        match next.kept.len() {
            0..=MOST_KEPT => Ok(next),
            _ => Err(ConfigError::TooManyOverlaps { path: P::ID, most: MOST_KEPT }),
        }
    }

    /// The same credentials on another foundation. All sessions end. One that is only kept, and does not fit any more, is not.
    pub(crate) fn renewed(&self, foundation: &Foundation<'_>, tls: &ClientTls) -> Result<Self, ConfigError> {
        let renewed = |old: &Generation<P>| Generation::new(foundation, tls, old.credential.clone());
        let current = renewed(&self.current)?;
        let kept = self.kept_at(foundation.now).filter_map(|kept| match renewed(&kept.generation) {
            Ok(generation) => Some(Kept { generation: Arc::new(generation), until: kept.until }),
            Err(error) => {
                tracing::warn!(
                    path = %P::ID, role = %P::Client::ID, kid = %kept.generation.kid(), code = error.code(), reason = %error,
                    "replaced certificate is kept no longer",
                );
                None
            }
        });
        let kept = kept.collect();
        Ok(Self::on(foundation, current, kept))
    }

    /// The generation that presents the certificate asked for; the current one if none is.
    pub(crate) fn presenting(
        &self,
        thumbprint: Option<&KeyId>,
        now: UnixTime,
    ) -> Result<&Arc<Generation<P>>, HandshakeError> {
        let Some(asked_for) = thumbprint.filter(|&asked_for| asked_for != self.current.kid()) else {
            return Ok(&self.current);
        };
        let mut kept = self.kept_at(now).map(|kept| &kept.generation);
        kept.find(|generation| generation.kid() == asked_for).ok_or_else(|| HandshakeError::OwnCertificateRetired {
            path: P::ID,
            role: P::Client::ID,
            thumbprint: asked_for.clone(),
        })
    }

    fn kept_at(&self, now: UnixTime) -> impl Iterator<Item = &Kept<P>> {
        self.kept.iter().filter(move |kept| kept.lasts(now))
    }

    fn on(foundation: &Foundation<'_>, current: Generation<P>, kept: Vec<Kept<P>>) -> Self {
        Self { basis: Basis::of(foundation), current: Arc::new(current), kept }
    }
}

impl<P: Path> Kept<P> {
    fn lasts(&self, now: UnixTime) -> bool {
        now <= self.until
    }
}

impl<P: Path> Clone for Kept<P> {
    fn clone(&self) -> Self {
        Self { generation: Arc::clone(&self.generation), until: self.until }
    }
}

impl<P: Path> Generation<P> {
    /// Reaches every instance of the deployment that has hosts for this path and that the credential is registered at.
    fn new(
        foundation: &Foundation<'_>,
        tls: &ClientTls,
        credential: Credential<P::Client>,
    ) -> Result<Self, ConfigError> {
        let deployment = foundation.deployment;
        let mut servers = HashMap::new();
        // Where many instances expect the same of us, looking once will do.
        let mut met = None;
        foundation.any_instance(|instance| {
            let expectation = foundation.found(deployment.expect::<P::Server>(instance.id()))?;
            let own = foundation.found(deployment.expect(instance.id()))?;
            if met.as_ref() != Some(&own) {
                foundation.check_own(&credential, instance, &own)?;
                met = Some(own);
            }
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
        Ok(Self { credential, verifier, config, sessions })
    }

    /// The thumbprint of the certificate it presents.
    pub(crate) fn kid(&self) -> &KeyId {
        self.credential.kid()
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
