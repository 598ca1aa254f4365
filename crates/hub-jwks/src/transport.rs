//! What a cache asks of whoever speaks HTTP.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use hub_roles::HttpsUrl;

use crate::fetch::{FetchCause, Freshness};

/// Gets key sets, and runs what must go on when nobody waits for it. [`Fetcher`](crate::Fetcher) is the one of this crate, on
/// Tokio and hyper; another one brings its own runtime and HTTP client.
///
/// Whoever writes one keeps the limits of a fetch (THREATS section 3, "fetch"): a cache cannot see whether a redirect was followed or an
/// address of the own network was connected to. What a cache can see, it checks again: size and time.
///
/// ```no_run
/// # use std::future::Future;
/// # use std::net::SocketAddr;
/// # use std::pin::Pin;
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use reqwest::dns::{Addrs, Name, Resolve, Resolving};
/// use hub_jwks::{AddressPolicy, FetchCause, Freshness, KeySetAnswer, KeySetRequest, MAX_SET_OCTETS, RetryAfter, Transport};
///
/// #[derive(Debug)]
/// struct Reqwest(reqwest::Client);
///
/// impl Reqwest {
///     fn new(tls: rustls::ClientConfig) -> reqwest::Result<Self> {
///         let client = reqwest::Client::builder()
///             .tls_backend_preconfigured(tls)
///             .https_only(true)
///             .no_proxy()
///             .redirect(reqwest::redirect::Policy::none())
///             .dns_resolver(Arc::new(GlobalOnly))
///             .connect_timeout(Duration::from_secs(2))
///             .timeout(Duration::from_secs(5));
///         client.build().map(Self)
///     }
/// }
///
/// impl Transport for Reqwest {
///     fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
///         let client = self.0.clone();
///         Box::pin(async move { exchange(client, request).await })
///     }
///
///     fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
///         tokio::spawn(work);
///     }
/// }
///
/// async fn exchange(client: reqwest::Client, wanted: KeySetRequest) -> Result<KeySetAnswer, FetchCause> {
///     let failed = |error| FetchCause::Http(Arc::new(error));
///     let mut request = client.get(wanted.url.as_str());
///     if let Some(etag) = &wanted.etag {
///         request = request.header("if-none-match", etag);
///     }
///     let mut response = request.send().await.map_err(failed)?;
///     let field = |name: &str| response.headers().get(name)?.to_str().ok();
///
///     let freshness = Freshness::new().with_cache_control(field("cache-control").unwrap_or_default());
///     let freshness = freshness.with_etag(field("etag").unwrap_or_default());
///     match response.status().as_u16() {
///         200 => {}
///         304 if wanted.etag.is_some() => return Ok(KeySetAnswer::NotModified { freshness }),
///         status => {
///             return Err(FetchCause::Status { status, retry_after: field("retry-after").and_then(RetryAfter::parse) });
///         }
///     }
///     let mut body = Vec::new();
///     while let Some(chunk) = response.chunk().await.map_err(failed)? {
///         if body.len() + chunk.len() > MAX_SET_OCTETS {
///             return Err(FetchCause::TooLarge);
///         }
///         body.extend_from_slice(&chunk);
///     }
///     Ok(KeySetAnswer::Document { body, freshness })
/// }
///
/// /// Yields no address that leads inside, whatever a name's answer says.
/// struct GlobalOnly;
///
/// impl Resolve for GlobalOnly {
///     fn resolve(&self, name: Name) -> Resolving {
///         Box::pin(async move {
///             let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
///             let allowed: Vec<SocketAddr> = found.filter(|found| AddressPolicy::GlobalOnly.allows(found.ip())).collect();
///             Ok(Box::new(allowed.into_iter()) as Addrs)
///         })
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends one `GET`, with `If-None-Match` where the request has an entity tag, and reads the answer.
    ///
    /// # Errors
    /// [`FetchCause`] for everything but `200`, and `304` to a request with an entity tag.
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>>;

    /// Runs `work` to its end in the background, whatever becomes of the caller.
    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>);
}

/// A key set that is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySetRequest {
    /// Where it is.
    pub url: HttpsUrl,
    /// The entity tag of what is held already (RFC 9110 section 13.1.2), quotes included. A [`Fetcher`](crate::Fetcher) sends it if
    /// [`Freshness::etag`] would be one like it.
    pub etag: Option<String>,
}

impl KeySetRequest {
    /// A request without condition.
    #[must_use]
    pub fn new(url: HttpsUrl) -> Self {
        Self { url, etag: None }
    }

    /// Asks for the set only if it is another one than that with this entity tag.
    #[must_use]
    pub fn with_etag(mut self, etag: Option<String>) -> Self {
        self.etag = etag;
        self
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySetAnswer {
    /// `200`: a set, unread.
    Document {
        /// The body.
        body: Vec<u8>,
        /// What the server says of its age.
        freshness: Freshness,
    },
    /// `304`: what is held is still what there is.
    NotModified {
        /// What the server says of its age now.
        freshness: Freshness,
    },
}
