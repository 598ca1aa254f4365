//! What a keystore has, what it does instead of serving it, and what it was asked for.

use core::future::pending;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Method, Response, StatusCode};
use tokio::sync::watch;

use super::fault::{Fault, Payload};

/// Shared by the keystore and its connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    content: Mutex<Content>,
    asked: watch::Sender<Asked>,
}

#[derive(Debug, Default)]
struct Content {
    files: BTreeMap<String, Bytes>,
    conduct: BTreeMap<String, Conduct>,
    /// In force where a path has no fault of its own.
    fault: Option<Fault>,
}

/// What is different at one path.
#[derive(Debug, Default)]
struct Conduct {
    fault: Option<Fault>,
    headers: HeaderMap,
    /// Closed for as long as the sender is kept.
    gate: Option<watch::Receiver<()>>,
}

enum Answer {
    Response(Response<Payload>),
    Silence,
    Disconnect,
}

/// How often each path was asked for.
#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<String, Requests>);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Requests {
    pub(super) all: usize,
    /// Those with `If-None-Match`.
    pub(super) conditional: usize,
}

/// No answer at all: the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("the keystore was told to give no answer")]
pub(super) struct NoAnswer;

impl Shelf {
    pub(super) fn replace(&self, files: BTreeMap<String, Bytes>) {
        self.content().files = files;
    }

    pub(super) fn put(&self, path: String, content: Bytes) {
        self.content().files.insert(path, content);
    }

    pub(super) fn remove(&self, path: &str) {
        self.content().files.remove(path);
    }

    pub(super) fn fail(&self, path: &str, fault: Fault) {
        self.content().conduct(path).fault = Some(fault);
    }

    pub(super) fn fail_all(&self, fault: Fault) {
        self.content().fault = Some(fault);
    }

    pub(super) fn heal(&self, path: &str) {
        let mut content = self.content();
        let conduct = content.conduct(path);
        conduct.fault = None;
        conduct.headers.clear();
    }

    pub(super) fn heal_all(&self) {
        let mut content = self.content();
        content.fault = None;
        for conduct in content.conduct.values_mut() {
            conduct.fault = None;
            conduct.headers.clear();
        }
    }

    pub(super) fn set_header(&self, path: &str, name: HeaderName, value: HeaderValue) {
        self.content().conduct(path).headers.insert(name, value);
    }

    pub(super) fn hold(&self, path: &str) -> watch::Sender<()> {
        let (closed, gate) = watch::channel(());
        self.content().conduct(path).gate = Some(gate);
        closed
    }

    pub(super) fn asked(&self) -> watch::Receiver<Asked> {
        self.0.asked.subscribe()
    }

