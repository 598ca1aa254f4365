//! An HTTPS server of files in memory.

use core::convert::Infallible;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::{Error, Issued};

/// What is served, and how often something was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    files: Mutex<BTreeMap<String, Bytes>>,
    requests: AtomicUsize,
}

impl Shelf {
    pub(super) fn replace(&self, files: BTreeMap<String, Bytes>) {
        *self.files() = files;
    }

    pub(super) fn put(&self, path: String, content: Bytes) {
        self.files().insert(path, content);
    }

    pub(super) fn remove(&self, path: &str) {
        self.files().remove(path);
    }

    pub(super) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        if method != Method::GET {
            return status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let Some(content) = self.files().get(path).cloned() else {
            return status(StatusCode::NOT_FOUND);
        };
        let tag = entity_tag(&content);
        let mut response = match headers.get(IF_NONE_MATCH) {
            Some(known) if known.as_bytes() == tag.as_bytes() => status(StatusCode::NOT_MODIFIED),
            _ => Response::new(Full::new(content)),
        };
        let head = response.headers_mut();
        head.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
        head.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            head.insert(ETAG, tag);
        }
        response
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.0.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens on the loopback interface until `stop` closes.
pub(super) async fn start(own: &Issued, shelf: Shelf, stop: watch::Receiver<()>) -> Result<SocketAddr, Error> {
    let acceptor = TlsAcceptor::from(Arc::new(config(own)?));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, acceptor, shelf, stop));
    Ok(address)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shelf: Shelf, mut stop: watch::Receiver<()>) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        if let Ok((stream, _)) = stream {
            tokio::spawn(serve(stream, acceptor.clone(), shelf.clone(), stop.clone()));
        }
    }
}

/// Serves one connection. When `stop` closes, the request in progress is still answered.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shelf: Shelf, mut stop: watch::Receiver<()>) {
    let stream = tokio::select! {
        Ok(stream) = acceptor.accept(stream) => stream,
        _ = stop.changed() => return,
        else => return,
    };
    let service = service_fn(|request: Request<Incoming>| {
        let response = shelf.answer(request.method(), request.uri().path(), request.headers());
        async { Ok::<_, Infallible>(response) }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // A client that leaves in the middle is its own affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

fn config(own: &Issued) -> Result<ServerConfig, Error> {
    let rejected = |reason: rustls::Error| Error::rejected("the keystore's TLS configuration", reason);
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(rejected)?
        .with_no_client_auth()
        .with_single_cert(own.chain(), own.private_key())
        .map_err(rejected)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// A strong entity tag (RFC 9110 section 8.8.3).
fn entity_tag(content: &[u8]) -> String {
    let hash: String = digest(&SHA256, content).as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
    format!("\"{hash}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_file_is_not_sent_again() {
        let shelf = Shelf::default();
        shelf.put("/set".to_owned(), Bytes::from_static(b"one"));
        let ask = |tag: Option<&HeaderValue>| {
            let headers = tag.map(|tag| (IF_NONE_MATCH, tag.clone())).into_iter().collect();
            shelf.answer(&Method::GET, "/set", &headers)
        };
        let first = ask(None);
        assert_eq!(first.status(), StatusCode::OK);
        let tag = &first.headers()[ETAG];
        let unchanged = ask(Some(tag));
        assert_eq!((unchanged.status(), &unchanged.headers()[ETAG]), (StatusCode::NOT_MODIFIED, tag));
        assert_eq!(unchanged.headers()[CACHE_CONTROL], "max-age=300");

        shelf.put("/set".to_owned(), Bytes::from_static(b"two"));
        let changed = ask(Some(tag));
        assert_eq!(changed.status(), StatusCode::OK);
        assert_ne!(&changed.headers()[ETAG], tag);
        assert_eq!(shelf.requests(), 3);
    }

    #[test]
    fn there_is_nothing_but_to_get_what_is_there() {
        let shelf = Shelf::default();
        shelf.put("/set".to_owned(), Bytes::from_static(b"one"));
        let status = |method, path| shelf.answer(&method, path, &HeaderMap::new()).status();
        assert_eq!(status(Method::GET, "/set"), StatusCode::OK);
        assert_eq!(status(Method::GET, "/other"), StatusCode::NOT_FOUND);
        assert_eq!(status(Method::POST, "/set"), StatusCode::METHOD_NOT_ALLOWED);
    }
}
