//! Who is refused hears why, also while it is still sending.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C1, C3};
use hub_tls::{AcceptingPath, Acceptor, Gate, HandshakeError, Limits};
use rustls::version::TLS13;
use rustls::{AlertDescription as Alert, ClientConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::generous::{alert_in, client_config};
use crate::hello::record;
use crate::time::Stopped;
use crate::world::*;

/// A large request, half of which is sent when the verdict is there, and half before it is read.
const REQUEST: usize = 1024 * 1024;

#[tokio::test]
async fn a_client_of_tls_1_3_that_has_sent_its_request_reads_the_alert() {
    let (refused, sent) = served(&for_hub(ECO.trust()), async |io| {
        let client = TlsConnector::from(Arc::new(client_config(Some(issued::<C3>("bank")), &TLS13)));
        let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap();
        stream.write_all(&vec![0; REQUEST / 2]).await.unwrap();
        stream.get_ref().0.readable().await.unwrap();
        stream.write_all(&vec![0; REQUEST / 2]).await.expect("a connection that still takes what was under way");
        alert_in(&stream.read(&mut [0]).await.unwrap_err())
    })
    .await;
    assert_eq!(refused.code(), "certificate.organisation");
    assert_eq!(sent, Some(Alert::CertificateUnknown));
}

/// The alert before any configuration is chosen, to a client that sends on.
#[tokio::test]
async fn a_client_that_asks_for_an_unknown_instance_reads_the_alert() {
    for version in VERSIONS {
        let (refused, alert) = served(&for_tpps(ECO.trust()), async |mut io| {
            let config = client_config(Some(issued::<C1>("acme")), version);
            let name = server_name(BANK_OZONE_CONNECT);
            let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
            let mut hello = Vec::new();
            connection.write_tls(&mut hello).unwrap();
            io.write_all(&hello).await.unwrap();
            io.write_all(&vec![0; REQUEST / 2]).await.unwrap();
            io.readable().await.unwrap();
            io.write_all(&vec![0; REQUEST / 2]).await.unwrap();
            record(&mut io).await
        })
        .await;
        assert_eq!(refused.code(), "handshake.unknown-instance");
        let [alert_record, fatal, description] = alert.unwrap()[..] else { panic!("{version:?}") };
        assert_eq!((alert_record, fatal, Alert::from(description)), (21, 2, Alert::UnrecognisedName), "{version:?}");
    }
}

#[tokio::test]
async fn who_has_heard_and_does_not_go_is_left() {
    let time = Stopped::now();
    let (io, theirs) = duplex(64 * 1024);
    let mut place = gate(&for_hub(ECO.trust())).place().await;
    let verdict = tokio::spawn(async move { place.accept(theirs, remote()).await.map(drop) });
    let client = TlsConnector::from(Arc::new(client_config(Some(issued::<C3>("bank")), &TLS13)));
    let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap();
    assert_eq!(alert_in(&stream.read(&mut [0]).await.unwrap_err()), Some(Alert::CertificateUnknown));
    settle().await;
    assert!(!verdict.is_finished());
    time.pass(Duration::from_millis(2001)).await;
    assert_eq!(verdict.await.unwrap().unwrap_err().code(), "certificate.organisation");
    drop(stream);
}

#[tokio::test]
async fn who_does_not_stop_sending_is_left() {
    let _stopped = Stopped::now();
    let (io, theirs) = duplex(64 * 1024);
    let mut place = gate(&for_hub(ECO.trust())).place().await;
    let client = TlsConnector::from(Arc::new(client_config(Some(issued::<C3>("bank")), &TLS13)));
    let (refused, sent) = tokio::join!(place.accept(theirs, remote()), async {
        let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap();
        let mut sent = 0;
        while stream.write_all(&[0; 1024]).await.is_ok() {
            sent += 1024;
        }
        sent
    });
    assert_eq!(refused.unwrap_err().code(), "certificate.organisation");
    assert!((REQUEST..3 * REQUEST).contains(&sent), "{sent}");
}

/// What a gate makes of a client, who comes over loopback.
async fn served<P: AcceptingPath, T>(
    acceptor: &Acceptor<P>,
    client: impl AsyncFnOnce(TcpStream) -> T,
) -> (HandshakeError, T) {
    let mut place = gate(acceptor).place().await;
    meet(async |io| place.accept(io, remote()).await.unwrap_err(), client).await
}

fn gate<P: AcceptingPath>(acceptor: &Acceptor<P>) -> Gate<P> {
    acceptor.gate(Limits::new()).unwrap()
}

fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 50123))
}
