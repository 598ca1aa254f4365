//! Fetching a key set: one HTTPS request with limits (THREATS section 3, "fetch").

mod address;
mod builder;
mod capped;
mod error;
mod exchange;
mod freshness;
mod look_up;
mod proxy;
mod route;
mod tls;
mod tunnel;

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use hub_roles::{Environment, HostName, HttpsUrl};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use self::address::AddressPolicy;
pub use self::builder::{FetcherBuilder, FetcherError};
pub use self::error::{FetchCause, FetchError};
pub use self::freshness::{Freshness, RetryAfter};
pub use self::proxy::{HttpProxy, ProxyError};
use self::route::Route;
use self::tls::Authorities;
use crate::set::KeySet;
use crate::transport::{KeySetAnswer, KeySetRequest, Transport};

/// Fetches key sets over HTTPS, each with one request and within limits.
///
/// - **Where to**: `https` only, to allowed hosts only, and to global addresses only ([`AddressPolicy`]). A name is looked up once for
///   each attempt, and connected to are the addresses that were checked, so an answer that changes (DNS rebinding) leads nowhere. No
///   redirect is followed.
/// - **How much**: no more than [`MAX_SET_OCTETS`](crate::MAX_SET_OCTETS) of a body, counted while it is read; 16 KiB of a head, 512 KiB of
///   anything.
/// - **How long**: 2 s to connect to an address, TLS included, and 5 s in all, looking the name up included.
/// - **From whom**: TLS 1.3, or TLS 1.2 with ECDHE, AES-GCM and extended master secret; nothing is resumed. The keystore holds no role of
///   the Trust Framework, so it is verified by name against public authorities, or those of an in-house proxy: roots that the caller gives, or,
///   with the feature `platform-verifier`, the operating system's. None are built in: the licence of `webpki-roots` (CDLA-Permissive-2.0) is not among those of this
///   project.
///
/// Every fetch makes a connection of its own and closes it, however it ends; nothing is kept, and nothing is cached, which is
/// [`RemoteKeySet`](crate::RemoteKeySet)'s part. Cloning is cheap.
///
/// It needs a Tokio runtime with I/O and time enabled, of either flavour. Build it on the runtime that lives as long as the program: what a cache does
/// in the background is done there, whoever asks, so no runtime that comes and goes owns an attempt that others wait for. When that runtime is gone,
/// every attempt ends in [`FetchCause::Abandoned`]. A fetcher that was built outside of a runtime uses that of
/// whoever happens to ask.
///
/// The system's resolver holds one of the runtime's blocking threads while it looks a name up, and may hold it for longer than the fetch lasts. Over
/// another runtime or HTTP client, write a [`Transport`].
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
    route: Route,
    connect_timeout: Duration,
    total_timeout: Duration,
    /// Where what goes on in the background is run, if it was built on a runtime.
    runtime: Option<Handle>,
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
        FetcherBuilder::new(environment, Authorities::Pem(roots.to_vec()))
    }

    /// A fetcher for the keystore of `environment`, which trusts whom the operating system trusts, the company's own authorities
    /// included where it manages the machine. On Linux these are the files that OpenSSL would read, so the variables `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` say otherwise; on macOS and Windows the system verifies. Needs the feature `platform-verifier`.
    ///
    /// They are read when the fetcher is built: build another from time to time, as they are updated.
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn builder_with_platform_roots(environment: &Environment) -> FetcherBuilder {
        FetcherBuilder::new(environment, Authorities::Platform)
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

    /// A verified connection by way of the first address that gives one.
    async fn connect(&self, url: &HttpsUrl) -> Result<TlsStream<TcpStream>, FetchCause> {
        let mut failure = FetchCause::NoAddress;
        for address in self.route.addresses(url).await? {
            match timeout(self.connect_timeout, self.connect_by(address, url)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(cause)) => failure = cause,
                Err(_) => failure = FetchCause::Timeout { limit: self.connect_timeout },
            }
        }
        Err(failure)
    }

    async fn connect_by(&self, address: SocketAddr, url: &HttpsUrl) -> Result<TlsStream<TcpStream>, FetchCause> {
        let tcp = self.route.connect(address, url).await?;
        self.tls.connect(url.host().to_server_name(), tcp).await.map_err(FetchCause::tls)
    }
}

impl Transport for Fetcher {
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let fetcher = self.clone();
        Box::pin(async move { fetcher.answer(&request).await })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        // Without a runtime, or with one that is gone, the work is dropped, which whoever waits for it sees.
        if let Some(runtime) = self.runtime.clone().or_else(|| Handle::try_current().ok()) {
            runtime.spawn(work);
        }
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetcher(hosts {:?}, {:?})", self.hosts, self.route)
    }
}

fn report<O: fmt::Display>(url: &HttpsUrl, set: &KeySet<O>) {
    tracing::debug!(%url, owner = %set.owner(), keys = set.keys().len(), "key set fetched");
    for rejected in set.rejected() {
        let kid = rejected.kid.as_ref().map(tracing::field::display);
        tracing::warn!(owner = %set.owner(), index = rejected.index, kid, reason = %rejected.reason, "key not used");
    }
}
