//! Configurations for foreign code. They always ask the current generation, and resume nothing, since nobody would check the peer after
//! the handshake.

use std::fmt;
use std::sync::Arc;

use hub_roles::{HubToLfi, InstanceId, Path, Role};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DistinguishedName, OtherError, ServerConfig, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::current::Current;
use crate::error::HandshakeError;
use crate::serving::{Generation, Serving};
use crate::verifier::{fail, proof_of_key};

impl<P: AcceptingPath<Instance = InstanceId>> Acceptor<P> {
    /// A configuration for foreign code that serves one instance: it presents the same certificate, asks for a client certificate
    /// and verifies it by the same rules, refuses every other server name and clients that send none (with the alert `access_denied`,
    /// which is rustls' own for both), and resumes no session. `None` if the instance is not served here. It follows every
    /// [`Rotation`](crate::Rotation), and refuses everybody while its instance is removed; its connections are not closed by one: their
    /// owner ages them out.
    ///
    /// It yields no [`Peer`](crate::Peer): what foreign code says about a connection is its own word.
    #[must_use]
    pub fn rustls_config(&self, instance: &InstanceId) -> Option<Arc<ServerConfig>> {
        self.shared.serving.load().instance(instance)?;
        Some(self.exported(instance.clone()))
    }
}

impl Acceptor<HubToLfi> {
    /// A configuration for foreign code: it presents the same certificate, asks for a client certificate and verifies it by the
    /// same rules, and resumes no session. It follows every [`Rotation`](crate::Rotation); its connections are not closed by one: their owner ages
    /// them out.
    ///
    /// It yields no [`Peer`](crate::Peer): what foreign code says about a connection is its own word.
    #[must_use]
    pub fn rustls_config(&self) -> Arc<ServerConfig> {
        self.exported(())
    }

    /// A configuration for foreign code that serves `/hello` **and nothing else, on a port of its own**: it presents the same
    /// certificate and asks no client for one. Anyone may connect, and nobody is known: it yields no [`Peer`](crate::Peer), and a request that
    /// came this way must reach nothing of Ozone Connect.
    ///
    /// It is for load balancers and monitors that hold no certificate of the Trust Framework. The Hub does not need it: it presents
    /// C4 wherever it connects, so the acceptor's own port answers its `/hello` too, with the `mtlsStatus` `not-checked` there as here
    /// (FACTS section 5). `/hello-mtls` and `/echo-cert` are for the acceptor's port alone.
    ///
    /// It resumes no session, gives out no ticket, and follows every [`Rotation`](crate::Rotation) of our certificate.
    #[must_use]
    pub fn rustls_config_for_hello_without_client_certificates(&self) -> Arc<ServerConfig> {
        Arc::new(self.shared.tls.plain(Arc::new(NoClientAuth), Arc::new(self.current(()))))
    }
}

impl<P: AcceptingPath> Acceptor<P> {
    fn exported(&self, instance: P::Instance) -> Arc<ServerConfig> {
        let current = Arc::new(self.current(instance));
        Arc::new(self.shared.tls.plain(current.clone(), current))
    }

    fn current(&self, instance: P::Instance) -> CurrentServer<P> {
        CurrentServer { serving: Arc::clone(&self.shared.serving), instance }
    }
}

impl<P: Path> Connector<P> {
    /// A configuration for foreign code: it presents the same certificate, reaches the same hosts, verifies them by the same rules,
    /// and resumes no session. It follows every [`Rotation`](crate::Rotation); its connections are not closed by one: their owner ages them out.
    ///
    /// It yields no [`Peer`](crate::Peer): what foreign code says about a connection is its own word. Its owner could turn verification off with
    /// rustls' own means; nothing here does.
    ///
    /// reqwest takes it by value. It is limited by what is said above: a peer that a rotation refuses stays until its connections have been
    /// idle for a while, or the client is replaced. In HTTP/2 a late refusal is lost (see [`cause`](crate::cause)), so offer it nothing but
    /// HTTP/1.1, which is what comes of saying nothing about protocols. Where `Peer`, prompt closing or HTTP/2 matter, take an
    /// `HttpsConnector` (feature `hyper`).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hub_roles::TppToHub;
    /// # fn client(connector: &hub_tls::Connector<TppToHub>) -> reqwest::Result<reqwest::Client> {
    /// reqwest::Client::builder()
    ///     .tls_backend_preconfigured((*connector.rustls_config()).clone())
    ///     .https_only(true)
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .connect_timeout(Duration::from_secs(5))
    ///     .timeout(Duration::from_secs(30))
    ///     .pool_idle_timeout(Duration::from_secs(10))
    ///     .build()
    /// # }
    /// ```
    #[must_use]
    pub fn rustls_config(&self) -> Arc<ClientConfig> {
        let current = Arc::new(CurrentClient(self.clone()));
        Arc::new(self.shared.tls.plain(current.clone(), current))
    }
}

/// The current generation of one instance.
pub(crate) struct CurrentServer<P: AcceptingPath> {
    pub(crate) serving: Arc<Current<Serving<P>>>,
    pub(crate) instance: P::Instance,
}

impl<P: AcceptingPath> CurrentServer<P> {
    /// `None` while the instance is removed.
    fn generation(&self) -> Option<Arc<Generation<P>>> {
        self.serving.load().instance(&self.instance).cloned()
    }
}

impl<P: AcceptingPath> ResolvesServerCert for CurrentServer<P> {
    /// Foreign code gets an error of rustls' own where there is nothing to present, so the log is told.
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let server_name = client_hello.server_name().map(str::to_owned);
        let key = self.generation().and_then(|generation| generation.config.cert_resolver.resolve(client_hello));
        if key.is_none() {
            let error = match server_name {
                Some(server_name) => HandshakeError::UnknownInstance { path: P::ID, server_name },
                None => HandshakeError::NoServerName { path: P::ID },
            };
            let (path, role, code) = (P::ID, P::Client::ID, error.code());
            tracing::info!(%path, %role, code, reason = %error, "handshake of foreign code failed");
        }
        key
    }
}

impl<P: AcceptingPath> ClientCertVerifier for CurrentServer<P> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let removed = || {
            let instance = format!("{:?}", self.instance);
            rustls::Error::Other(OtherError(Arc::new(HandshakeError::InstanceRemoved {
                path: P::ID,
                role: P::Client::ID,
                instance,
            })))
        };
        let generation = self.generation().ok_or_else(removed)?;
        generation.verifier.verify_client_cert(end_entity, intermediates, now)
    }

    proof_of_key!();
}

impl<P: AcceptingPath> fmt::Debug for CurrentServer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurrentServer({}, {:?})", P::ID, self.instance)
    }
}

/// The generation that a connector presents its certificate with.
pub(crate) struct CurrentClient<P: Path>(pub(crate) Connector<P>);

impl<P: Path> ResolvesClientCert for CurrentClient<P> {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.generation().ok()?.config.client_auth_cert_resolver.resolve(issuers, schemes)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl<P: Path> ServerCertVerifier for CurrentClient<P> {
    /// Where no certificate of ours is to be presented any more, the handshake ends here, before the server asks for one.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier = &self.0.generation().map_err(fail)?.verifier;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    proof_of_key!();
}

impl<P: Path> fmt::Debug for CurrentClient<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurrentClient({:?})", self.0)
    }
}
