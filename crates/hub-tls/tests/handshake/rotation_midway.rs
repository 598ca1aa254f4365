//! Swaps in the middle of a handshake: it ends on what it began with, and the new has the last word on the peer.

use std::io::Cursor;
use std::sync::Arc;

use hub_roles::{C4, S4};
use rustls::version::TLS13;
use rustls::{ClientConnection, Connection, ServerConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::generous::{client_config, server_config};
use crate::rotation::{other_bank, other_hub, revoking};
use crate::world::*;

/// Octets in a record: so few that the last one holds nothing but the end of Finished.
pub(crate) const RECORD: usize = 32 + 5;

/// What is swapped, and what becomes of the peer.
const SWAPS: [(&str, Option<&str>); 4] = [
    ("nothing", None),
    ("credential", None),
    ("revocation", Some("certificate.revoked")),
    ("pin", Some("certificate.organisation")),
];

#[tokio::test]
async fn a_client_is_handed_out_only_if_the_new_admits_it() {
    let bank = ECO.lfi("bank").unwrap();
    for version in VERSIONS {
        for (swap, expected) in SWAPS {
            let acceptor = for_hub(ECO.trust());
            let began_with = bank.s4().kid().clone();
            let mut config = client_config(Some(issued::<C4>("ozone")), version);
            config.max_fragment_size = Some(RECORD);
            let client = ClientConnection::new(Arc::new(config), server_name(BANK_OZONE_CONNECT)).unwrap();
            let (here, there) = duplex(1 << 16);
            let accepting = {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { acceptor.accept(here).await })
            };
            by_hand(client.into(), there, 2, || {
                let rotation = acceptor.rotation();
                match swap {
                    "credential" => rotation.swap_credential(bank.s4()).unwrap(),
                    "revocation" => {
                        assert_eq!(rotation.swap_trust(&revoking(issued::<C4>("ozone").serial)).unwrap(), 0)
                    }
                    "pin" => assert_eq!(rotation.swap_deployment(&other_hub()).unwrap(), 0),
                    _ => {}
                }
            })
            .await;
            let accepted = accepting.await.unwrap();
            assert_eq!(accepted.as_ref().err().map(|error| error.code()), expected, "{swap}, {version:?}");
            if let Ok(accepted) = accepted {
                assert_eq!(accepted.local_certificate().kid(), &began_with);
            }
        }
    }
}

#[tokio::test]
async fn a_server_is_handed_out_only_if_the_new_admits_it() {
    let hub = ECO.hub();
    for version in VERSIONS {
        for (swap, expected) in SWAPS {
            let connector = of_hub(ECO.trust());
            let mut config = server_config(issued::<S4>("bank"), version);
            config.max_fragment_size = Some(RECORD);
            let server = ServerConnection::new(Arc::new(config)).unwrap();
            let (here, there) = duplex(1 << 16);
            let connecting = {
                let connector = connector.clone();
                tokio::spawn(async move { connector.connect(&host(BANK_OZONE_CONNECT), here).await })
            };
            by_hand(server.into(), there, if version == &TLS13 { 1 } else { 2 }, || {
                let rotation = connector.rotation();
                match swap {
                    "credential" => rotation.swap_credential(hub.c4()).unwrap(),
                    "revocation" => assert_eq!(rotation.swap_trust(&revoking(issued::<S4>("bank").serial)).unwrap(), 0),
                    "pin" => assert_eq!(rotation.swap_deployment(&other_bank()).unwrap(), 0),
                    _ => {}
                }
            })
            .await;
            let connected = connecting.await.unwrap();
            assert_eq!(connected.err().map(|error| error.code()), expected, "{swap}, {version:?}");
        }
    }
}

/// Drives one side of a handshake. Of the flight that its Finished is in, the last record is held back until the other side has taken
/// all before it, and `midway` has happened.
pub(crate) async fn by_hand(
    mut connection: Connection,
    mut io: DuplexStream,
    flight_of_finished: usize,
    midway: impl FnOnce(),
) {
    let mut flights = 0;
    let held_back = loop {
        let mut flight = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut flight).unwrap();
        }
        flights += usize::from(!flight.is_empty());
        if flights == flight_of_finished {
            let held_back = flight.split_off(last_record(&flight));
            io.write_all(&flight).await.unwrap();
            break held_back;
        }
        io.write_all(&flight).await.unwrap();
        settle().await;
        let mut octets = vec![0; 1 << 16];
        let count = io.read(&mut octets).await.unwrap();
        assert_ne!(count, 0, "ended before the handshake did");
        let mut octets = Cursor::new(&octets[..count]);
        while connection.read_tls(&mut octets).unwrap() > 0 {
            connection.process_new_packets().unwrap();
        }
    };
    settle().await;
    midway();
    io.write_all(&held_back).await.unwrap();
    settle().await;
}

/// Where the last record of a flight begins.
fn last_record(flight: &[u8]) -> usize {
    let mut begins = 0;
    loop {
        let length = usize::from(u16::from_be_bytes([flight[begins + 3], flight[begins + 4]]));
        match begins + 5 + length {
            next if next < flight.len() => begins = next,
            _ => return begins,
        }
    }
}
