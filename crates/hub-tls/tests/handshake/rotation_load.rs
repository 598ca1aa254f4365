//! Rotations while connections are made: nobody notices, but who is revoked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hub_roles::{C3, LfiToHub};
use hub_testkit::CrlSpec;
use hub_tls::{Acceptor, Connector, HandshakeError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::rotation::{listing, open};
use crate::world::*;

const ROTATIONS: usize = 20;
const CONNECTIONS_BETWEEN: usize = 10;

#[derive(Default)]
struct Progress {
    connections: AtomicUsize,
    resumed: AtomicUsize,
    revoked: AtomicBool,
    over: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotations_fail_no_good_peer_and_let_no_revoked_one_in() {
    let (acceptor, connector) = (for_lfis(ECO.trust()), of_lfi(ECO.trust()));
    let progress = Arc::new(Progress::default());
    let mut callers: Vec<_> =
        (0..3).map(|_| tokio::spawn(good(acceptor.clone(), connector.clone(), Arc::clone(&progress)))).collect();
    callers.push(tokio::spawn(revoked(acceptor.clone(), Arc::clone(&progress))));

    let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
    let (server, client) = (acceptor.rotation(), connector.rotation());
    for rotation in 1..=ROTATIONS {
        server.swap_credential(id("retail"), hub.s3("retail").unwrap()).unwrap();
        client.swap_credential(bank.c3()).unwrap();
        let mut list = CrlSpec::current(now()).with_number(rotation as u64);
        if rotation > ROTATIONS / 2 {
            list = list.revoking(issued::<C3>("other-bank").serial);
        }
        let trust = listing(list);
        server.swap_trust(&trust).unwrap();
        progress.revoked.store(rotation > ROTATIONS / 2, Ordering::SeqCst);
        assert_eq!(client.swap_trust(&trust).unwrap(), 0);
        assert_eq!(server.swap_deployment(hub.deployment()).unwrap(), 0);
        let so_far = progress.connections.load(Ordering::SeqCst);
        while progress.connections.load(Ordering::SeqCst) < so_far + CONNECTIONS_BETWEEN
            && !callers.iter().any(tokio::task::JoinHandle::is_finished)
        {
            tokio::task::yield_now().await;
        }
    }
    progress.over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
    assert!(progress.resumed.load(Ordering::SeqCst) > ROTATIONS, "sessions resume between rotations");
}

/// Calls and is answered, again and again.
async fn good(acceptor: Acceptor<LfiToHub>, connector: Connector<LfiToHub>, progress: Arc<Progress>) {
    while !progress.over.load(Ordering::SeqCst) {
        let (mut here, mut there) = open(&acceptor, &connector, RETAIL_CM).await;
        here.write_all(b"word").await.unwrap();
        there.read_exact(&mut [0; 4]).await.unwrap();
        progress.resumed.fetch_add(usize::from(there.resumed()), Ordering::SeqCst);
        progress.connections.fetch_add(1, Ordering::SeqCst);
    }
}

/// Calls until the list with its certificate is in force, and from then on in vain.
async fn revoked(acceptor: Acceptor<LfiToHub>, progress: Arc<Progress>) {
    let other = ECO.lfi("other-bank").unwrap();
    let connector =
        Connector::<LfiToHub>::with_settings(ECO.trust(), other.deployment(), other.c3(), &settings()).unwrap();
    let (mut let_in, mut refused) = (0, 0);
    while !progress.over.load(Ordering::SeqCst) {
        let in_force = progress.revoked.load(Ordering::SeqCst);
        let (accepted, _) = meet(
            async |io| {
                let (_, mut stream) = acceptor.accept(io).await?.into_parts();
                stream.write_all(b"!").await.ok();
                Ok::<_, HandshakeError>(stream)
            },
            async |io| {
                let (_, mut stream) = connector.connect(&host(OTHER_CM), io).await.ok()?.into_parts();
                stream.read(&mut [0]).await.ok()
            },
        )
        .await;
        match accepted {
            Ok(mut stream) => {
                assert!(!in_force, "let in after the swap");
                let_in += 1;
                // If the swap came since, the connection is closed.
                if progress.revoked.load(Ordering::SeqCst) {
                    stream.write_all(b"word").await.unwrap_err();
                }
            }
            Err(error) => {
                assert_eq!(error.code(), "certificate.revoked");
                refused += 1;
            }
        }
    }
    assert!(let_in > 0 && refused > 0, "{let_in} and {refused}");
}
