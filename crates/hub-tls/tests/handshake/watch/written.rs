//! How files are written, and when what they hold is taken.

use std::fs;
use std::time::Duration;

use hub_roles::{C4, S4};
use hub_tls::Reload;
use rustls::HandshakeKind::{Full, Resumed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use super::*;
use crate::resumption::{AT_SERVERS, Guest};
use crate::rotation::open;

#[tokio::test(start_paused = true)]
async fn a_secret_that_kubernetes_replaces_is_presented_and_connections_stay() {
    let (folder, acceptor) = (Folder::new("kubernetes"), for_hub(ECO.trust()));
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    folder.swap_secret("..2026_06_01", old);
    let watcher = acceptor.rotation().watch(folder.pem_files(), &WatchSettings::new()).await;
    assert_eq!(seen(&acceptor).await, old.kid().to_string());
    let (mut here, mut there) = open(&acceptor, &of_hub(ECO.trust()), BANK_OZONE_CONNECT).await;

    let mut outcomes = watcher.outcomes();
    folder.swap_secret("..2026_06_02", &new);
    outcomes.changed().await.unwrap();
    assert_eq!(told(&watcher), Ok(replaced(old, &new)));
    assert_eq!(seen(&acceptor).await, new.kid().to_string());
    here.write_all(b"word").await.unwrap();
    there.read_exact(&mut [0; 4]).await.unwrap();
    sleep(Duration::from_secs(600)).await;
    assert!(!outcomes.has_changed().unwrap(), "told once");
}

#[tokio::test(start_paused = true)]
async fn neither_certificate_nor_key_is_taken_alone_whichever_is_written_first() {
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    let chain = (CHAIN, new.chain_pem().unwrap());
    let key = (KEY, new.key_pem().unwrap());
    for (first, second) in [(&chain, &key), (&key, &chain)] {
        let watched = Watched::new(&format!("order-{}", first.0)).await;
        watched.folder.write(first.0, &first.1);
        assert_eq!(code(watched.watcher.check().await), Err("credential.key-mismatch"));
        assert_eq!(told(&watched.watcher), Err("credential.key-mismatch"));
        assert_eq!(seen(&watched.acceptor).await, old.kid().to_string());
        watched.folder.write(second.0, &second.1);
        assert_eq!(code(watched.watcher.check().await), Ok(replaced(old, &new)));
        assert_eq!(seen(&watched.acceptor).await, new.kid().to_string());
    }
}

/// A chain that is cut between two certificates is a chain, so that no look alone can tell.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_still_being_written_is_waited_for() {
    let watched = Watched::new("still-written").await;
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    watched.folder.write(KEY, new.key_pem().unwrap());
    watched.folder.write(CHAIN, new.certificate_pem().unwrap());
    let (chain, whole) = (watched.folder.path(CHAIN), new.chain_pem().unwrap());
    let writing = tokio::spawn(async move {
        sleep(Duration::from_millis(500)).await;
        fs::write(chain, whole).unwrap();
    });
    assert_eq!(code(watched.watcher.check().await), Ok(replaced(old, &new)));
    writing.await.unwrap();
    assert_eq!(code(watched.watcher.check().await), Ok(Reload::Unchanged));
    let (accepted, _) = meet(
        async |io| watched.acceptor.accept(io).await.unwrap(),
        async |io| of_hub(ECO.trust()).connect(&host(BANK_OZONE_CONNECT), io).await.unwrap(),
    )
    .await;
    assert_eq!(accepted.local_certificate().chain().certificates(), new.chain());
}

