//! What a fetcher may do, set once.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{Environment, HostName};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;
use tokio_rustls::TlsConnector;

use super::{AddressPolicy, Fetcher};
use crate::keystore_url::KeystoreUrl;

/// A [`Fetcher`] to be: the environment's keystore, global addresses, 2 s to connect and 5 s in all, unless said otherwise.
#[derive(Clone)]
pub struct FetcherBuilder {
    roots: Vec<u8>,
    hosts: Vec<HostName>,
    addresses: AddressPolicy,
    resolved: HashMap<HostName, SocketAddr>,
    connect_timeout: Duration,
    total_timeout: Duration,
}

impl FetcherBuilder {
    pub(super) fn new(environment: &Environment, roots: &[u8]) -> Self {
        Self {
            roots: roots.to_vec(),
            hosts: KeystoreUrl::of(environment).map(|keystore| keystore.host().clone()).into_iter().collect(),
            addresses: AddressPolicy::GlobalOnly,
            resolved: HashMap::new(),
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(5),
        }
    }

    /// Allows another host than the environment's keystore. A custom environment has no other.
    #[must_use]
    pub fn allow_host(mut self, host: HostName) -> Self {
        self.hosts.push(host);
        self
    }

    /// Which addresses may be connected to: [`AddressPolicy::GlobalOnly`] unless set.
    #[must_use]
    pub fn address_policy(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// Connects to `address` where a URL says `host`, instead of asking the system's resolver. The address policy, the host of the
    /// request and the name in the server's certificate stay as they are.
    #[must_use]
    pub fn resolve(mut self, host: HostName, address: SocketAddr) -> Self {
        self.resolved.insert(host, address);
        self
    }

    /// How long to try one address, TLS handshake included: 2 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long a fetch may take from beginning to end: 5 s unless set.
    #[must_use]
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = limit;
        self
    }

    /// The fetcher.
    ///
    /// # Errors
    /// [`FetcherError`].
    pub fn build(self) -> Result<Fetcher, FetcherError> {
        if self.hosts.is_empty() {
            return Err(FetcherError::NoHost);
        }
        Ok(Fetcher {
            tls: TlsConnector::from(Arc::new(client_config(&self.roots)?)),
            hosts: self.hosts,
            addresses: self.addresses,
            resolved: self.resolved,
            connect_timeout: self.connect_timeout,
            total_timeout: self.total_timeout,
        })
    }
}

/// Without the roots: they are long, and a file may hold a private key beside them.
impl fmt::Debug for FetcherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FetcherBuilder(hosts {:?}, addresses {:?})", self.hosts, self.addresses)
    }
}

/// Why a fetcher cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetcherError {
    /// The roots are damaged PEM.
    #[error("the roots are damaged PEM")]
    Roots,
    /// The roots hold no certificate that can be used.
    #[error("no roots to verify the keystore with: give the system's bundle, or that of your proxy")]
    NoRoots,
    /// A custom environment without an allowed host.
    #[error("no host is allowed: a custom environment has no keystore of its own, name it with `allow_host`")]
    NoHost,
    /// The cryptographic provider does not support TLS 1.2 and 1.3.
    #[error("the cryptographic provider does not support TLS 1.2 and 1.3")]
    Provider,
}

impl FetcherError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Roots => "fetcher.roots",
            Self::NoRoots => "fetcher.no-roots",
            Self::NoHost => "fetcher.no-host",
            Self::Provider => "fetcher.provider",
        }
    }
}

fn client_config(roots: &[u8]) -> Result<ClientConfig, FetcherError> {
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(roots).collect();
    let mut store = RootCertStore::empty();
    // A system's bundle may hold a root that does not parse: without it fewer servers are trusted, not more.
    store.add_parsable_certificates(roots.map_err(|_| FetcherError::Roots)?);
    if store.is_empty() {
        return Err(FetcherError::NoRoots);
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|_| FetcherError::Provider)?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Fetches are minutes apart, and a resumed session is not verified again.
    config.resumption = Resumption::disabled();
    Ok(config)
}
