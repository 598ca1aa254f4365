//! One request and its answer.

use std::pin::pin;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, HOST, IF_NONE_MATCH, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::capped::Capped;
use super::error::FetchCause;
use super::freshness::{Freshness, RetryAfter, is_entity_tag};
use crate::limits::MAX_SET_OCTETS;
use crate::transport::{KeySetAnswer, KeySetRequest};

/// Sends the request and reads the answer, closing the connection afterwards.
pub(super) async fn get(stream: TlsStream<TcpStream>, wanted: &KeySetRequest) -> Result<KeySetAnswer, FetchCause> {
    let etag = wanted.etag.as_deref().filter(|etag| is_entity_tag(etag));
    let request = request(wanted.url.as_str(), etag).map_err(FetchCause::http)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_OCTETS)
        .max_headers(MAX_HEADERS)
        .handshake(TokioIo::new(Capped::new(stream, MAX_OCTETS)))
        .await
        .map_err(FetchCause::http)?;
    let mut exchange =
        pin!(async move { read(sender.send_request(request).await.map_err(FetchCause::http)?, etag.is_some()).await });
    // The connection does the work that the exchange waits for, and may end before the exchange has read it all.
    tokio::select! {
        outcome = &mut exchange => return outcome,
        _ = connection => {}
    }
    exchange.await
}

fn request(url: &str, etag: Option<&str>) -> Result<Request<Empty<Bytes>>, http::Error> {
    let uri: Uri = url.parse()?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority)
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
    match etag {
        Some(etag) => request.header(IF_NONE_MATCH, etag),
        None => request,
    }
    .body(Empty::new())
}

async fn read(response: Response<Incoming>, conditional: bool) -> Result<KeySetAnswer, FetchCause> {
    let status = response.status();
    if status == StatusCode::NOT_MODIFIED && conditional {
        return Ok(KeySetAnswer::NotModified { freshness: Freshness::read(response.headers()) });
    }
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(FetchCause::Redirect { status: status.as_u16() });
    }
    if status != StatusCode::OK {
        let retry_after = RetryAfter::read(response.headers());
        return Err(FetchCause::Status { status: status.as_u16(), retry_after });
    }
    let freshness = Freshness::read(response.headers());
    let mut body = response.into_body();
    // A length that is announced is a reason to refuse before reading, never a reason to allocate.
    if body.size_hint().lower() > MAX_SET_OCTETS as u64 {
        return Err(FetchCause::TooLarge);
    }
    let mut document = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.map_err(FetchCause::http)?.data_ref() {
            if document.len() + data.len() > MAX_SET_OCTETS {
                return Err(FetchCause::TooLarge);
            }
            document.extend_from_slice(data);
        }
    }
    Ok(KeySetAnswer::Document { body: document, freshness })
}

/// The most octets and lines a head may have: a keystore's has a few hundred octets.
const MAX_HEAD_OCTETS: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// The most octets that are read, whatever they are: a set in chunks of one octet has six times its size, and interim answers, extensions
/// of chunks and trailers have no limit of their own.
const MAX_OCTETS: usize = 512 * 1024;
