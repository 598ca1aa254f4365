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
    /// The entity tag of what is held already (RFC 9110 section 13.1.2), quotes included.
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