#[tokio::test(start_paused = true)]
async fn files_that_do_not_settle_are_not_taken_before_they_do() {
    let watched = Watched::new("unsettled").await;
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    watched.folder.write(KEY, new.key_pem().unwrap());
    let (chain, whole) = (watched.folder.path(CHAIN), new.chain_pem().unwrap());
    let writing = tokio::spawn(async move {
        for line in 0_u64.. {
            fs::write(&chain, format!("{whole}\n# {line}\n")).unwrap();
            sleep(Duration::from_millis(700)).await;
        }
    });
    let mut outcomes = watched.watcher.outcomes();
    for told in [true, false] {
        assert_eq!(code(watched.watcher.check().await), Err("load.changing"));
        assert_eq!(outcomes.has_changed().unwrap(), told);
        outcomes.mark_unchanged();
    }
    assert_eq!(seen(&watched.acceptor).await, old.kid().to_string());
    writing.abort();
    outcomes.changed().await.unwrap();
    assert_eq!(told(&watched.watcher), Ok(replaced(old, &new)), "at the next look");
}

#[tokio::test(start_paused = true)]
async fn the_same_content_written_again_is_no_change() {
    let watched = Watched::new("same-content").await;
    let guest = Guest::new(issued::<C4>("ozone"), BANK_OZONE_CONNECT, AT_SERVERS[0]);
    for kind in [Full, Resumed] {
        assert_eq!(guest.is_let_in(&watched.acceptor).await, kind);
    }
    for file in [CHAIN, KEY] {
        let content = fs::read(watched.folder.path(file)).unwrap();
        fs::remove_file(watched.folder.path(file)).unwrap();
        watched.folder.write(file, content);
    }
    assert_eq!(code(watched.watcher.check().await), Ok(Reload::Unchanged));
    // Other octets that say the same are none either.
    let key = fs::read_to_string(watched.folder.path(KEY)).unwrap();
    watched.folder.write(KEY, format!("# of the bank's Ozone Connect\n{key}"));
    assert_eq!(code(watched.watcher.check().await), Ok(Reload::Unchanged));
    assert_eq!(guest.is_let_in(&watched.acceptor).await, Resumed, "no swap, so its session goes on");
    assert!(!watched.watcher.outcomes().has_changed().unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_was_written_before_the_first_look_is_taken_by_it() {
    let (folder, acceptor, new) = (Folder::new("first-look"), for_hub(ECO.trust()), another_s4(None));
    folder.write_pair(&new);
    let watcher = acceptor.rotation().watch(folder.pem_files(), &WatchSettings::new()).await;
    assert_eq!(told(&watcher), Ok(replaced(issued::<S4>("bank"), &new)));
    assert_eq!(seen(&acceptor).await, new.kid().to_string());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_watcher_watches_no_longer() {
    let Watched { folder, acceptor, watcher } = Watched::new("dropped").await;
    drop(watcher);
    folder.write_pair(&another_s4(None));
    sleep(Duration::from_secs(600)).await;
    assert_eq!(seen(&acceptor).await, issued::<S4>("bank").kid().to_string());
}

/// Whoever gives up waiting for a look leaves nothing half done.
#[tokio::test(start_paused = true)]
async fn a_look_that_is_given_up_changes_nothing_for_the_next_one() {
    let watched = Watched::new("given-up").await;
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    watched.folder.write_pair(&new);
    for polls in 1..4 {
        let mut look = Box::pin(watched.watcher.check());
        for _ in 0..polls {
            tokio::select! {
                biased;
                _ = &mut look => panic!("without the time to settle?"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    assert_eq!(code(watched.watcher.check().await), Ok(replaced(old, &new)));
    assert_eq!(seen(&watched.acceptor).await, new.kid().to_string());
}

/// The files are one source, the handle another: the last one to change has its way.
#[tokio::test(start_paused = true)]
async fn what_is_swapped_by_hand_stays_until_the_files_change() {
    let watched = Watched::new("by-hand").await;
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    watched.folder.write_pair(&new);
    assert_eq!(code(watched.watcher.check().await), Ok(replaced(old, &new)));
    watched.acceptor.rotation().swap_credential(ECO.lfi("bank").unwrap().s4()).unwrap();
    assert_eq!(code(watched.watcher.check().await), Ok(Reload::Unchanged));
    assert_eq!(seen(&watched.acceptor).await, old.kid().to_string());
    let newer = another_s4(None);
    watched.folder.write_pair(&newer);
    assert_eq!(code(watched.watcher.check().await), Ok(replaced(old, &newer)));
}
