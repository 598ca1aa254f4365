//! A bundle that gives a CA up: who has a certificate of it is out, in new handshakes, by sessions, and where a connection is open.

use std::sync::LazyLock;

use hub_roles::{C4, S4, TrustFramework};
use hub_testkit::{Authority, Held, Issued, KeyPool, Profile};
use hub_tls::{Stream, cause};
use rustls::HandshakeKind::{Full, Resumed};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::resumption::{AT_CLIENTS, AT_SERVERS, Guest, host_of_guests, visit};
use crate::world::*;

const UNKNOWN_ISSUER: &str = "certificate.unknown-issuer";

/// A second PKI of the environment, as there are two while one replaces the other.
static SECOND: LazyLock<Authority> =
    LazyLock::new(|| Authority::new(Profile::sandbox().rebranded(), &KeyPool::new(), now()).unwrap());

/// The bundle with both, which all begin with here.
static BOTH: LazyLock<TrustFramework> = LazyLock::new(|| {
    let bundle = [ECO.authority().bundle(), SECOND.bundle()].concat();
    TrustFramework::from_der(ECO.environment().clone(), bundle).unwrap()
});

/// What the holder has of the role, issued by the second PKI.
fn of_second<R: Held>(holder: &str) -> Issued {
    SECOND.issue(ECO.holding::<R>(holder).unwrap().spec()).unwrap()
}

#[tokio::test]
async fn a_client_whose_ca_is_given_up_gets_in_by_no_session() {
    let c4 = of_second::<C4>("ozone");
    for way in AT_SERVERS {
        let (acceptor, guest) = (for_hub(&BOTH), Guest::new(&c4, BANK_OZONE_CONNECT, way));
        assert_eq!([guest.is_let_in(&acceptor).await, guest.is_let_in(&acceptor).await], [Full, Resumed], "{way:?}");
        acceptor.rotation().swap_trust(&BOTH).unwrap();
        assert_eq!([guest.is_let_in(&acceptor).await, guest.is_let_in(&acceptor).await], [Full, Resumed], "{way:?}");
        acceptor.rotation().swap_trust(ECO.trust()).unwrap();
        let (verdict, kind) = guest.visits(&acceptor).await;
        assert_eq!(verdict, Err(UNKNOWN_ISSUER), "{way:?}");
        assert_ne!(kind, Some(Resumed), "{way:?}");
    }
}

#[tokio::test]
async fn a_server_whose_ca_is_given_up_is_reached_by_no_session() {
    let s4 = of_second::<S4>("bank");
    for way in AT_CLIENTS {
        let (connector, server) = (of_hub(&BOTH), host_of_guests(&s4, way));
        for expected in [Full, Resumed] {
            assert_eq!(visit(&connector, &server, BANK_OZONE_CONNECT).await.1, Some(expected), "{way:?}");
        }
        connector.rotation().swap_trust(&BOTH).unwrap();
        for expected in [Full, Resumed] {
            assert_eq!(visit(&connector, &server, BANK_OZONE_CONNECT).await.1, Some(expected), "{way:?}");
        }
        connector.rotation().swap_trust(ECO.trust()).unwrap();
        let (verdict, kind) = visit(&connector, &server, BANK_OZONE_CONNECT).await;
        assert_eq!((verdict, kind), (Err(UNKNOWN_ISSUER), None), "{way:?}: refused within a full handshake");
    }
}

#[tokio::test]
async fn open_connections_of_a_peer_whose_ca_is_given_up_are_closed() {
    let acceptor = for_hub(&BOTH);
    let client = Guest::new(&of_second::<C4>("ozone"), BANK_OZONE_CONNECT, AT_SERVERS[0]).client;
    let (mut here, _there) = meet(
        async |io| acceptor.accept(io).await.unwrap().into_parts().1,
        async |io| client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap(),
    )
    .await;
    ends(&mut here, |trust| acceptor.rotation().swap_trust(trust).unwrap()).await;

    let (connector, server) = (of_hub(&BOTH), host_of_guests(&of_second::<S4>("bank"), AT_CLIENTS[0]));
    let (_there, mut here) = meet(
        async |io| server.accept(io).await.unwrap(),
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts().1,
    )
    .await;
    ends(&mut here, |trust| connector.rotation().swap_trust(trust).unwrap()).await;
}

/// The connection stays while the bundle has both, and ends when it has not.
async fn ends(stream: &mut Stream<TcpStream>, swap: impl Fn(&TrustFramework) -> usize) {
    assert_eq!(swap(&BOTH), 0);
    stream.write_all(b"word").await.unwrap();
    assert_eq!(swap(ECO.trust()), 1);
    let error = stream.write_all(b"word").await.unwrap_err();
    assert_eq!(cause(&error).unwrap().code(), UNKNOWN_ISSUER);
}
