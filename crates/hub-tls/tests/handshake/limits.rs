//! Limits of time, of number and for each source: what lies within is served, what goes beyond is not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C4, HubToLfi};
use hub_tls::{AcceptingPath, ConfigError, Gate, HandshakeError, Limits};
use rustls::ClientConnection;
use rustls::version::TLS13;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;

use crate::generous::client_config;
use crate::time::Stopped;
use crate::world::*;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// Timers are that exact.
pub(crate) const TICK: Duration = Duration::from_millis(1);
pub(crate) const ONE: &str = "192.0.2.7";
pub(crate) const OTHER: &str = "192.0.2.8";

#[tokio::test]
async fn limits_that_let_nobody_in_or_contradict_each_other_are_refused() {
    let limits = Limits::new();
    let only_few = limits.with_handshakes_in_flight(63);
    for (limits, sound) in [
        (limits, true),
        (limits.with_handshakes_in_flight(63).with_share_of_a_source(64), false),
        (limits.with_handshakes_in_flight(64).with_share_of_a_source(64), true),
        (limits.with_handshake_timeout(Duration::MAX), true),
        (limits.with_handshake_timeout(Duration::ZERO), false),
        (limits.with_handshakes_in_flight(64), true),
        (only_few, false),
        (limits.with_handshakes_in_flight(usize::MAX), false),
        (limits.with_share_of_a_source(1024), true),
        (limits.with_share_of_a_source(1025), false),
        (limits.with_share_of_a_source(1), true),
        (limits.with_share_of_a_source(0), false),
        (limits.with_share_of_a_source(0).with_handshakes_in_flight(0), false),
    ] {
        for (path, outcome, sound) in [
            ("TPP to Hub", for_tpps(ECO.trust()).gate(limits).map(drop), sound),
            // The Hub's usual share goes with the whole.
            ("Hub to LFI", for_hub(ECO.trust()).gate(limits).map(drop), sound || limits == only_few),
        ] {
            assert_eq!(outcome.is_ok(), sound, "{path}: {limits:?}");
            if let Err(error) = outcome {
                assert!(matches!(error, ConfigError::Limits { .. }) && error.code() == "config.limits", "{error}");
            }
        }
    }
}

/// As many as the share of a source is where clients are many, and one more.
#[tokio::test]
async fn the_hub_has_three_quarters_of_all_places_and_a_tpp_has_a_small_share() {
    const BURST: usize = 65;
    let (tpps, hub) = (for_tpps(ECO.trust()).gate(Limits::new()).unwrap(), gate(Limits::new()));
    assert_eq!(turned_away(&tpps, BURST).await, [false; 64].into_iter().chain([true]).collect::<Vec<_>>());
    assert_eq!(turned_away(&hub, BURST).await, [false; BURST]);
    // Whoever is not the Hub leaves it a quarter.
    let few = gate(Limits::new().with_handshakes_in_flight(8));
    assert_eq!(turned_away(&few, 7).await, [false, false, false, false, false, false, true]);
    let bounded = gate(Limits::new().with_share_of_a_source(64));
    assert_eq!(turned_away(&bounded, BURST).await, turned_away(&tpps, BURST).await);
}

#[tokio::test]
async fn who_is_not_done_in_time_is_cut_off_however_busy() {
    let time = Stopped::now();
    let gate = gate(Limits::new().with_handshake_timeout(SECOND * 5));
    let mut place = gate.place().await;
    let (mut client, io) = duplex(4096);
    let an_octet_a_second = async {
        for octet in hello() {
            if client.write_u8(octet).await.is_err() {
                return;
            }
            time.pass(SECOND + TICK).await;
        }
        panic!("the hello was too short");
    };
    let (outcome, ()) = tokio::join!(place.accept(io, from(ONE)), an_octet_a_second);
    let error = outcome.unwrap_err();
    assert!(matches!(error, HandshakeError::TimedOut { limit, .. } if limit == SECOND * 5), "{error}");
    assert_eq!(error.code(), "handshake.timed-out");
}

#[tokio::test]
async fn who_is_done_in_time_stays_however_long() {
    let time = Stopped::now();
    let gate = gate(Limits::new().with_handshake_timeout(SECOND * 5));
    let (mut place, connector) = (gate.place().await, of_hub(ECO.trust()));
    let (accepted, connected) = meet(
        async |io| {
            let handshake = async {
                time.pass(SECOND * 5 - TICK).await;
                place.accept(io, from(ONE)).await
            };
            handshake.await
        },
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await,
    )
    .await;
    let ((_, mut here), (_, mut there)) = (accepted.unwrap().into_parts(), connected.unwrap().into_parts());
    time.pass(SECOND * 60).await;
    here.write_all(b"!").await.unwrap();
    assert_eq!(there.read_u8().await.unwrap(), b'!');
}

