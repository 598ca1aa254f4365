//! Fetching a key set: one HTTPS request with limits (THREATS section 3, "fetch").

mod address;
mod builder;
mod error;
mod exchange;
mod freshness;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use hub_roles::{Environment, HostName, HttpsUrl};
use tokio::net::{TcpStream, lookup_host};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use self::address::AddressPolicy;
pub use self::builder::{FetcherBuilder, FetcherError};
pub use self::error::{FetchCause, FetchError};
pub use self::freshness::{Freshness, RetryAfter};

use crate::set::KeySet;
use crate::transport::{KeySetAnswer, KeySetRequest, Transport};

/// Fetches key sets over HTTPS, each with one request and within limits.
///
/// `https` only, to allowed hosts only, to global addresses only, following no redirect, reading no more than
/// [`MAX_SET_OCTETS`](crate::MAX_SET_OCTETS), and giving up after a time. The server is verified against the roots that the caller gave: the
/// keystore holds no role of the Trust Framework, so these are roots of the public WebPKI, or of an in-house proxy.
///
/// Every fetch makes a connection of its own: nothing is kept, and nothing is cached.
///
/// ```no_run
/// use hub_jwks::{Fetcher, KeystoreUrl};
/// use hub_roles::{ClientId, Environment};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let roots = std::fs::read("/etc/ssl/certs/ca-certificates.crt")?;
/// let fetcher = Fetcher::builder(&Environment::Sandbox, &roots).build()?;
///
/// let keystore = KeystoreUrl::of(&Environment::Sandbox).ok_or("no keystore")?;
/// let organisation = "0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c001".parse()?;
/// let application = "5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001".parse()?;
/// let tpp: ClientId = "5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001".parse()?;
///
/// let fetched = fetcher.fetch(&keystore.application_keys(&organisation, &application).active(), tpp).await?;
/// println!("{:?}, good for {:?}", fetched.key_set, fetched.freshness.max_age());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Fetcher {
    tls: TlsConnector,
    hosts: Vec<HostName>,
    addresses: AddressPolicy,
    resolved: HashMap<HostName, SocketAddr>,
    connect_timeout: Duration,
    total_timeout: Duration,
}

/// A key set as it was served.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fetched<O> {
    /// The keys.
    pub key_set: KeySet<O>,
    /// What the server said about their age.
    pub freshness: Freshness,
}

impl Fetcher {
    /// A fetcher for the keystore of `environment`, which trusts `roots`: PEM certificates, such as the system's bundle.
    #[must_use]
    pub fn builder(environment: &Environment, roots: &[u8]) -> FetcherBuilder {
        FetcherBuilder::new(environment, roots)
    }

    /// Fetches the key set at `url`, which is `owner`'s: the caller knows whose URL it is, the set does not say.
    ///
    /// # Errors
    /// [`FetchError`], naming the URL and the rule.
    pub async fn fetch<O: fmt::Display>(&self, url: &HttpsUrl, owner: O) -> Result<Fetched<O>, FetchError> {
        self.fetched(url, owner)
            .await
            .inspect(|fetched| report(url, &fetched.key_set))
            .map_err(|cause| FetchError::new(url.clone(), cause))
    }

    async fn fetched<O>(&self, url: &HttpsUrl, owner: O) -> Result<Fetched<O>, FetchCause> {
        match self.answer(&KeySetRequest::new(url.clone())).await? {
            KeySetAnswer::Document { body, freshness } => {
                Ok(Fetched { key_set: KeySet::parse(owner, &body)?, freshness })
            }
            // Only an answer to a condition, and there was none.
            KeySetAnswer::NotModified { .. } => Err(FetchCause::Status { status: 304, retry_after: None }),
        }
    }

    async fn answer(&self, request: &KeySetRequest) -> Result<KeySetAnswer, FetchCause> {
        match timeout(self.total_timeout, self.attempt(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchCause::Timeout { limit: self.total_timeout }),
        }
    }

    async fn attempt(&self, request: &KeySetRequest) -> Result<KeySetAnswer, FetchCause> {
        if !self.hosts.contains(request.url.host()) {
            return Err(FetchCause::HostNotAllowed);
        }
        exchange::get(self.connect(&request.url).await?, request).await
    }

    /// A verified connection to the first address that gives one.
    async fn connect(&self, url: &HttpsUrl) -> Result<TlsStream<TcpStream>, FetchCause> {
        let mut failure = FetchCause::NoAddress;
        for address in self.resolve(url).await? {
            if !self.addresses.allow(address.ip()) {
                failure = FetchCause::AddressRefused { address: address.ip() };
                continue;
            }
            match timeout(self.connect_timeout, self.connect_to(address, url.host())).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(cause)) => failure = cause,
                Err(_) => failure = FetchCause::Timeout { limit: self.connect_timeout },
            }
        }
        Err(failure)
    }

    async fn resolve(&self, url: &HttpsUrl) -> Result<Vec<SocketAddr>, FetchCause> {
        match self.resolved.get(url.host()) {
            Some(address) => Ok(vec![*address]),
            None => {
                lookup_host((url.host().as_str(), url.port())).await.map(Iterator::collect).map_err(FetchCause::lookup)
            }
        }
    }

    async fn connect_to(&self, address: SocketAddr, host: &HostName) -> Result<TlsStream<TcpStream>, FetchCause> {
        let tcp = TcpStream::connect(address).await.map_err(FetchCause::connect)?;
        self.tls.connect(host.to_server_name(), tcp).await.map_err(FetchCause::tls)
    }
}

impl Transport for Fetcher {
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let fetcher = self.clone();
        Box::pin(async move { fetcher.answer(&request).await })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        // Outside of a runtime the work is dropped, which whoever waits for it sees.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(work);
        }
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetcher(hosts {:?}, addresses {:?})", self.hosts, self.addresses)
    }
}

fn report<O: fmt::Display>(url: &HttpsUrl, set: &KeySet<O>) {
    tracing::debug!(%url, owner = %set.owner(), keys = set.keys().len(), "key set fetched");
    for rejected in set.rejected() {
        let kid = rejected.kid.as_ref().map(tracing::field::display);
        tracing::warn!(owner = %set.owner(), index = rejected.index, kid, reason = %rejected.reason, "key not used");
    }
}