    /// Answers a request: what, is decided when it comes; when, by the gate of its path.
    pub(super) async fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Response<Payload>, NoAnswer> {
        let known = headers.get(IF_NONE_MATCH);
        let (answer, gate) = {
            let content = self.content();
            (content.answer(method, path, known), content.conduct.get(path).and_then(|conduct| conduct.gate.clone()))
        };
        // Whoever waits for the request finds its answer decided.
        self.0.asked.send_modify(|asked| asked.count(path, known.is_some()));
        if let Some(mut gate) = gate {
            while gate.changed().await.is_ok() {}
        }
        match answer {
            Answer::Response(response) => Ok(response),
            Answer::Silence => pending().await,
            Answer::Disconnect => Err(NoAnswer),
        }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn conduct(&mut self, path: &str) -> &mut Conduct {
        self.conduct.entry(path.to_owned()).or_default()
    }

    /// The answer to a request by somebody who has the document of the entity tag `known`.
    fn answer(&self, method: &Method, path: &str, known: Option<&HeaderValue>) -> Answer {
        let conduct = self.conduct.get(path);
        let fault = conduct.and_then(|conduct| conduct.fault.as_ref()).or(self.fault.as_ref());
        let mut response = match fault {
            None => self.document(method, path, known),
            Some(Fault::Silence) => return Answer::Silence,
            Some(Fault::Disconnect) => return Answer::Disconnect,
            Some(Fault::Status(code)) => status(*code),
            Some(Fault::RetryAfter(code, pause)) => retry_after(*code, *pause),
            Some(Fault::Redirect(location)) => redirect(location.clone()),
            Some(Fault::Document(content)) => document(content.clone().into()),
            Some(Fault::Drip(pause)) => document(Payload::drip(self.file(path), *pause)),
            Some(Fault::Announced(octets)) => document(Payload::Padding(Some(*octets))),
            Some(Fault::Endless) => document(Payload::Padding(None)),
        };
        if let Some(conduct) = conduct {
            response.headers_mut().extend(conduct.headers.clone());
        }
        Answer::Response(response)
    }

    /// What is there, as it should be served.
    fn document(&self, method: &Method, path: &str, known: Option<&HeaderValue>) -> Response<Payload> {
        if method != Method::GET {
            return status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let Some(content) = self.files.get(path) else {
            return status(StatusCode::NOT_FOUND);
        };
        let tag = self.conduct.get(path).and_then(|conduct| conduct.headers.get(ETAG)).cloned();
        let tag = tag.or_else(|| HeaderValue::from_str(&entity_tag(content)).ok());
        let mut response = document(content.clone().into());
        if known.is_some() && known == tag.as_ref() {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Bytes::new().into();
        }
        response.headers_mut().extend(tag.map(|tag| (ETAG, tag)));
        response
    }

    fn file(&self, path: &str) -> Bytes {
        self.files.get(path).cloned().unwrap_or_default()
    }
}

impl Asked {
    pub(super) fn all(&self) -> usize {
        self.0.values().map(|requests| requests.all).sum()
    }

    pub(super) fn at(&self, path: &str) -> Requests {
        self.0.get(path).copied().unwrap_or_default()
    }

    fn count(&mut self, path: &str, conditional: bool) {
        let requests = self.0.entry(path.to_owned()).or_default();
        requests.all += 1;
        requests.conditional += usize::from(conditional);
    }
}

fn document(body: Payload) -> Response<Payload> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    response
}

fn retry_after(code: StatusCode, pause: Duration) -> Response<Payload> {
    let mut response = status(code);
    response.headers_mut().insert(RETRY_AFTER, pause.as_secs().into());
    response
}

fn redirect(location: HeaderValue) -> Response<Payload> {
    let mut response = status(StatusCode::FOUND);
    response.headers_mut().insert(LOCATION, location);
    response
}

fn status(status: StatusCode) -> Response<Payload> {
    let mut response = Response::new(Bytes::new().into());
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

    async fn ask(shelf: &Shelf, method: Method, path: &str, tag: Option<&HeaderValue>) -> Response<Payload> {
        let headers = tag.map(|tag| (IF_NONE_MATCH, tag.clone())).into_iter().collect();
        shelf.answer(&method, path, &headers).await.unwrap()
    }

    #[tokio::test]
    async fn an_unchanged_file_is_not_sent_again() {
        let shelf = Shelf::default();
        shelf.put("/set".to_owned(), Bytes::from_static(b"one"));
        let first = ask(&shelf, Method::GET, "/set", None).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = &first.headers()[ETAG];
        let unchanged = ask(&shelf, Method::GET, "/set", Some(tag)).await;
        assert_eq!((unchanged.status(), &unchanged.headers()[ETAG]), (StatusCode::NOT_MODIFIED, tag));
        assert_eq!(unchanged.headers()[CACHE_CONTROL], "max-age=300");

        shelf.put("/set".to_owned(), Bytes::from_static(b"two"));
        let changed = ask(&shelf, Method::GET, "/set", Some(tag)).await;
        assert_eq!(changed.status(), StatusCode::OK);
        assert_ne!(&changed.headers()[ETAG], tag);
        assert_eq!(shelf.asked().borrow().all(), 3);
    }

    #[tokio::test]
    async fn there_is_nothing_but_to_get_what_is_there() {
        let shelf = Shelf::default();
        shelf.put("/set".to_owned(), Bytes::from_static(b"one"));
        for (method, path, expected) in [
            (Method::GET, "/set", StatusCode::OK),
            (Method::GET, "/other", StatusCode::NOT_FOUND),
            (Method::POST, "/set", StatusCode::METHOD_NOT_ALLOWED),
        ] {
            assert_eq!(ask(&shelf, method, path, None).await.status(), expected, "{path}");
        }
    }
}
