//! Requests that lead to no connection, and of which nothing is sent.

use std::io;

use http::Uri;
use hub_roles::PathId;
use hub_tls::{HandshakeError, HttpsConnector, cause};

use super::server::{HELLO, Nothing, serve, uri};
use super::transports::{Counting, To};
use crate::world::*;

#[tokio::test]
async fn what_is_no_https_uri_of_a_host_that_is_reached_goes_nowhere() {
    let server = serve(for_hub(ECO.trust())).await;
    let transport = Counting::over(To(server.address));
    let client = HttpsConnector::over(of_hub(ECO.trust()), transport.clone(), LONG).client::<Nothing>();
    for (target, code) in [
        ("http://ozone-connect.bank.example/hello", "handshake.not-https"),
        ("ws://ozone-connect.bank.example/hello", "handshake.not-https"),
        ("https://127.0.0.1/hello", "handshake.unknown-host"),
        ("https://127.1/hello", "handshake.unknown-host"),
        ("https://[::1]/hello", "handshake.unknown-host"),
        ("https://ozone-connect.bank.example./hello", "handshake.unknown-host"),
        ("https://bank.example/hello", "handshake.unknown-host"),
        ("https://as1.retail.preprod.apihub.openfinance.ae/hello", "handshake.unknown-host"),
    ] {
        let error = client.get(Uri::from_static(target)).await.unwrap_err();
        assert!(error.is_connect(), "{error}");
        let found = cause(&error).unwrap();
        assert_eq!(found.code(), code, "{target}");
        assert_eq!(found.handshake().unwrap().path(), Some(PathId::HubToLfi), "{target}");
    }
    assert_eq!(transport.calls(), 0);

    let mixed_case = uri("Ozone-Connect.BANK.example:443", HELLO);
    client.get(mixed_case).await.unwrap();
    assert_eq!((transport.calls(), server.connections()), (1, 1));
}

#[tokio::test]
async fn the_error_of_a_request_in_the_clear_names_the_scheme() {
    let client = HttpsConnector::new(of_hub(ECO.trust())).client::<Nothing>();
    let error = client.get(Uri::from_static("http://ozone-connect.bank.example/hello")).await.unwrap_err();
    let found = cause(&error).unwrap();
    assert_eq!(found.to_string(), "API Hub to LFI: connections are https only, not \"http\": nothing was sent");
}

#[tokio::test]
async fn a_host_at_which_nobody_listens_is_unreachable() {
    let address = {
        let server = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        server.local_addr().unwrap()
    };
    let client = HttpsConnector::over(of_hub(ECO.trust()), To(address), LONG).client::<Nothing>();
    let error = client.get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap_err();
    let found = cause(&error).unwrap();
    assert_eq!(found.code(), "handshake.unreachable");
    let Some(HandshakeError::Unreachable { host, error, .. }) = found.handshake() else { panic!("{found}") };
    assert_eq!(host, BANK_OZONE_CONNECT);
    assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::ConnectionRefused);
    assert!(found.to_string().contains("onnection refused"), "{found}");
}

const LONG: std::time::Duration = std::time::Duration::from_secs(60);
