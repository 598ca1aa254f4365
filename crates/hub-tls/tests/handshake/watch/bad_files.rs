//! Files that are not taken: what is in use stays, and each fault is told once.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use hub_roles::{C3, HubToLfi, S3, S4, Sig4};
use hub_testkit::{Defect, Issued, Validity};
use hub_tls::{Acceptor, PemFiles, Reload, Settings, WatchSettings};
use tokio::time::sleep;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn half(text: String) -> String {
    text[..text.len() / 2].to_owned()
}

fn pair(folder: &Folder, issued: &Issued) {
    folder.write_pair(issued);
}

fn broken(defect: Defect) -> Issued {
    let spec = ECO.holding::<S4>("bank").unwrap().spec();
    defect.build(ECO.authority(), spec).unwrap().presented
}

#[tokio::test(start_paused = true)]
async fn what_is_not_acceptable_is_told_once_and_what_is_in_use_stays() {
    type Write = fn(&Folder, &Issued);
    let faults: &[(&str, &str, Write)] = &[
        ("half a certificate", "chain.pem", |folder, new| folder.write(CHAIN, half(new.certificate_pem().unwrap()))),
        ("half a key", "key.malformed", |folder, new| folder.write(KEY, half(new.key_pem().unwrap()))),
        ("an empty certificate", "chain.empty", |folder, _| folder.write(CHAIN, "")),
        ("an empty key", "key.none", |folder, _| folder.write(KEY, "")),
        ("no text", "key.malformed", |folder, _| folder.write(KEY, [0xff; 100])),
        ("the certificate in the key's place", "key.none", |folder, new| folder.write(KEY, new.chain_pem().unwrap())),
        ("the key of another certificate", "credential.key-mismatch", |folder, new| {
            folder.write(KEY, new.key_pem().unwrap());
        }),
        ("no file", "load.read", |folder, _| fs::remove_file(folder.path(KEY)).unwrap()),
        ("a folder", "load.read", |folder, _| {
            fs::remove_file(folder.path(CHAIN)).unwrap();
            fs::create_dir(folder.path(CHAIN)).unwrap();
        }),
        ("a link to nowhere", "load.read", |folder, _| {
            fs::remove_file(folder.path(CHAIN)).unwrap();
            symlink("nowhere", folder.path(CHAIN)).unwrap();
        }),
        ("a file out of all bounds", "load.too-large", |folder, _| folder.write(CHAIN, vec![b'\n'; 256 * 1024 + 1])),
        ("a client certificate", "certificate.extended-key-usage", |folder, _| pair(folder, issued::<C3>("bank"))),
        ("a signing certificate", "certificate.extended-key-usage-missing", |folder, _| {
            pair(folder, issued::<Sig4>("bank"));
        }),
        ("the certificate of other hosts", "certificate.host-name", |folder, _| pair(folder, issued::<S3>("retail"))),
        ("another LFI's certificate", "certificate.host-name", |folder, _| pair(folder, issued::<S4>("other-bank"))),
        ("an expired certificate", "certificate.expired", |folder, _| pair(folder, &broken(Defect::Expired))),
        ("a certificate of another root", "certificate.unknown-issuer", |folder, _| {
            pair(folder, &broken(Defect::UnknownRoot));
        }),
    ];
    let (old, new) = (issued::<S4>("bank"), another_s4(None));
    for (number, (fault, expected, write)) in faults.iter().enumerate() {
        let watched = Watched::new(&format!("fault-{number}")).await;
        let mut outcomes = watched.watcher.outcomes();
        write(&watched.folder, &new);
        outcomes.changed().await.unwrap();
        assert_eq!(told(&watched.watcher), Err(*expected), "{fault}");
        let shown = format!("{0} {0:?}", outcomes.borrow_and_update().as_ref().unwrap_err());
        assert!(!shown.contains("BEGIN") && shown.len() < 2000, "{shown}");
        assert_eq!(code(watched.watcher.check().await), Err(*expected), "{fault}");
        sleep(Duration::from_secs(600)).await;
        assert!(!outcomes.has_changed().unwrap(), "{fault}: told once");
        assert_eq!(seen(&watched.acceptor).await, old.kid().to_string(), "{fault}");

        // With what was there before all is well, and the next pair is taken.
        fs::remove_dir(watched.folder.path(CHAIN)).ok();
        fs::remove_file(watched.folder.path(CHAIN)).ok();
        watched.folder.write_pair(old);
        outcomes.changed().await.unwrap();
        assert_eq!(told(&watched.watcher), Ok(Reload::Unchanged), "{fault}");
        watched.folder.write_pair(&new);
        assert_eq!(code(watched.watcher.check().await), Ok(replaced(old, &new)), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_fault_is_told_anew() {
    let watched = Watched::new("another-fault").await;
    let mut outcomes = watched.watcher.outcomes();
    let new = another_s4(None);
    watched.folder.write(KEY, "");
    outcomes.changed().await.unwrap();
    assert_eq!(told(&watched.watcher), Err("key.none"));
    watched.folder.write(KEY, new.key_pem().unwrap());
    outcomes.changed().await.unwrap();
    assert_eq!(told(&watched.watcher), Err("credential.key-mismatch"));
    watched.folder.write(KEY, "\n");
    outcomes.changed().await.unwrap();
    assert_eq!(told(&watched.watcher), Err("key.none"));
}

/// Files that are fetched ahead of time need no second writing.
#[tokio::test(start_paused = true)]
async fn a_certificate_of_tomorrow_is_taken_tomorrow() {
    let (folder, bank, clock) = (Folder::new("tomorrow"), ECO.lfi("bank").unwrap(), Standing::at(now()));
    let settings = Settings::new().with_clock(clock.clone());
    let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap();
    folder.write_pair(issued::<S4>("bank"));
    let watcher = acceptor.rotation().watch(folder.pem_files(), &WatchSettings::new()).await;
    let tomorrow = at(now().as_secs() + 24 * 3600);
    let new = another_s4(Some(Validity::around(tomorrow, Duration::ZERO, HOUR)));
    folder.write_pair(&new);
    for _ in 0..3 {
        assert_eq!(code(watcher.check().await), Err("certificate.not-yet-valid"));
    }
    let mut outcomes = watcher.outcomes();
    clock.set(tomorrow);
    outcomes.changed().await.unwrap();
    assert_eq!(told(&watcher), Ok(replaced(issued::<S4>("bank"), &new)));
}

#[test]
fn files_are_loaded_for_a_start_and_one_file_may_hold_both() {
    let (folder, expected) = (Folder::new("load"), ECO.holding::<S4>("bank").unwrap().expectation());
    let s4 = issued::<S4>("bank");
    folder.write_pair(s4);
    let load = |files: PemFiles| files.load(ECO.trust(), expected, now());
    assert_eq!(*load(folder.pem_files()).unwrap().kid(), s4.kid());
    folder.write("both.pem", s4.chain_pem().unwrap() + &s4.key_pem().unwrap());
    let both = folder.path("both.pem");
    assert_eq!(*load(PemFiles::new(&both, &both)).unwrap().kid(), s4.kid());

    let error = load(PemFiles::new(folder.path(CHAIN), folder.path("nowhere"))).unwrap_err();
    assert_eq!(error.code(), "load.read");
    assert!(error.to_string().contains("load/nowhere: "), "{error}");
    folder.write_pair(&broken(Defect::Expired));
    assert_eq!(load(folder.pem_files()).unwrap_err().code(), "certificate.expired");
}
