//! Which HTTP is spoken.

use axum::Router;
use axum::routing::get;
use http::Version;
use hub_tls::{Limits, Settings, cause};
use rustls::AlertDescription;
use tokio::net::{TcpListener, TcpStream};

use crate::world::*;

#[tokio::test]
async fn the_version_is_the_one_negotiated() {
    let routes = || Router::new().route("/", get("answered"));
    for (ours, theirs, version) in [
        (&["h2", "http/1.1"][..], &["h2", "http/1.1"][..], Version::HTTP_2),
        (&["h2", "http/1.1"], &["http/1.1", "h2"], Version::HTTP_2),
        (&["http/1.1", "h2"], &["h2", "http/1.1"], Version::HTTP_11),
        (&["h2", "http/1.1"], &["http/1.1"], Version::HTTP_11),
        (&["h2", "http/1.1"], &["h3", "h2"], Version::HTTP_2),
        (&["h2", "http/1.1"], &[], Version::HTTP_11),
        (&["http/1.1"], &["h2", "http/1.1"], Version::HTTP_11),
        (&["h2"], &["h2", "http/1.1"], Version::HTTP_2),
    ] {
        let server = Server::start(&for_hub(&negotiating(ours)), routes(), ForHub).await;
        let mut client = server.call(&of_hub(&negotiating(theirs)), OZONE_CONNECT).await;
        let expected = (version, 200, "answered".to_owned());
        assert_eq!(client.get(OZONE_CONNECT, "/").await.unwrap(), expected, "{ours:?}, {theirs:?}");
    }
}

#[tokio::test]
async fn a_client_of_another_protocol_is_refused() {
    let server = Server::start(&for_hub(&http()), Router::new(), ForHub).await;
    let connector = of_hub(&negotiating(&["h3"]));
    let tcp = TcpStream::connect(server.address).await.unwrap();
    let error = connector.connect(&OZONE_CONNECT.parse().unwrap(), tcp).await.unwrap_err();
    let alert = cause(&error).and_then(|cause| cause.alert());
    assert_eq!(alert, Some(AlertDescription::NoApplicationProtocol));
}

/// A user who forgot to negotiate learns it from the first start, not from the first client.
#[tokio::test]
async fn an_acceptor_that_does_not_negotiate_http_serves_no_routes() {
    for settings in [Settings::new(), negotiating(&["h2", "http/1.1", "ftp"]), negotiating(&["http/1.0"])] {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let listener = for_hub(&settings).listen(tcp, Limits::new()).unwrap();
        let error = listener.serve(Router::new(), ForHub).await.unwrap_err();
        assert_eq!(error.code(), "serve.protocol");
        assert!(error.to_string().contains("API Hub to LFI: "), "{error}");
        assert!(error.to_string().contains("with_alpn"), "{error}");
    }
}

/// HTTP/2 without ALPN is none (RFC 9113 section 3.2).
#[tokio::test]
async fn http_2_is_not_guessed() {
    let server = Server::start(&for_hub(&http()), Router::new(), ForHub).await;
    for protocols in [&["http/1.1"][..], &[]] {
        let stream = server.connect(&of_hub(&negotiating(protocols)), OZONE_CONNECT).await;
        let answer = said(stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}
