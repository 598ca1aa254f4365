//! The side that accepts: S1 and S3 at the API Hub, S4 at the LFI.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use hub_roles::{
    Certificate, Credential, Deployment, Expectation, HostName, HubToLfi, InstanceId, LfiToHub, Path, TppToHub,
    TrustFramework,
};
use rustls::server::ResolvesServerCert;
use rustls::sign::SingleCertAndKey;
use rustls::{AlertDescription, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::{LazyConfigAcceptor, TlsStream};

use crate::clock::Clock;
use crate::config::Foundation;
use crate::error::{ConfigError, HandshakeError};
use crate::handshake::{drive, record};
use crate::identity::{ForHosts, certified_key};
use crate::peer::Peer;
use crate::settings::Settings;
use crate::stream::Stream;
use crate::tls;
use crate::verifier::{ClientVerifier, Presented};

/// A path, seen from the side that accepts.
pub trait AcceptingPath: Path {
    /// What the server name of a connection tells: the API Hub instance on [`TppToHub`] and [`LfiToHub`]. On [`HubToLfi`] nothing: one
    /// Ozone Connect serves several instances, and `o3-provider-id` tells them apart in each request (FACTS section 1).
    type Instance: Clone + fmt::Debug + Send + Sync + 'static;
}

impl AcceptingPath for TppToHub {
    type Instance = InstanceId;
}

impl AcceptingPath for LfiToHub {
    type Instance = InstanceId;
}

impl AcceptingPath for HubToLfi {
    type Instance = ();
}

/// Accepts connections of one path: presents our server certificate and takes clients of the path's client role only.
///
/// Cloning is cheap and shares everything.
pub struct Acceptor<P: AcceptingPath> {
    serving: Arc<Serving<P>>,
    clock: Arc<dyn Clock>,
}

/// The generations there are.
struct Serving<P: AcceptingPath> {
    first: Arc<Generation<P>>,
    /// Which one a server name chooses; `None` where server names do not matter, and the first is the only one.
    hosts: Option<HashMap<HostName, Arc<Generation<P>>>>,
}

/// One immutable configuration: a connection that began with it ends with it.
struct Generation<P: AcceptingPath> {
    instance: P::Instance,
    certificate: Certificate<P::Server>,
    verifier: Arc<ClientVerifier<P::Client>>,
    config: Arc<ServerConfig>,
}

impl<P: AcceptingPath<Instance = InstanceId>> Acceptor<P> {
    /// Serves API Hub instances, each with its own certificate, chosen by the exact server name that the client sends.
    ///
    /// The hosts of each instance, and who may be its client, are the deployment's. A client that sends no server name, or another
    /// one, is refused.
    ///
    /// # Errors
    /// [`ConfigError`]: parts of different environments, a certificate that is not the instance's, an instance that the deployment
    /// does not have or that is given twice, no instance at all.
    pub fn new(
        trust: &TrustFramework,
        deployment: &Deployment,
        instances: impl IntoIterator<Item = (InstanceId, Credential<P::Server>)>,
    ) -> Result<Self, ConfigError> {
        Self::with_settings(trust, deployment, instances, &Settings::new())
    }

    /// As [`Self::new`], with settings.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_settings(
        trust: &TrustFramework,
        deployment: &Deployment,
        instances: impl IntoIterator<Item = (InstanceId, Credential<P::Server>)>,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let foundation = Foundation::new(P::ID, trust, deployment, settings)?;
        let mut first = None;
        let mut serving = HashMap::<HostName, Arc<Generation<P>>>::new();
        for (id, credential) in instances {
            if serving.values().any(|other| other.instance == id) {
                return Err(ConfigError::InstanceTwice { path: P::ID, instance: id });
            }
            let instance = foundation.found(deployment.instance(&id))?;
            let expectation = foundation.found(deployment.expect(&id))?;
            foundation.check_own(&credential, instance, &expectation)?;
            let hosts = foundation.hosts(instance, &expectation)?;
            let resolver = ForHosts { hosts: hosts.clone(), key: certified_key(&credential) };
            let clients = foundation.found(deployment.expect(&id))?;
            let generation = Arc::new(Generation::new(&foundation, id, &credential, clients, resolver)?);
            // No host is that of two instances: the deployment is checked for that.
            serving.extend(hosts.into_iter().map(|host| (host, Arc::clone(&generation))));
            first.get_or_insert(generation);
        }
        let first = first
            .ok_or(ConfigError::NoInstance { path: P::ID, need: "give at least one credential with its instance" })?;
        Ok(Self::serving(Serving { first, hosts: Some(serving) }, settings))
    }

    /// A configuration for foreign code that serves one instance: it presents the same certificate, asks for a client certificate
    /// and verifies it by the same rules, refuses every other server name and clients that send none (with the alert `access_denied`,
    /// which is rustls' own for both), and resumes no session. `None` if the instance is not served here.
    ///
    /// It yields no [`Peer`]: what foreign code says about a connection is its own word.
    #[must_use]
    pub fn rustls_config(&self, instance: &InstanceId) -> Option<Arc<ServerConfig>> {
        let mut generations = self.serving.hosts.iter().flat_map(HashMap::values);
        generations.find(|generation| generation.instance == *instance).map(|found| Arc::clone(&found.config))
    }
}

