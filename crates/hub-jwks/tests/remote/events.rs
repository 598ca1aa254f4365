//! What operators see.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use http::StatusCode;
use hub_jwks::{Keystore, KeystoreSettings, Standing};
use hub_roles::Sig1;
use hub_testkit::Fault;
use serde_json::Value;
use tokio::runtime::Builder;
use tracing::Level;

use crate::log::{Entry, Log};
use crate::stage::{Stage, WATCHDOG, kid, now, seconds};

/// The names of the events since the last time, with their levels; all of them say which set it is.
fn told(log: &Log, stage: &Stage) -> Vec<(Level, String)> {
    log.take().iter().map(|entry| (entry.level, named(entry, stage))).collect()
}

fn named(entry: &Entry, stage: &Stage) -> String {
    assert_eq!(entry.field("url"), Some(stage.url.as_str()), "{entry:?}");
    assert_eq!(entry.field("owner"), Some(stage.acme().client_id().to_string().as_str()), "{entry:?}");
    entry.field("event").unwrap().trim_start_matches("key-set.").to_owned()
}

fn expect(expected: &[(Level, &str)]) -> Vec<(Level, String)> {
    expected.iter().map(|(level, event)| (*level, (*event).to_owned())).collect()
}

#[tokio::test]
async fn each_thing_that_happens_is_told_once() {
    let (log, _guard) = Log::of_this_thread();
    let mut stage = Stage::new().await;
    let old = stage.kid();
    for _ in 0..100 {
        assert!(stage.sig1().await.is_ok());
    }
    assert_eq!(told(&log, &stage), expect(&[(Level::DEBUG, "refresh-started"), (Level::INFO, "refreshed")]));

    // A stranger's kid, within the cooldown.
    assert!(stage.keys.verification_key::<Sig1>(&kid("nobody-s")).await.is_err());
    assert_eq!(told(&log, &stage), expect(&[(Level::DEBUG, "kid-missed"), (Level::DEBUG, "suppressed")]));

    stage.pass(10);
    let new = stage.rotate();
    assert!(stage.sig1().await.is_ok());
    let entries = log.take();
    let names: Vec<_> = entries.iter().map(|entry| named(entry, &stage)).collect();
    assert_eq!(names, ["kid-missed", "refresh-started", "refreshed"]);
    let (added, removed) = (entries[2].field("added").unwrap(), entries[2].field("removed").unwrap());
    assert!(added.contains(new.as_str()) && !added.contains(old.as_str()), "{added}");
    assert_eq!(removed, "[]");

    stage.pass(300);
    assert!(stage.sig1().await.is_ok());
    assert_eq!(told(&log, &stage), expect(&[(Level::DEBUG, "refresh-started"), (Level::DEBUG, "not-modified")]));

    stage.keystore.fail_all(Fault::Status(StatusCode::BAD_GATEWAY));
    stage.pass(300);
    for _ in 0..100 {
        assert!(stage.sig1().await.is_ok());
    }
    let entries = log.take();
    let names: Vec<_> = entries.iter().map(|entry| named(entry, &stage)).collect();
    assert_eq!(names, ["refresh-started", "refresh-failed", "served-stale"]);
    assert_eq!((entries[1].level, entries[2].level), (Level::WARN, Level::WARN));
    assert_eq!((entries[1].field("code"), entries[1].field("outage")), (Some("fetch.status"), Some("true")));
    assert_eq!(entries[2].field("age"), Some("300s"));
}

#[tokio::test]
async fn a_key_that_is_passed_over_is_told_with_its_reason() {
    let (log, _guard) = Log::of_this_thread();
    let stage = Stage::new().await;
    let mut set: Value = serde_json::from_slice(&stage.eco.key_sets()[stage.path()]).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.insert(0, serde_json::json!({ "kty": "EC", "kid": "elliptic", "crv": "P-256" }));
    stage.keystore.put(stage.path(), set.to_string());
    // Bad keys take nothing from the good ones.
    assert!(stage.sig1().await.is_ok());
    let entries = log.take();
    let names: Vec<_> = entries.iter().map(|entry| named(entry, &stage)).collect();
    assert_eq!(names, ["refresh-started", "key-rejected", "refreshed"]);
    assert_eq!((entries[1].field("index"), entries[1].field("kid")), (Some("0"), Some("elliptic")));
    assert_eq!(entries[1].level, Level::WARN);
    assert_eq!(stage.keys.health().rejected, 1);
}

