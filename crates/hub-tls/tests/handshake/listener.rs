//! A listener on a port that strangers can reach.

use std::net::SocketAddr;
use std::sync::Arc;

use hub_roles::{C3, C4, HubToLfi};
use hub_testkit::Issued;
use hub_tls::{Limits, Listener};
use rustls::version::TLS13;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::generous::client_config;
use crate::world::*;

#[tokio::test]
async fn who_is_accepted_is_handed_out_and_who_is_not_is_passed_over() {
    let (mut listener, address) = listening(Limits::new()).await;
    let callers = async {
        drop(call(address, issued::<C3>("bank")).await);
        let good = call(address, issued::<C4>("ozone")).await;
        (good.get_ref().0.local_addr().unwrap(), good)
    };
    let (accepted, (caller, mut good)) = tokio::join!(listener.accept(), callers);
    let (accepted, remote) = accepted.unwrap();
    assert_eq!((accepted.peer().kid(), remote), (&issued::<C4>("ozone").kid(), caller));
    let (_, mut stream) = accepted.into_parts();
    assert!(stream.get_ref().nodelay().unwrap());
    stream.write_all(b"!").await.unwrap();
    assert_eq!(good.read_u8().await.unwrap(), b'!');
}

#[tokio::test]
async fn no_client_waits_for_another() {
    let (mut listener, address) = listening(Limits::new()).await;
    let silent = TcpStream::connect(address).await.unwrap();
    let (accepted, _good) = tokio::join!(listener.accept(), call(address, issued::<C4>("ozone")));
    assert_eq!(accepted.unwrap().0.peer().kid(), &issued::<C4>("ozone").kid());
    drop(silent);
}

#[tokio::test]
async fn whoever_stops_waiting_loses_no_client() {
    let (mut listener, address) = listening(Limits::new()).await;
    let caller = tokio::spawn(call(address, issued::<C4>("ozone")));
    let mut given_up = 0;
    let accepted = loop {
        tokio::select! {
            biased;
            accepted = listener.accept() => break accepted.unwrap().0,
            () = tokio::task::yield_now() => given_up += 1,
        }
    };
    assert_eq!(accepted.peer().kid(), &issued::<C4>("ozone").kid());
    assert!(given_up > 0);
    caller.await.unwrap();
}

#[tokio::test]
async fn dropping_the_listener_ends_the_handshakes_and_no_connection() {
    let (mut listener, address) = listening(Limits::new()).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let (accepted, mut good) = tokio::join!(listener.accept(), call(address, issued::<C4>("ozone")));
    let (_, mut stream) = accepted.unwrap().0.into_parts();
    drop(listener);
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert!(TcpStream::connect(address).await.is_err());
    stream.write_all(b"!").await.unwrap();
    assert_eq!(good.read_u8().await.unwrap(), b'!');
}

/// The bank's Ozone Connect at a port of its own.
async fn listening(limits: Limits) -> (Listener<HubToLfi>, SocketAddr) {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let listener = for_hub(ECO.trust()).listen(tcp, limits).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A client of TLS 1.3, which does not yet know the verdict.
async fn call(address: SocketAddr, identity: &'static Issued) -> TlsStream<TcpStream> {
    let client = TlsConnector::from(Arc::new(client_config(Some(identity), &TLS13)));
    let io = TcpStream::connect(address).await.unwrap();
    client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap()
}