impl Acceptor<HubToLfi> {
    /// Serves the LFI's Ozone Connect: the Hub is the only client. No server name is asked for.
    ///
    /// The certificate must be that of at least one instance of the deployment: brands that do not share it need an acceptor each.
    ///
    /// # Errors
    /// [`ConfigError`]: parts of different environments, a certificate that fits no instance, no instance at all.
    pub fn new(
        trust: &TrustFramework,
        deployment: &Deployment,
        credential: Credential<<HubToLfi as Path>::Server>,
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
        credential: Credential<<HubToLfi as Path>::Server>,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let foundation = Foundation::new(HubToLfi::ID, trust, deployment, settings)?;
        foundation.any_instance(|instance| {
            let expectation = foundation.found(deployment.expect(instance.id()))?;
            foundation.check_own(&credential, instance, &expectation)
        })?;
        let hub = foundation.found(deployment.expect_hub())?;
        let resolver = SingleCertAndKey::from(certified_key(&credential));
        let first = Arc::new(Generation::new(&foundation, (), &credential, hub, resolver)?);
        Ok(Self::serving(Serving { first, hosts: None }, settings))
    }

    /// A configuration for foreign code: it presents the same certificate, asks for a client certificate and verifies it by the
    /// same rules, and resumes no session.
    ///
    /// It yields no [`Peer`]: what foreign code says about a connection is its own word.
    #[must_use]
    pub fn rustls_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.serving.first.config)
    }
}

impl<P: AcceptingPath> Acceptor<P> {
    /// Runs the handshake on a connection that a client opened.
    ///
    /// The client is verified in the handshake and once more when it has finished, at the time it then is. There is no time limit:
    /// a caller wraps this in a timeout. Dropping the future closes the connection.
    ///
    /// # Errors
    /// [`HandshakeError`]: the client was refused, refused us, or did not get that far.
    pub async fn accept<IO>(&self, io: IO) -> Result<Accepted<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let outcome = self.handshake(io).await;
        record::<P, P::Client, _>(&outcome, Accepted::peer);
        outcome
    }

    async fn handshake<IO>(&self, io: IO) -> Result<Accepted<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), io);
        let start = drive::<P, P::Server, P::Client, _>(start).await?;
        let generation = match self.serving.choose(start.client_hello().server_name()) {
            Ok(generation) => Arc::clone(generation),
            Err((error, alert)) => {
                send_alert(start.io, alert).await;
                return Err(error);
            }
        };
        let stream = start.into_stream(Arc::clone(&generation.config));
        let stream = drive::<P, P::Server, P::Client, _>(stream).await?;
        let presented = Presented::on::<P::Client>(stream.get_ref().1)?;
        let peer = Peer::new(generation.verifier.verify(presented, self.clock.now())?);
        Ok(Accepted {
            peer,
            instance: generation.instance.clone(),
            certificate: generation.certificate.clone(),
            stream: Stream::accepted(TlsStream::Server(stream)),
        })
    }

    fn serving(serving: Serving<P>, settings: &Settings) -> Self {
        Self { serving: Arc::new(serving), clock: Arc::clone(&settings.clock) }
    }
}