#[tokio::test]
async fn from_half_of_all_places_on_newcomers_have_a_tenth_of_the_time() {
    let time = Stopped::now();
    let gate = gate(Limits::new().with_handshakes_in_flight(4).with_share_of_a_source(4));
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(Silent::at(&gate, ONE).await);
    }
    for (seconds, left) in [(1, 2), (8, 2), (1, 0)] {
        time.pass(SECOND * seconds + TICK).await;
        settle().await;
        silent.retain(Silent::is_waiting);
        assert_eq!(silent.len(), left);
    }
}

#[tokio::test]
async fn a_source_has_its_share_and_others_have_theirs() {
    let gate = gate(Limits::new().with_share_of_a_source(2));
    let silent = [Silent::at(&gate, ONE).await, Silent::at(&gate, ONE).await];
    let mut turned_away = Silent::at(&gate, ONE).await;
    assert_eq!(turned_away.io.read(&mut [0]).await.unwrap(), 0, "closed at once, without a word");
    let error = turned_away.verdict.await.unwrap().unwrap_err();
    assert!(matches!(error, HandshakeError::OverShare { share: 2, .. }), "{error}");
    assert_eq!(error.code(), "handshake.over-share");

    let other = Silent::at(&gate, OTHER).await;
    let [first, second] = silent;
    drop(first.io);
    assert_eq!(first.verdict.await.unwrap().unwrap_err().code(), "handshake.io");
    let next = Silent::at(&gate, ONE).await;
    for waiting in [second, other, next] {
        assert!(waiting.is_waiting());
    }
}

#[tokio::test]
async fn a_place_is_taken_until_it_is_given_back() {
    let gate = gate(Limits::new().with_handshakes_in_flight(2).with_share_of_a_source(2));
    let (silent, mut place, connector) = (Silent::at(&gate, ONE).await, gate.place().await, of_hub(ECO.trust()));
    let (accepted, _connected) = meet(
        async |io| place.accept(io, from(ONE)).await.unwrap(),
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap(),
    )
    .await;
    assert!(!there_is_room(&gate).await, "done, and not yet taken");
    drop(place);
    assert!(there_is_room(&gate).await);
    let mut taken = gate.place().await;
    assert!(!there_is_room(&gate).await);
    drop(silent.io);
    silent.verdict.await.unwrap().unwrap_err();
    assert!(there_is_room(&gate).await);
    let (_, io) = duplex(64);
    assert_eq!(taken.accept(io, from(ONE)).await.unwrap_err().code(), "handshake.io");
    drop(accepted);
}

/// Who is turned away of so many that come from one address at the same moment.
async fn turned_away<P: AcceptingPath>(gate: &Gate<P>, burst: usize) -> Vec<bool> {
    let mut silent = Vec::new();
    for _ in 0..burst {
        silent.push(Silent::at(gate, ONE).await);
    }
    let over = silent.into_iter().map(|silent| silent.verdict.is_finished());
    over.collect()
}

/// The bank's Ozone Connect.
pub(crate) fn gate(limits: Limits) -> Gate<HubToLfi> {
    for_hub(ECO.trust()).gate(limits).unwrap()
}

pub(crate) fn from(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 50123)
}

/// A client that has come, and says nothing.
pub(crate) struct Silent {
    io: DuplexStream,
    verdict: JoinHandle<Result<(), HandshakeError>>,
}

impl Silent {
    pub(crate) async fn at<P: AcceptingPath>(gate: &Gate<P>, address: &'static str) -> Self {
        let (mut place, (io, theirs)) = (gate.place().await, duplex(64));
        let verdict = tokio::spawn(async move { place.accept(theirs, from(address)).await.map(drop) });
        settle().await;
        Self { io, verdict }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        !self.verdict.is_finished()
    }
}

/// Whether a place is there without waiting.
async fn there_is_room(gate: &Gate<HubToLfi>) -> bool {
    tokio::select! {
        biased;
        _ = gate.place() => true,
        () = std::future::ready(()) => false,
    }
}

/// What a client says first.
fn hello() -> Vec<u8> {
    let config = client_config(Some(issued::<C4>("ozone")), &TLS13);
    let mut connection = ClientConnection::new(Arc::new(config), server_name(BANK_OZONE_CONNECT)).unwrap();
    let mut sent = Vec::new();
    connection.write_tls(&mut sent).unwrap();
    sent
}