#[tokio::test]
async fn health_shows_how_a_set_stands() {
    let stage = Stage::new().await;
    let health = stage.keys.health();
    assert_eq!((health.url, health.owner), (stage.url.clone(), stage.acme().client_id().to_string()));
    assert_eq!((health.standing, health.keys, health.fetched_at), (Standing::Absent, 0, None));
    assert_eq!((health.usable_for, health.failures, health.last_failure), (None, 0, None));
    assert_eq!(health.next_attempt_in, seconds(0));

    assert!(stage.sig1().await.is_ok());
    let health = stage.keys.health();
    assert_eq!((health.standing, health.keys, health.rejected), (Standing::Fresh, 2, 0));
    assert_eq!((health.fetched_at, health.usable_for), (Some(now()), Some(seconds(900))));
    assert_eq!(health.next_attempt_in, seconds(10));

    stage.keystore.fail_all(Fault::Disconnect);
    stage.pass(300);
    assert_eq!(stage.keys.health().standing, Standing::Expired, "nobody has found the keystore out yet");
    assert!(stage.sig1().await.is_ok());
    let health = stage.keys.health();
    assert_eq!((health.standing, health.failures, health.last_failure), (Standing::Stale, 1, Some("fetch.http")));
    assert_eq!(health.usable_for, Some(seconds(600)));
}

#[test]
fn whoever_is_told_of_something_may_ask_how_the_set_stands() {
    let (tell, told) = channel();
    // If it cannot, this thread hangs, and the other one says so.
    let asking = thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let stage = Stage::new().await;
            let keys = stage.keys.clone();
            let (log, _guard) = Log::that_asks(move || drop(keys.health()));
            let mut set: Value = serde_json::from_slice(&stage.eco.key_sets()[stage.path()]).unwrap();
            set["keys"].as_array_mut().unwrap().push(serde_json::json!({ "kty": "EC", "kid": "elliptic" }));
            stage.keystore.put(stage.path(), set.to_string());
            assert!(stage.sig1().await.is_ok());
            assert!(stage.keys.verification_key::<Sig1>(&kid("nobody-s")).await.is_err());
            stage.pass(300);
            assert!(stage.sig1().await.is_ok());
            stage.keystore.fail_all(Fault::Silence);
            stage.pass(300);
            let waiter = stage.spawn_sig1();
            stage.keystore.requested(stage.path(), 3).await;
            stage.pass(10);
            assert!(waiter.await.unwrap().is_ok());
            tell.send(log.take()).unwrap();
        });
    });
    let entries = told.recv_timeout(WATCHDOG).expect("it hangs, or failed");
    asking.join().unwrap();
    let told: BTreeSet<_> = entries.iter().map(|entry| entry.field("event").unwrap()).collect();
    let all = [
        "refresh-started",
        "key-rejected",
        "refreshed",
        "not-modified",
        "refresh-failed",
        "served-stale",
        "kid-missed",
        "suppressed",
    ];
    assert_eq!(told, all.map(|event| format!("key-set.{event}")).iter().map(String::as_str).collect());
}

#[test]
fn whoever_is_told_of_a_key_while_sets_are_brought_back_may_revoke_another() {
    let (tell, told) = channel();
    let asking = thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let stage = Stage::new().await;
            let acme = stage.eco.tpp("acme").unwrap();
            let (client, kid) = (acme.client_id().clone(), acme.sig1().kid().clone());
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("told-while-brought-back.jsonl");
            let settings = KeystoreSettings::new().with_snapshots();
            let [before, after] = [(); 2].map(|()| {
                let transport = Arc::new(stage.keystore.fetcher().unwrap());
                Keystore::new(stage.eco.hub().deployment(), stage.eco.keystore(), transport, &settings).unwrap()
            });
            let mut set: Value = serde_json::from_slice(&stage.eco.key_sets()[stage.path()]).unwrap();
            set["keys"].as_array_mut().unwrap().push(serde_json::json!({ "kty": "EC", "kid": "elliptic" }));
            stage.keystore.put(stage.path(), set.to_string());
            assert!(before.key::<Sig1>(&client, &kid).await.is_ok());
            assert_eq!(before.save(&file).unwrap(), 1);

            let keystore = after.clone();
            let (owner, revoked) = (client.clone(), kid.clone());
            let (log, _guard) = Log::that_asks(move || keystore.revoke(&owner, &revoked));
            assert_eq!(after.load(&file).sets, 1);
            let refused = after.key::<Sig1>(&client, &kid).await.unwrap_err();
            tell.send((log.count("key-set.key-rejected"), refused.code())).unwrap();
        });
    });
    assert_eq!(told.recv_timeout(WATCHDOG), Ok((1, "keyset.rejected")), "it hangs, or failed");
    asking.join().unwrap();
}