impl<P: AcceptingPath> Serving<P> {
    /// The generation for a server name, or why there is none and the alert that says so (RFC 6066 section 3, RFC 8446 section
    /// 9.2).
    fn choose(&self, server_name: Option<&str>) -> Result<&Arc<Generation<P>>, (HandshakeError, AlertDescription)> {
        let Some(hosts) = &self.hosts else {
            return Ok(&self.first);
        };
        let Some(name) = server_name else {
            return Err((HandshakeError::NoServerName { path: P::ID }, AlertDescription::MissingExtension));
        };
        name.parse().ok().and_then(|host: HostName| hosts.get(&host)).ok_or_else(|| {
            let error = HandshakeError::UnknownInstance { path: P::ID, server_name: name.to_owned() };
            (error, AlertDescription::UnrecognisedName)
        })
    }
}

impl<P: AcceptingPath> Generation<P> {
    fn new(
        foundation: &Foundation<'_>,
        instance: P::Instance,
        credential: &Credential<P::Server>,
        clients: Expectation<P::Client>,
        resolver: impl ResolvesServerCert + 'static,
    ) -> Result<Self, ConfigError> {
        let verifier = Arc::new(ClientVerifier::new(foundation.trust.clone(), clients));
        let config = tls::server_config(verifier.clone(), Arc::new(resolver), foundation.settings)
            .map_err(|error| foundation.settings_refused(&error))?;
        Ok(Self { instance, certificate: credential.certificate().clone(), verifier, config: Arc::new(config) })
    }
}

impl<P: AcceptingPath> Clone for Acceptor<P> {
    fn clone(&self) -> Self {
        Self { serving: Arc::clone(&self.serving), clock: Arc::clone(&self.clock) }
    }
}

impl<P: AcceptingPath> fmt::Debug for Acceptor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Acceptor({}", P::ID)?;
        for (host, generation) in self.serving.hosts.iter().flatten() {
            write!(f, ", {host}: kid {}", generation.certificate.kid())?;
        }
        f.write_str(")")
    }
}

/// A connection that was accepted: the client, and our side of it.
pub struct Accepted<P: AcceptingPath, IO> {
    peer: Peer<P::Client>,
    instance: P::Instance,
    certificate: Certificate<P::Server>,
    stream: Stream<IO>,
}

impl<P: AcceptingPath, IO> Accepted<P, IO> {
    /// The client.
    #[must_use]
    pub fn peer(&self) -> &Peer<P::Client> {
        &self.peer
    }

    /// The certificate we presented: its O and OU are what JWT Auth responses speak of by default (FACTS section 4).
    #[must_use]
    pub fn local_certificate(&self) -> &Certificate<P::Server> {
        &self.certificate
    }

    /// The client and the stream, when the rest is known.
    #[must_use]
    pub fn into_parts(self) -> (Peer<P::Client>, Stream<IO>) {
        (self.peer, self.stream)
    }
}

impl<P: AcceptingPath<Instance = InstanceId>, IO> Accepted<P, IO> {
    /// The API Hub instance that the client asked for.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }
}

impl<P: AcceptingPath, IO> fmt::Debug for Accepted<P, IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, instance, certificate, stream } = self;
        f.debug_struct("Accepted")
            .field("peer", peer)
            .field("instance", instance)
            .field("certificate", certificate)
            .field("stream", stream)
            .finish()
    }
}

/// Sends a fatal alert in answer to a ClientHello, when there is no configuration to do it: an unprotected record (RFC 8446 sections
/// 5.1 and 6). That it does not arrive changes nothing.
async fn send_alert<IO: AsyncWrite + Unpin>(mut io: IO, alert: AlertDescription) {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    let record = [ALERT, 3, 3, 0, 2, FATAL, alert.into()];
    if io.write_all(&record).await.is_ok() {
        // Flushes what it can; the refusal stands in any case.
        drop(io.shutdown().await);
    }
}
