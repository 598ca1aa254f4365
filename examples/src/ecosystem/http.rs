//! HTTP/1.1 over a stream that is there already: one request per connection.

use std::convert::Infallible;
use std::future::Future;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use super::failure::Failure;

/// The longest body that is read, in octets.
const MAX_BODY: usize = 1 << 20;

/// Sends one request and reads the response.
pub(super) async fn send<S>(stream: S, request: Request<Bytes>) -> Result<Response<Bytes>, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let response = match sender.send_request(request.map(Full::new)).await {
        Ok(response) => response,
        // The request may only know that it was given up; the connection knows why.
        Err(reason) => {
            drop(sender);
            return Err(match connection.await {
                Ok(Err(cause)) => cause.into(),
                _ => reason.into(),
            });
        }
    };
    let (parts, body) = response.into_parts();
    let response = Response::from_parts(parts, collect(body).await?);
    drop(sender);
    // What matters has been read; a peer that closes without a word is no failure.
    let _closed = connection.await;
    Ok(response)
}

/// Answers the requests of one connection until it closes.
pub(super) async fn serve<S, F, A>(stream: S, handler: F) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request<Bytes>) -> A,
    A: Future<Output = Response<Bytes>>,
{
    let handler = &handler;
    let service = service_fn(move |request: Request<Incoming>| async move {
        let (parts, body) = request.into_parts();
        let response = match collect(body).await {
            Ok(body) => handler(Request::from_parts(parts, body)).await,
            Err(_) => empty(StatusCode::PAYLOAD_TOO_LARGE),
        };
        Ok::<_, Infallible>(response.map(Full::new))
    });
    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await?;
    Ok(())
}

async fn collect(body: Incoming) -> Result<Bytes, Failure> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(reason) => Err(Failure::new("http.body", reason.to_string())),
    }
}

/// A response with a JSON body.
pub(super) fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    typed(status, "application/json", body.to_string())
}

/// A response with a body of this type.
pub(super) fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Reads a JSON body.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|reason| Failure::new("http.json", reason.to_string()))
}

/// The text of a header field that occurs once.
pub(super) fn header<'m>(headers: &'m http::HeaderMap, name: &str) -> Result<Option<&'m str>, Failure> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Failure::new("http.header", format!("the header field {name} is not visible ASCII"))),
        },
        (Some(_), Some(_)) => {
            Err(Failure::new("http.header", format!("the header field {name} occurs more than once")))
        }
    }
}

/// Fields in the form of `application/x-www-form-urlencoded`.
pub(super) fn write_form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

/// The value of a field in a form; the field must occur once.
pub(super) fn form_field(form: &[u8], name: &str) -> Result<String, Failure> {
    let form = str::from_utf8(form).map_err(|_| Failure::new("http.form", "the form is not UTF-8"))?;
    let mut values = form.split('&').filter_map(|field| field.split_once('=')).filter(|(field, _)| *field == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => {
            decode(value).ok_or_else(|| Failure::new("http.form", format!("the field {name} is not well encoded")))
        }
        _ => Err(Failure::new("http.form", format!("the field {name} must occur once"))),
    }
}

fn encode(text: &str, into: &mut String) {
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            into.push(char::from(octet));
        } else {
            into.push_str(&format!("%{octet:02X}"));
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' => b' ',
            octet => octet,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_back() {
        let form = write_form(&[("grant_type", "a b&c=d"), ("scope", "é%")]);
        assert_eq!(form, "grant_type=a%20b%26c%3Dd&scope=%C3%A9%25");
        assert_eq!(form_field(form.as_bytes(), "grant_type").ok().as_deref(), Some("a b&c=d"));
        assert_eq!(form_field(form.as_bytes(), "scope").ok().as_deref(), Some("é%"));
    }

    #[test]
    fn a_field_occurs_once() {
        for form in ["a=1&a=2", "b=1", "a", ""] {
            assert!(form_field(form.as_bytes(), "a").is_err(), "{form:?}");
        }
        assert!(form_field(b"a=1&b=2", "a").is_ok());
    }
}
