//! The side that accepts: S1 and S3 at the API Hub, S4 at the LFI.

use std::fmt;
use std::sync::Arc;

use hub_roles::{Certificate, CertificateChain, Credential, Deployment, HubToLfi, InstanceId, Path, TrustFramework};
use rustls::{AlertDescription, CommonState, HandshakeKind};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::{LazyConfigAcceptor, TlsStream};

use crate::accepted::Accepted;
use crate::accepting::AcceptingPath;
use crate::config::Foundation;
use crate::connections::{Connection, Connections};
use crate::current::Current;
use crate::error::{ConfigError, HandshakeError};
use crate::handshake::{Failed, drive, drive_signing, record};
use crate::peer::Peer;
use crate::remote::BlockingPool;
use crate::serving::{Generation, Serving};
use crate::settings::Settings;
use crate::stream::Stream;
use crate::tls::ServerTls;
use crate::verifier::presented;

/// Accepts connections of one path: presents our server certificate and takes clients of the path's client role only.
///
/// Cloning is cheap and shares everything.
pub struct Acceptor<P: AcceptingPath> {
    pub(crate) shared: Arc<Shared<P>>,
}

/// What all clones of an acceptor share.
pub(crate) struct Shared<P: AcceptingPath> {
    pub(crate) serving: Arc<Current<Serving<P>>>,
    pub(crate) connections: Connections<Arrival<P>>,
    pub(crate) settings: Settings,
    pub(crate) tls: ServerTls,
    pool: BlockingPool,
}

/// Where a client arrived.
pub(crate) struct Arrival<P: AcceptingPath> {
    server_name: Option<String>,
    pub(crate) instance: P::Instance,
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
        Self::built(trust, deployment, settings, |foundation, tls| Serving::instances(foundation, tls, instances))
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
        Self::built(trust, deployment, settings, |foundation, tls| Serving::ozone_connect(foundation, tls, credential))
    }
}

