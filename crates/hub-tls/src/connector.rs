//! The side that connects: C1 at the TPP, C3 at the LFI, C4 at the API Hub.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use hub_roles::{Certificate, Credential, Deployment, HostName, Path, Role, TrustFramework};
use rustls::ClientConfig;
use rustls::sign::SingleCertAndKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, TlsStream};

use crate::clock::Clock;
use crate::config::Foundation;
use crate::error::{ConfigError, HandshakeError};
use crate::handshake::{drive, record};
use crate::identity::certified_key;
use crate::peer::Peer;
use crate::settings::Settings;
use crate::stream::Stream;
use crate::tls;
use crate::verifier::{Presented, ServerVerifier};

/// Opens connections of one path: presents our client certificate and takes servers of the path's server role only.
///
/// It reaches the hosts of the deployment's instances, each of which must show the certificate of its own LFI: the authorisation and
/// resource hosts on [`TppToHub`](hub_roles::TppToHub), Headless Heimdall and Consent Manager on
/// [`LfiToHub`](hub_roles::LfiToHub), Ozone Connect on [`HubToLfi`](hub_roles::HubToLfi). Cloning is cheap and shares everything.
pub struct Connector<P: Path> {
    generation: Arc<Generation<P>>,
    clock: Arc<dyn Clock>,
}

/// One immutable configuration: a connection that began with it ends with it.
struct Generation<P: Path> {
    certificate: Certificate<P::Client>,
    verifier: Arc<ServerVerifier<P::Server>>,
    config: Arc<ClientConfig>,
}

impl<P: Path> Connector<P> {
    /// Reaches every instance of the deployment that has hosts for this path and that our certificate is registered at.
    ///
    /// # Errors
    /// [`ConfigError`]: parts of different environments, or no such instance; then the error says what the first one lacks.
    pub fn new(
        trust: &TrustFramework,
        deployment: &Deployment,
        credential: Credential<P::Client>,
    ) -> Result<Self, ConfigError> {
        Self::with_settings(trust, deployment, credential, &Settings::new())
    }

    /// As [`Self::new`], with settings.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_settings(
        trust: &TrustFramework,
        deployment: &Deployment,
        credential: Credential<P::Client>,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let foundation = Foundation::new(P::ID, trust, deployment, settings)?;
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
        let verifier = Arc::new(ServerVerifier::new(P::ID, trust.clone(), servers));
        let resolver = Arc::new(SingleCertAndKey::from(certified_key(&credential)));
        let config = tls::client_config(verifier.clone(), resolver, settings)
            .map_err(|error| foundation.settings_refused(&error))?;
        let certificate = credential.certificate().clone();
        Ok(Self {
            generation: Arc::new(Generation { certificate, verifier, config: Arc::new(config) }),
            clock: Arc::clone(&settings.clock),
        })
    }

    /// Runs the handshake on a connection that was opened to `host`.
    ///
    /// The server is verified in the handshake and once more when it has finished, at the time it then is. In TLS 1.3 it has not
    /// seen our certificate at this point: see [`Stream`]. There is no time limit: a caller wraps this in a timeout.
    ///
    /// # Errors
    /// [`HandshakeError`]: the server was refused, refused us, or did not get that far. [`HandshakeError::UnknownHost`] comes before
    /// anything is sent.
    pub async fn connect<IO>(&self, host: &HostName, io: IO) -> Result<Connected<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let outcome = self.handshake(host, io).await;
        record::<P, P::Server, _>(&outcome, Connected::peer);
        outcome
    }

    /// A configuration for foreign code: it presents the same certificate, reaches the same hosts, verifies them by the same rules,
    /// and resumes no session.
    ///
    /// It yields no [`Peer`]: what foreign code says about a connection is its own word. Its owner could turn verification off with
    /// rustls' own means; nothing here does.
    #[must_use]
    pub fn rustls_config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.generation.config)
    }

    async fn handshake<IO>(&self, host: &HostName, io: IO) -> Result<Connected<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let Generation { certificate, verifier, config } = &*self.generation;
        if !verifier.knows(host) {
            return Err(verifier.unknown(host.as_str()));
        }
        let stream = TlsConnector::from(Arc::clone(config)).connect(host.to_server_name(), io);
        let stream = drive::<P, P::Client, P::Server, _>(stream).await?;
        let presented = Presented::on::<P::Server>(stream.get_ref().1)?;
        let peer = Peer::new(verifier.verify(host, presented, self.clock.now())?);
        let stream = Stream::connected(TlsStream::Client(stream), P::ID, P::Client::ID);
        Ok(Connected { peer, certificate: certificate.clone(), stream })
    }
}

impl<P: Path> Clone for Connector<P> {
    fn clone(&self) -> Self {
        Self { generation: Arc::clone(&self.generation), clock: Arc::clone(&self.clock) }
    }
}

impl<P: Path> fmt::Debug for Connector<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connector({}, kid {})", P::ID, self.generation.certificate.kid())
    }
}

/// A connection that was opened: the server, and our side of it.
pub struct Connected<P: Path, IO> {
    peer: Peer<P::Server>,
    certificate: Certificate<P::Client>,
    stream: Stream<IO>,
}

impl<P: Path, IO> Connected<P, IO> {
    /// The server.
    #[must_use]
    pub fn peer(&self) -> &Peer<P::Server> {
        &self.peer
    }

    /// The certificate we present: its O and OU are `iss` and `sub` of JWT Auth requests (FACTS section 4).
    #[must_use]
    pub fn local_certificate(&self) -> &Certificate<P::Client> {
        &self.certificate
    }

    /// The server and the stream, when the rest is known.
    #[must_use]
    pub fn into_parts(self) -> (Peer<P::Server>, Stream<IO>) {
        (self.peer, self.stream)
    }
}

impl<P: Path, IO> fmt::Debug for Connected<P, IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, certificate, stream } = self;
        f.debug_struct("Connected")
            .field("peer", peer)
            .field("certificate", certificate)
            .field("stream", stream)
            .finish()
    }
}
