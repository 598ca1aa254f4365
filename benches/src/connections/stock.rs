//! Plain rustls, as its own builders make it: the same suites, groups and tickets as ours.

use std::sync::Arc;

use hub_roles::HostName;
use hub_testkit::Issued;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::crypto::aws_lc_rs::{Ticketer, cipher_suite, default_provider, kx_group};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, ServerName};
use tokio::io::DuplexStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::Outcome;
use crate::connections::meeting::{Client, Server};

/// What may be chosen about its handshakes.
pub(super) struct Terms {
    /// What its servers speak.
    server: &'static [&'static SupportedProtocolVersion],
    /// What its clients offer. For TLS 1.3 they make a key, whether the server takes it or not.
    client: &'static [&'static SupportedProtocolVersion],
    resumption: bool,
}

impl Terms {
    /// As ours.
    pub(super) const FULL: Self = Self { server: BOTH, client: BOTH, resumption: false };
    pub(super) const RESUMING: Self = Self { resumption: true, ..Self::FULL };

    /// Ours accept, and no more than TLS 1.2 is offered.
    pub(super) const fn accepting_tls12(resumption: bool) -> Self {
        Self { server: BOTH, client: ONLY_TLS12, resumption }
    }

    /// Ours connect, and no more than TLS 1.2 is taken.
    pub(super) const fn connecting_tls12(resumption: bool) -> Self {
        Self { server: ONLY_TLS12, client: BOTH, resumption }
    }
}

/// Whom it trusts.
pub(super) struct Roots {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    lists: Vec<CertificateRevocationListDer<'static>>,
}

impl Roots {
    pub(super) fn new(
        root: &CertificateDer<'static>,
        lists: &[CertificateRevocationListDer<'static>],
    ) -> Outcome<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(root.clone())?;
        let provider = CryptoProvider {
            cipher_suites: vec![
                cipher_suite::TLS13_AES_256_GCM_SHA384,
                cipher_suite::TLS13_AES_128_GCM_SHA256,
                cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
                cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ],
            kx_groups: vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1],
            ..default_provider()
        };
        Ok(Self { provider: Arc::new(provider), roots: Arc::new(roots), lists: lists.to_vec() })
    }

    pub(super) fn client_verifier(&self) -> Outcome<Arc<dyn ClientCertVerifier>> {
        let (roots, provider) = (Arc::clone(&self.roots), Arc::clone(&self.provider));
        let builder = WebPkiClientVerifier::builder_with_provider(roots, provider);
        Ok(builder.with_crls(self.lists.clone()).only_check_end_entity_revocation().build()?)
    }

    pub(super) fn server_verifier(&self) -> Outcome<Arc<dyn ServerCertVerifier>> {
        let (roots, provider) = (Arc::clone(&self.roots), Arc::clone(&self.provider));
        let builder = WebPkiServerVerifier::builder_with_provider(roots, provider);
        Ok(builder.with_crls(self.lists.clone()).only_check_end_entity_revocation().build()?)
    }
}

/// What it presents: a key that is parsed already.
pub(super) struct Identity(CertifiedKey);

impl Identity {
    pub(super) fn new(issued: &Issued) -> Outcome<Self> {
        Ok(Self(CertifiedKey::new(issued.chain(), any_supported_type(&issued.private_key())?)))
    }

    fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(self.0.clone()))
    }
}

pub(super) struct StockServer(TlsAcceptor);

impl StockServer {
    pub(super) fn new(trusted: &Roots, identity: &Identity, terms: &Terms) -> Outcome<Self> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&trusted.provider))
            .with_protocol_versions(terms.server)?
            .with_client_cert_verifier(trusted.client_verifier()?)
            .with_cert_resolver(identity.resolver());
        if terms.resumption {
            config.ticketer = Ticketer::new()?;
        } else {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

impl Server for StockServer {
    type Stream = server::TlsStream<DuplexStream>;

    async fn accept(&self, io: DuplexStream) -> Outcome<Self::Stream> {
        Ok(self.0.accept(io).await?)
    }
}

pub(super) struct StockClient {
    connector: TlsConnector,
    host: ServerName<'static>,
}

impl StockClient {
    pub(super) fn new(trusted: &Roots, identity: &Identity, terms: &Terms, host: &HostName) -> Outcome<Self> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&trusted.provider))
            .with_protocol_versions(terms.client)?
            .dangerous()
            .with_custom_certificate_verifier(trusted.server_verifier()?)
            .with_client_cert_resolver(identity.resolver());
        if !terms.resumption {
            config.resumption = Resumption::disabled();
        }
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), host: host.to_server_name() })
    }
}

impl Client for StockClient {
    type Stream = client::TlsStream<DuplexStream>;

    async fn connect(&self, io: DuplexStream) -> Outcome<Self::Stream> {
        Ok(self.connector.connect(self.host.clone(), io).await?)
    }

    fn resumed(stream: &Self::Stream) -> bool {
        stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }
}

const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
const ONLY_TLS12: &[&SupportedProtocolVersion] = &[&TLS12];
