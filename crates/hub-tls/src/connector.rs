//! The side that connects: C1 at the TPP, C3 at the LFI, C4 at the API Hub.

use std::fmt;
use std::sync::Arc;

use hub_roles::{Certificate, CertificateChain, Credential, Deployment, HostName, KeyId, Path, Role, TrustFramework};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, TlsStream};

use crate::config::Foundation;
use crate::connections::Connections;
use crate::current::Current;
use crate::error::{ConfigError, HandshakeError};
use crate::handshake::{drive_signing, record};
use crate::peer::Peer;
use crate::reaching::{Generation, Reaching};
use crate::remote::BlockingPool;
use crate::settings::Settings;
use crate::stream::Stream;
use crate::tls::ClientTls;
use crate::verifier::presented;

/// Opens connections of one path: presents our client certificate and takes servers of the path's server role only.
///
/// It reaches the hosts of the deployment's instances, each of which must show the certificate of its own LFI: the authorisation and
/// resource hosts on [`TppToHub`](hub_roles::TppToHub), Headless Heimdall and Consent Manager on
/// [`LfiToHub`](hub_roles::LfiToHub), Ozone Connect on [`HubToLfi`](hub_roles::HubToLfi). Cloning is cheap and shares everything.
pub struct Connector<P: Path> {
    pub(crate) shared: Arc<Shared<P>>,
    /// The thumbprint of the only certificate it presents; the current one if `None`.
    pub(crate) only: Option<KeyId>,
}

/// What all clones of a connector share.
pub(crate) struct Shared<P: Path> {
    pub(crate) reaching: Arc<Current<Reaching<P>>>,
    pub(crate) connections: Connections<HostName>,
    pub(crate) settings: Settings,
    pub(crate) tls: ClientTls,
    pool: BlockingPool,
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
        let tls = ClientTls::new(settings).map_err(|error| foundation.settings_refused(&error))?;
        let reaching = Arc::new(Current::new(Reaching::new(&foundation, &tls, credential)?));
        let shared = Shared {
            reaching,
            connections: Connections::new(),
            settings: settings.clone(),
            tls,
            pool: BlockingPool::new(),
        };
        Ok(Self { shared: Arc::new(shared), only: None })
    }

    /// The certificate that the next connection presents: its O and OU are `iss` and `sub` of JWT Auth requests (FACTS section 4).
    /// Connections that are open may have presented another.
    ///
    /// # Errors
    /// [`HandshakeError::OwnCertificateRetired`]: this connector presents one certificate only, which is kept no longer.
    pub fn local_certificate(&self) -> Result<Certificate<P::Client>, HandshakeError> {
        Ok(self.generation()?.credential.certificate().clone())
    }

    /// Runs the handshake on a connection that was opened to `host`.
    ///
    /// It goes by what is current as it begins, and may resume a session that began under the same. The server is verified in a full
    /// handshake, and after every one, resumed or not, once more by what is current when it has finished, at the time it then is. In
    /// TLS 1.3 it has not seen our certificate at this point: see [`Stream`]. There is no time limit: a caller wraps this in a
    /// timeout. Set `TCP_NODELAY` on a socket: else the last message of a handshake, and each small request, may wait for an
    /// acknowledgement. An `HttpsConnector` (feature `hyper`) sees to both.
    ///
    /// # Errors
    /// [`HandshakeError`]: the server was refused, refused us, or did not get that far. [`HandshakeError::UnknownHost`] comes before
    /// anything is sent.
    pub async fn connect<IO>(&self, host: &HostName, io: IO) -> Result<Connected<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let outcome = self.handshake(host, io, self.shared.settings.alpn.clone()).await;
        record::<P, P::Server>(outcome.as_ref().map(Connected::peer), None);
        outcome
    }

    /// The same without a word to the log, and with these application protocols in place of those of the settings.
    pub(crate) async fn handshake<IO>(
        &self,
        host: &HostName,
        io: IO,
        protocols: Vec<Vec<u8>>,
    ) -> Result<Connected<P, IO>, HandshakeError>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let generation = self.reaching(host)?;
        let stream = TlsConnector::from(Arc::clone(&generation.config));
        let stream = stream.with_alpn(protocols).connect(host.to_server_name(), io).into_fallible();
        let stream =
            drive_signing::<P, P::Client, P::Server, _, _>(&generation.credential, &self.shared.pool, stream).await?;
        let chain = presented::<P::Server>(stream.get_ref().1)?;
        let connection = self.shared.connections.enter(host.clone(), chain.clone());
        let certificate = self.shared.admit(host, &chain).inspect_err(|_| generation.forget_sessions(host))?;
        Ok(Connected {
            peer: Peer::new(certificate),
            certificate: generation.credential.certificate().clone(),
            stream: Stream::connected(TlsStream::Client(stream), connection, P::ID, P::Client::ID),
        })
    }

    /// The generation that a handshake with `host` begins with.
    pub(crate) fn reaching(&self, host: &HostName) -> Result<Arc<Generation<P>>, HandshakeError> {
        let generation = self.generation()?;
        if generation.verifier.knows(host) { Ok(generation) } else { Err(generation.verifier.unknown(host.as_str())) }
    }

    /// The generation that handshakes begin with.
    pub(crate) fn generation(&self) -> Result<Arc<Generation<P>>, HandshakeError> {
        let reaching = self.shared.reaching.load();
        reaching.presenting(self.only.as_ref(), self.shared.settings.clock.now()).cloned()
    }
}

impl<P: Path> Shared<P> {
    /// The verdict on the server at `host` by what is current.
    pub(crate) fn admit(
        &self,
        host: &HostName,
        chain: &CertificateChain,
    ) -> Result<Certificate<P::Server>, HandshakeError> {
        self.reaching.load().current.verifier.verify(host, chain, self.settings.clock.now())
    }
}

impl<P: Path> Clone for Connector<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), only: self.only.clone() }
    }
}

impl<P: Path> fmt::Debug for Connector<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reaching = self.shared.reaching.load();
        write!(f, "Connector({}, kid {})", P::ID, self.only.as_ref().unwrap_or_else(|| reaching.current.kid()))
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
