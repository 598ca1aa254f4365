//! The connection itself: its ends, its half-closed states, and who gives up.

use std::io::ErrorKind;

use hub_roles::C4;
use hub_tls::{Stream, cause};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::generous::{Client, calls};
use crate::world::*;

#[tokio::test]
async fn whoever_has_said_all_may_still_be_answered() {
    let (mut here, mut there) = connected().await;
    there.write_all(b"question").await.unwrap();
    there.shutdown().await.unwrap();
    let mut question = Vec::new();
    here.read_to_end(&mut question).await.unwrap();
    assert_eq!(question, b"question");

    here.write_all(b"answer").await.unwrap();
    here.shutdown().await.unwrap();
    let mut answer = Vec::new();
    there.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"answer");
}

/// The end of a message is what its sender says, not what the network does (RFC 8446 section 6.1).
#[tokio::test]
async fn a_connection_that_breaks_off_is_no_end_of_message() {
    let (mut here, mut there) = connected().await;
    there.write_all(b"ques").await.unwrap();
    drop(there);
    let mut question = Vec::new();
    let error = here.read_to_end(&mut question).await.unwrap_err();
    // A reset where tickets lay unread.
    assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{error}");
    assert_eq!(question, b"ques");
    assert!(cause(&error).is_none(), "{error}");

    let (here, mut there) = connected().await;
    drop(here);
    let error = there.read(&mut [0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(cause(&error).is_none(), "no alert, so nothing is known of a refusal: {error}");
}

#[tokio::test]
async fn giving_up_a_handshake_closes_the_connection_and_nothing_else() {
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    meet(
        async |io| {
            // Polled once: it waits for a hello that does not come.
            let mut handshake = Box::pin(acceptor.accept(io));
            tokio::select! {
                biased;
                _ = &mut handshake => panic!("with whom?"),
                () = std::future::ready(()) => {}
            }
        },
        async |mut io| assert_eq!(io.read(&mut [0; 1]).await.unwrap(), 0),
    )
    .await;
    meet(
        async |mut io| {
            let mut hello = Vec::new();
            io.read_to_end(&mut hello).await.unwrap();
            assert!(!hello.is_empty());
        },
        async |io| {
            let name = host(BANK_OZONE_CONNECT);
            let mut handshake = Box::pin(connector.connect(&name, io));
            tokio::select! {
                biased;
                _ = &mut handshake => panic!("with whom?"),
                () = std::future::ready(()) => {}
            }
        },
    )
    .await;
    for version in VERSIONS {
        let client = Client { identity: Some(issued::<C4>("ozone")), version, server_name: None };
        assert_eq!(calls(client, &acceptor).await, accepted(issued::<C4>("ozone")));
    }
}

/// Two ends of one connection.
async fn connected() -> (Stream<TcpStream>, Stream<TcpStream>) {
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    meet(
        async |io| acceptor.accept(io).await.unwrap().into_parts().1,
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts().1,
    )
    .await
}
