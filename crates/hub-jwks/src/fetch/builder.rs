//! What a fetcher may do, set once.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{Environment, HostName};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio_rustls::TlsConnector;

use super::look_up::LookUp;
use super::route::Route;
use super::tls::Authorities;
use super::{AddressPolicy, Fetcher, HttpProxy};
use crate::keystore_url::KeystoreUrl;

/// A [`Fetcher`] to be: the environment's keystore, global addresses, 2 s to connect and 5 s in all, unless said otherwise.
#[derive(Clone)]
pub struct FetcherBuilder {
    authorities: Authorities,
    hosts: Vec<HostName>,
    route: Route,
    connect_timeout: Duration,
    total_timeout: Duration,
}

impl FetcherBuilder {
    pub(super) fn new(environment: &Environment, authorities: Authorities) -> Self {
        Self {
            authorities,
            hosts: KeystoreUrl::of(environment).map(|keystore| keystore.host().clone()).into_iter().collect(),
            route: Route { look_up: LookUp::default(), addresses: AddressPolicy::GlobalOnly, proxy: None },
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
        self.route.addresses = policy;
        self
    }

    /// Connects to `address` where a URL says `host`, instead of asking the system's resolver. The address policy, the host of the
    /// request and the name in the server's certificate stay as they are.
    #[must_use]
    pub fn resolve(mut self, host: HostName, address: SocketAddr) -> Self {
        self.route.look_up.know(host, address);
        self
    }

    /// Asks `resolver` for the addresses of a host, instead of the system: once for each attempt. The address policy applies to every
    /// address that it gives, the first eight that are allowed are tried in their order, and looking up counts as part of the
    /// [total time](Self::total_timeout).
    ///
    /// ```
    /// # use std::io;
    /// # use hub_jwks::Fetcher;
    /// # use hub_roles::Environment;
    /// # let roots = [];
    /// // Whom the operator has noted down, and nobody else.
    /// let builder = Fetcher::builder(&Environment::Sandbox, &roots).resolve_with(|host| async move {
    ///     match host.as_str() {
    ///         "keystore.sandbox.directory.openfinance.ae" => Ok(vec!["20.74.192.10".parse().map_err(io::Error::other)?]),
    ///         _ => Err(io::ErrorKind::NotFound.into()),
    ///     }
    /// });
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn resolve_with<F>(mut self, resolver: impl Fn(HostName) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        self.route.look_up.ask(resolver);
        self
    }

    /// Connects through a forward proxy, and never past it. The hosts that are allowed stay as they are, and so does the verification of
    /// the keystore.
    ///
    /// The keystore's name is then looked up by the proxy, so which addresses it may have is the proxy's matter too: the address policy
    /// applies to none. The proxy's own address may be local, since the operator names it.
    #[must_use]
    pub fn proxy(mut self, proxy: HttpProxy) -> Self {
        self.route.proxy = Some(proxy);
        self
    }

    /// How long to try one address, the tunnel of a proxy and the TLS handshake included: 2 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long a fetch may take from beginning to end, looking the name up included: 5 s unless set.
    #[must_use]
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = limit;
        self
    }

    /// The fetcher. Built on a Tokio runtime, it does there what goes on in the background.
    ///
    /// # Errors
    /// [`FetcherError`].
    pub fn build(self) -> Result<Fetcher, FetcherError> {
        if self.hosts.is_empty() {
            return Err(FetcherError::NoHost);
        }
        if self.connect_timeout.is_zero() || self.total_timeout.is_zero() {
            return Err(FetcherError::NoTime);
        }
        Ok(Fetcher {
            tls: TlsConnector::from(Arc::new(self.authorities.client_config()?)),
            hosts: self.hosts,
            route: self.route,
            connect_timeout: self.connect_timeout,
            total_timeout: self.total_timeout,
            runtime: Handle::try_current().ok(),
        })
    }
}

/// Without the roots: they are long, and a file may hold a private key beside them.
impl fmt::Debug for FetcherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FetcherBuilder(hosts {:?}, {:?})", self.hosts, self.route)
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
    /// The operating system has no authorities to offer.
    #[cfg(feature = "platform-verifier")]
    #[error("the operating system has no public authorities, install its bundle of roots: {reason}")]
    Platform {
        /// What it says.
        reason: String,
    },
    /// A custom environment without an allowed host.
    #[error("no host is allowed: a custom environment has no keystore of its own, name it with `allow_host`")]
    NoHost,
    /// A time limit of zero, within which nothing can be fetched.
    #[error("the time to connect or the time in all is zero: nothing could be fetched within it")]
    NoTime,
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
            #[cfg(feature = "platform-verifier")]
            Self::Platform { .. } => "fetcher.platform",
            Self::NoHost => "fetcher.no-host",
            Self::NoTime => "fetcher.no-time",
            Self::Provider => "fetcher.provider",
        }
    }
}