impl<P: AcceptingPath> Acceptor<P> {
    /// Runs the handshake on a connection that a client opened.
    ///
    /// It goes by what is current as it begins, and may resume a session that began under the same. The client is verified in a full
    /// handshake, and after every one, resumed or not, once more by what is current when it has finished, at the time it then is.
    /// A client that only this last check refuses is disconnected without an alert: rustls sends none after the handshake. If it had
    /// resumed a session, the sessions of its instance end, and its next handshake is a full one.
    ///
    /// There is no limit here: [`Self::listen`] and [`Self::gate`] set them, of time, of number and for each source. Dropping the future
    /// closes the connection.
    ///
    /// # Errors
    /// [`HandshakeError`]: the client was refused, refused us, or did not get that far.
    pub async fn accept<IO>(&self, io: IO) -> Result<Accepted<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let outcome = self.handshake(io).await.map_err(|failed| failed.error);
        record::<P, P::Client>(outcome.as_ref().map(Accepted::peer), None);
        outcome
    }

    /// The same without a word to the log, and with the transport where the handshake failed.
    pub(crate) async fn handshake<IO>(&self, io: IO) -> Result<Accepted<P, IO>, Failed<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), io);
        let start = async { (&mut start).await.map_err(|error| (error, start.take_io())) };
        let start = drive::<P, P::Server, P::Client, _, _>(start).await?;
        let server_name = start.client_hello().server_name().map(str::to_owned);
        let chosen = self.shared.serving.load().choose(server_name.as_deref()).cloned();
        let generation = match chosen {
            Ok(generation) => generation,
            Err(error) => {
                let mut io = start.io;
                send_alert(&mut io, alert(&error)).await;
                return Err(Failed { error, io: Some(io) });
            }
        };
        let config = Arc::clone(&generation.config);
        // Our key signs as soon as the ClientHello is given a configuration.
        let stream = async { start.into_stream(config).into_fallible().await };
        let stream =
            drive_signing::<P, P::Server, P::Client, _, _>(&generation.credential, &self.shared.pool, stream).await?;
        let arrival = Arrival { server_name, instance: generation.instance.clone() };
        match self.shared.welcome(&arrival, stream.get_ref().1) {
            Ok((peer, connection)) => Ok(Accepted {
                peer,
                instance: arrival.instance,
                certificate: generation.credential.certificate().clone(),
                stream: Stream::accepted(TlsStream::Server(stream), connection),
            }),
            Err(error) => {
                let (io, connection) = stream.into_inner();
                if connection.handshake_kind() == Some(HandshakeKind::Resumed) {
                    self.shared.forget_sessions(&generation);
                }
                Err(Failed { error, io: Some(io) })
            }
        }
    }

    fn built(
        trust: &TrustFramework,
        deployment: &Deployment,
        settings: &Settings,
        serving: impl FnOnce(&Foundation<'_>, &ServerTls) -> Result<Serving<P>, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let foundation = Foundation::new(P::ID, trust, deployment, settings)?;
        let tls = ServerTls::new(settings).map_err(|error| foundation.settings_refused(&error))?;
        let serving = Arc::new(Current::new(serving(&foundation, &tls)?));
        let shared = Shared {
            serving,
            connections: Connections::new(),
            settings: settings.clone(),
            tls,
            pool: BlockingPool::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl<P: AcceptingPath> Shared<P> {
    /// The client of a handshake that has finished, and its place among the open connections.
    fn welcome(
        &self,
        arrival: &Arrival<P>,
        connection: &CommonState,
    ) -> Result<(Peer<P::Client>, Arc<Connection>), HandshakeError> {
        let chain = presented::<P::Client>(connection)?;
        let connection = self.connections.enter(arrival.clone(), chain.clone());
        Ok((Peer::new(self.admit(arrival, &chain)?), connection))
    }

    /// The verdict on a client by what is current.
    pub(crate) fn admit(
        &self,
        arrival: &Arrival<P>,
        chain: &CertificateChain,
    ) -> Result<Certificate<P::Client>, HandshakeError> {
        let serving = self.serving.load();
        let server_name = arrival.server_name.as_deref();
        let generation = serving.choose(server_name)?;
        if generation.instance != arrival.instance {
            let server_name = server_name.unwrap_or_default().to_owned();
            return Err(HandshakeError::UnknownInstance { path: P::ID, server_name });
        }
        Ok(generation.verifier.verify(chain, self.settings.clock.now())?)
    }

    /// Ends the sessions of a generation, so that the next handshakes are full ones.
    ///
    /// A session keeps the certificate it began with, and hands it on to the sessions that it resumes to: a client that has long got
    /// a new one would be refused for the old one's sake, each time, and without an alert. Who has no session brings this about
    /// for nobody, and who has one only once: it ends as well.
    fn forget_sessions(&self, generation: &Arc<Generation<P>>) {
        self.serving.replace_now(|current| current.without_sessions_of(generation, &self.tls));
    }

    /// Whether a host is one of the instance's, by what is current. Where server names tell no instances apart, every host is.
    #[cfg(feature = "axum")]
    pub(crate) fn is_host_of(&self, instance: &P::Instance, host: &str) -> bool {
        self.serving.load().choose(Some(host)).is_ok_and(|generation| generation.instance == *instance)
    }
}

impl<P: AcceptingPath> Clone for Arrival<P> {
    fn clone(&self) -> Self {
        Self { server_name: self.server_name.clone(), instance: self.instance.clone() }
    }
}

impl<P: AcceptingPath> Clone for Acceptor<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<P: AcceptingPath> fmt::Debug for Acceptor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Acceptor({}", P::ID)?;
        for generation in self.shared.serving.load().generations() {
            write!(f, ", {:?}: kid {}", generation.instance, generation.credential.kid())?;
        }
        f.write_str(")")
    }
}

/// The alert for a ClientHello that chooses no instance (RFC 6066 section 3, RFC 8446 section 9.2).
fn alert(error: &HandshakeError) -> AlertDescription {
    match error {
        HandshakeError::NoServerName { .. } => AlertDescription::MissingExtension,
        _ => AlertDescription::UnrecognisedName,
    }
}

/// Sends a fatal alert in answer to a ClientHello, when there is no configuration to do it: an unprotected record (RFC 8446 sections
/// 5.1 and 6). That it does not arrive changes nothing.
async fn send_alert<IO: AsyncWrite + Unpin>(io: &mut IO, alert: AlertDescription) {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    let record = [ALERT, 3, 3, 0, 2, FATAL, alert.into()];
    if io.write_all(&record).await.is_ok() {
        // Flushes what it can; the refusal stands in any case.
        drop(io.shutdown().await);
    }
}
