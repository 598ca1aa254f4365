//! Swaps in the middle of a handshake: it ends on what it began with, and the new has the last word on the peer.

use std::sync::Arc;

use hub_roles::KeyId;
use hub_tls::HandshakeError;
use rustls::version::TLS13;
use rustls::{ClientConnection, Connection, ServerConnection};
use tokio::io::{DuplexStream, duplex};

use super::ours::Ours;
use super::table::{Case, EVERYWHERE, Place, Row, Side, Twin, Verdict, refused_in_silence};
use crate::by_hand::{RECORD, by_hand};
use crate::generous::{client_config, server_config};
use crate::rotation::Swap;
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    let swaps = [Swap::Revocation, Swap::Pin].into_iter();
    let swaps = swaps.flat_map(|swap| [(swap, Swap::Nothing), (swap, Swap::Credential)]);
    let cases = swaps.flat_map(|(swap, neighbour)| {
        let (name, verdicts) = (format!("{swap:?} next to {neighbour:?}"), refused_in_silence(swap.refusal().unwrap()));
        Row::RotationMidway.cases(name, EVERYWHERE, verdicts, async move |place, twin: Twin| {
            swapped_midway(place, twin.pick(neighbour, swap)).await
        })
    });
    cases.collect()
}

async fn swapped_midway(place: Place, swap: Swap) -> Verdict {
    let ours = place.ours(ECO.trust(), &settings());
    let (here, there) = duplex(1 << 16);
    let handshake = tokio::spawn(hands_out(ours.clone(), here));
    let (stranger, flight_of_finished) = stranger(place);
    by_hand(stranger, there, flight_of_finished, || assert_eq!(ours.swap(swap), 0)).await;
    match handshake.await.unwrap() {
        Ok([presented, peer]) => {
            let began_with = match place.side {
                Side::Acceptor => ECO.lfi("bank").unwrap().s4().kid().clone(),
                Side::Connector => ECO.hub().c4().kid().clone(),
            };
            assert_eq!([presented, peer], [began_with, place.peer().kid()]);
            Verdict::Accepted
        }
        Err(error) => Verdict::Refused(error.code(), None),
    }
}

/// The certificates of the connection: ours, and the peer's.
async fn hands_out(ours: Ours, io: DuplexStream) -> Result<[KeyId; 2], HandshakeError> {
    match ours {
        Ours::Acceptor(acceptor) => {
            let accepted = acceptor.accept(io).await?;
            Ok([accepted.local_certificate().kid().clone(), accepted.peer().kid().clone()])
        }
        Ours::Connector(connector) => {
            let connected = connector.connect(&host(BANK_OZONE_CONNECT), io).await?;
            Ok([connected.local_certificate().kid().clone(), connected.peer().kid().clone()])
        }
    }
}

/// The peer, and which of its flights has its Finished.
fn stranger(place: Place) -> (Connection, usize) {
    match place.side {
        Side::Acceptor => {
            let mut config = client_config(Some(place.peer()), place.version);
            config.max_fragment_size = Some(RECORD);
            let client = ClientConnection::new(Arc::new(config), server_name(BANK_OZONE_CONNECT)).unwrap();
            (client.into(), 2)
        }
        Side::Connector => {
            let mut config = server_config(place.peer(), place.version);
            config.max_fragment_size = Some(RECORD);
            let server = ServerConnection::new(Arc::new(config)).unwrap();
            (server.into(), if place.version == &TLS13 { 1 } else { 2 })
        }
    }
}
