//! Fetching a revocation list: one HTTP request with limits.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::error::RefreshError;
use super::settings::RefreshSettings;
use super::validators::Validators;

/// Fetches from URLs that were configured, and follows nothing that an answer says.
pub(super) struct Fetcher {
    tcp: HttpConnector,
    tls: Option<TlsConnector>,
    /// Where `http` URLs are asked for.
    proxy: Option<Uri>,
    connect_timeout: Duration,
    total_timeout: Duration,
    max_octets: usize,
}

/// What a server answered.
pub(super) enum Answer {
    /// A list, and what the server said of it.
    List(Bytes, Validators),
    /// The list that was told of is still the one it has.
    NotModified,
}

impl Fetcher {
    pub(super) fn new(settings: &RefreshSettings) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        let tls = settings.tls.clone().map(|mut config| {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            TlsConnector::from(Arc::new(config))
        });
        Self {
            tcp,
            tls,
            proxy: settings.proxy.clone(),
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.total_timeout,
            max_octets: settings.max_octets,
        }
    }

    /// Whether there is what the scheme of a URL needs.
    pub(super) fn speaks(&self, url: &Uri) -> bool {
        self.tls.is_some() || url.scheme_str() == Some("http")
    }

    /// What is served at `url`, unless it is what `known` is said of.
    pub(super) async fn get(&self, url: &Uri, known: &Validators) -> Result<Answer, RefreshError> {
        within(self.total_timeout, async {
            let io = within(self.connect_timeout, self.connect(url)).await?;
            self.exchange(io, url, known).await
        })
        .await
    }

    async fn connect(&self, url: &Uri) -> Result<Box<dyn Io>, RefreshError> {
        let mut tcp = self.tcp.clone();
        let unconnected = |error| RefreshError::Connect(Arc::new(error));
        poll_fn(|context| tcp.poll_ready(context)).await.map_err(unconnected)?;
        let tcp = tcp.call(self.proxy_of(url).unwrap_or(url).clone()).await.map_err(unconnected)?;
        match &self.tls {
            Some(tls) if url.scheme_str() == Some("https") => Ok(Box::new(secure(tls, url, tcp.into_inner()).await?)),
            _ => Ok(Box::new(tcp)),
        }
    }

    fn proxy_of(&self, url: &Uri) -> Option<&Uri> {
        self.proxy.as_ref().filter(|_| url.scheme_str() == Some("http"))
    }

    /// Asks for the list and reads the answer, closing the connection afterwards.
    async fn exchange(&self, io: Box<dyn Io>, url: &Uri, known: &Validators) -> Result<Answer, RefreshError> {
        let target = match self.proxy_of(url) {
            Some(_) => url.to_string(),
            None => url.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        };
        let mut request = request(target, url).map_err(http)?;
        request.headers_mut().extend(known.conditions());
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_OCTETS)
            .max_headers(MAX_HEADERS)
            .handshake(io)
            .await
            .map_err(http)?;
        let mut answer = pin!(async move {
            let response = sender.send_request(request).await.map_err(http)?;
            if response.status() == StatusCode::NOT_MODIFIED && !known.is_empty() {
                return Ok(Answer::NotModified);
            }
            check(response.status())?;
            let validators = Validators::of_answer(response.headers());
            let body = Limited::new(response.into_body(), self.max_octets).collect().await;
            let body = body.map_err(|error| self.body_error(error))?;
            Ok(Answer::List(body.to_bytes(), validators))
        });
        // The connection does the work that the answer waits for, and may end before the answer has been read.
        tokio::select! {
            outcome = &mut answer => return outcome,
            _ = connection => {}
        }
        answer.await
    }

    fn body_error(&self, error: Box<dyn StdError + Send + Sync>) -> RefreshError {
        if error.is::<LengthLimitError>() {
            return RefreshError::TooLarge { limit: self.max_octets };
        }
        RefreshError::Http(error.into())
    }
}

/// A connection, secured or not.
trait Io: Read + Write + Unpin + Send {}

impl<T: Read + Write + Unpin + Send> Io for T {}

async fn secure(tls: &TlsConnector, url: &Uri, tcp: TcpStream) -> Result<impl Io + use<>, RefreshError> {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| RefreshError::Tls(Arc::new(error)))?;
    let stream = tls.connect(name, tcp).await.map_err(|error| RefreshError::Tls(Arc::new(error)))?;
    Ok(TokioIo::new(stream))
}

/// The target is a server's path, or all of the URL at a proxy (RFC 9112 sections 3.2.1 and 3.2.2).
fn request(target: String, url: &Uri) -> Result<Request<Empty<Bytes>>, http::Error> {
    Request::get(target)
        .header(HOST, url.authority().map_or("", |authority| authority.as_str()))
        .header(ACCEPT, "application/pkix-crl, */*;q=0.5")
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .body(Empty::new())
}

fn check(status: StatusCode) -> Result<(), RefreshError> {
    match status {
        StatusCode::OK => Ok(()),
        status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
            Err(RefreshError::Redirect { status: status.as_u16() })
        }
        status => Err(RefreshError::Status { status: status.as_u16() }),
    }
}

fn http(error: impl StdError + Send + Sync + 'static) -> RefreshError {
    RefreshError::Http(Arc::new(error))
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, RefreshError>>) -> Result<T, RefreshError> {
    timeout(limit, work).await.unwrap_or(Err(RefreshError::Timeout { limit }))
}

/// The most octets and lines a head may have: a few hundred octets are usual.
const MAX_HEAD_OCTETS: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
