//! Clients that take too long, too many of them, and too many of one source.

use std::sync::Arc;

use hub_roles::HubToLfi;
use hub_tls::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional, duplex};
use tokio_rustls::TlsConnector;

use super::table::{AT_ACCEPTORS, Case, Place, Row, Twin, Verdict, refused_in_silence};
use crate::generous::client_config;
use crate::limits::{ONE, OTHER, SECOND, Silent, TICK, from, gate};
use crate::time::Stopped;
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    let late = |row: Row, name, said_in_time: fn(usize) -> usize| {
        row.cases(name, AT_ACCEPTORS, refused_in_silence("handshake.timed-out"), async move |place, twin| {
            goes_on_late(place, said_in_time, twin).await
        })
    };
    let over_share = refused_in_silence("handshake.over-share");
    [
        late(Row::HalfOpenClient, "says nothing in time", |_| 0),
        late(Row::SlowClient, "says half of its hello in time", |hello| hello / 2),
        late(Row::SlowClient, "says all but an octet of its hello in time", |hello| hello - 1),
        Row::CapInFlight.cases("one too many", AT_ACCEPTORS, [Verdict::Accepted, Verdict::Waits], comes_after_others),
        Row::ShareOfASource.cases("one too many", AT_ACCEPTORS, over_share, comes_after_others_of_its_source),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A client that says the beginning of its hello, and the rest when its time is almost or just over.
async fn goes_on_late(place: Place, said_in_time: fn(usize) -> usize, twin: Twin) -> Verdict {
    let time = Stopped::now();
    let gate = gate(Limits::new().with_handshake_timeout(SECOND * 5));
    let mut room = gate.place().await;
    let (accepted, ()) = meet(
        async |io| room.accept(io, from(ONE)).await.map(|accepted| accepted.peer().kid().to_string()),
        async |mut io| {
            let (near, mut far) = duplex(1 << 16);
            let client = TlsConnector::from(Arc::new(client_config(Some(place.peer()), place.version)));
            let client = tokio::spawn(client.connect(server_name(BANK_OZONE_CONNECT), near));
            let mut hello = vec![0; 1 << 16];
            let length = far.read(&mut hello).await.unwrap();
            let (first, rest) = hello[..length].split_at(said_in_time(length));
            io.write_all(first).await.unwrap();
            settle().await;
            time.pass(twin.pick(SECOND * 5 - TICK, SECOND * 5 + TICK)).await;
            io.write_all(rest).await.ok();
            let passed_on = async move {
                copy_bidirectional(&mut far, &mut io).await.ok();
                // The client hears of a reset as well.
                drop(far);
            };
            tokio::join!(async { drop(client.await) }, passed_on);
        },
    )
    .await;
    handed_out(place, accepted)
}

/// Where two may be under way at once, and one or two are.
async fn comes_after_others(place: Place, twin: Twin) -> Verdict {
    let gate = gate(Limits::new().with_handshakes_in_flight(2).with_share_of_a_source(2));
    let mut silent = vec![Silent::at(&gate, ONE).await];
    if twin == Twin::Refused {
        silent.push(Silent::at(&gate, ONE).await);
    }
    let room = tokio::select! {
        biased;
        room = gate.place() => room,
        () = settle() => return Verdict::Waits,
    };
    let verdict = comes(place, room, OTHER).await;
    assert!(silent.iter().all(Silent::is_waiting));
    verdict
}

/// Where two of one source may be under way, and are.
async fn comes_after_others_of_its_source(place: Place, twin: Twin) -> Verdict {
    let gate = gate(Limits::new().with_share_of_a_source(2));
    let silent = [Silent::at(&gate, ONE).await, Silent::at(&gate, ONE).await];
    let verdict = comes(place, gate.place().await, twin.pick(OTHER, ONE)).await;
    assert!(silent.iter().all(Silent::is_waiting));
    verdict
}

/// A client that does all that is asked of it.
async fn comes(place: Place, mut room: hub_tls::Place<HubToLfi>, source: &str) -> Verdict {
    let (accepted, ()) = meet(
        async |io| room.accept(io, from(source)).await.map(|accepted| accepted.peer().kid().to_string()),
        async |io| {
            let client = TlsConnector::from(Arc::new(client_config(Some(place.peer()), place.version)));
            drop(client.connect(server_name(BANK_OZONE_CONNECT), io).await);
        },
    )
    .await;
    handed_out(place, accepted)
}

fn handed_out(place: Place, accepted: Result<String, hub_tls::HandshakeError>) -> Verdict {
    Verdict::on(place.peer(), (accepted.map_err(|error| error.code()), None))
}
