//! A process that starts with what another has saved.

use core::time::Duration;
use std::fs;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use hub_jwks::{CacheSettings, Clock, Keystore, KeystoreSettings, Publication, Standing};
use hub_roles::Enc2;
use hub_testkit::{Fault, ManualClock};
use rustls_pki_types::UnixTime;

use crate::process::{Site, at, refused, unread, with};

/// The testkit's keystore says `max-age=300`. Two seconds are lost: one to each rounding.
#[tokio::test]
async fn keys_are_used_for_what_was_left_of_their_time_while_the_keystore_is_out() {
    let site = Site::new("what-was-left").await;
    site.save(&["acme"]).await;
    site.served.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    for (started, passed, usable) in [
        (0, 0, true),
        (100, 0, true),
        (298, 0, true),
        (500, 0, true),
        (897, 0, true),
        (100, 797, true),
        (100, 798, false),
    ] {
        let (process, loaded) = site.restart(started);
        assert_eq!((loaded.sets, loaded.refused.len(), unread(&loaded)), (1, 0, None), "{started}");
        process.clock.advance(Duration::from_secs(passed));
        assert_eq!(process.sig1(&site, "acme").await.is_ok(), usable, "{started} {passed}");
    }
    let (process, loaded) = site.restart(898);
    assert_eq!(refused(&loaded), [(2, "snapshot-entry.too-old")]);
    assert!(process.sig1(&site, "acme").await.is_err());
}

#[tokio::test]
async fn a_keystore_that_is_not_out_ends_the_lifetime_as_ever() {
    let site = Site::new("not-out").await;
    site.save(&["acme"]).await;
    site.served.fail_all(Fault::Status(StatusCode::NOT_FOUND));
    let (process, _) = site.restart(297);
    assert!(process.sig1(&site, "acme").await.is_ok());
    let (process, _) = site.restart(298);
    assert_eq!(process.sig1(&site, "acme").await.unwrap_err().code(), "lookup.unavailable");
}

#[tokio::test]
async fn a_set_from_disk_is_fetched_whole_without_keeping_anybody_waiting() {
    let site = Site::new("fetched-whole").await;
    site.save(&["acme"]).await;
    let (url, (process, loaded)) = (site.url("acme"), site.restart(100));
    assert_eq!((loaded.sets, site.served.requests()), (1, 1));
    let held = site.served.hold(url.path());
    // The keystore does not answer yet.
    assert!(process.sig1(&site, "acme").await.is_ok());
    held.open();
    process.fetched(at(100)).await;
    assert_eq!((site.served.requests_for(url.path()), site.served.conditional_requests_for(url.path())), (2, 0));
    assert_eq!(process.keystore.health()[0].usable_for, Some(Duration::from_secs(900)));
    // What was fetched can be saved again.
    assert_eq!(process.keystore.save(&site.file).unwrap(), 1);
    assert!(site.restart(900).0.sig1(&site, "acme").await.is_ok());
}

#[tokio::test]
async fn a_document_that_somebody_wrote_in_is_replaced_and_never_confirmed() {
    let site = Site::new("forged").await;
    site.save(&["acme"]).await;
    let (url, sig1) = (site.url("acme"), site.eco.tpp("acme").unwrap().sig1());
    let own = sig1.certificate().public_key();
    let forged = site.eco.tpp("other-tpp").unwrap().sig1().certificate().public_key().clone();
    let [head, entry] = site.lines().try_into().unwrap();
    let document = Publication::new(url.clone()).bare::<Enc2>(sig1.kid(), &forged).to_json();
    let document = String::from_utf8(document).unwrap().replace("\"enc\"", "\"sig\"");
    site.write(&[head, with(&entry, "document", document.into())]);

    let (process, loaded) = site.restart(10);
    assert_eq!((loaded.sets, refused(&loaded)), (1, vec![]));
    // Until the first fetch it is believed. The server still has what it had when the file was written.
    assert_eq!(process.sig1(&site, "acme").await.unwrap().public_key(), &forged);
    process.fetched(at(10)).await;
    assert_eq!((site.served.requests_for(url.path()), site.served.conditional_requests_for(url.path())), (2, 0));
    assert_eq!(process.sig1(&site, "acme").await.unwrap().public_key(), own);

    // What came from the server may be confirmed by it.
    process.clock.advance(Duration::from_secs(280));
    process.fetched(at(290)).await;
    assert_eq!((site.served.requests_for(url.path()), site.served.conditional_requests_for(url.path())), (3, 1));
    assert_eq!(process.sig1(&site, "acme").await.unwrap().public_key(), own);
}

#[tokio::test]
async fn nothing_lives_longer_by_being_saved_again_and_again() {
    let site = Site::new("again-and-again").await;
    site.save(&["acme"]).await;
    site.served.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    let mut seconds = 0;
    while let (process, loaded) = site.restart(seconds)
        && loaded.sets == 1
    {
        assert!(seconds < 900, "held for {seconds} s");
        process.clock.advance(Duration::from_secs(7));
        process.keystore.save(&site.file).unwrap();
        seconds += 7;
    }
    assert!(seconds > 500, "it was held for {seconds} s alone");
}

#[tokio::test]
async fn a_clock_that_was_set_back_or_forward_makes_nothing_younger() {
    let site = Site::new("clock").await;
    let process = site.start(1000);
    process.sig1(&site, "acme").await.unwrap();
    // It is 100 s old, whatever the wall clock says.
    process.clock.advance(Duration::from_secs(100));
    process.clock.set_wall(at(500));
    assert_eq!(process.keystore.save(&site.file).unwrap(), 1);
    site.served.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    for (started, sets, why) in [
        (499, 0, Some("snapshot.clock-set-back")),
        (500, 1, None),
        (500 + 797, 1, None),
        (500 + 798, 0, None),
        (1_000_000, 0, None),
    ] {
        let (process, loaded) = site.restart(started);
        assert_eq!((loaded.sets, unread(&loaded)), (sets, why), "{started}");
        assert_eq!(process.sig1(&site, "acme").await.is_ok(), sets == 1, "{started}");
    }
}

#[tokio::test]
async fn a_revoked_key_does_not_come_back() {
    let site = Site::new("revoked").await;
    site.save(&["acme", "other-tpp"]).await;
    let acme = site.eco.tpp("acme").unwrap();
    for before in [true, false] {
        let process = site.start(10);
        let revoke = || process.keystore.revoke(acme.client_id(), acme.sig1().kid());
        if before {
            revoke();
        }
        assert_eq!(process.keystore.load(&site.file).sets, 2);
        if !before {
            assert!(process.sig1(&site, "acme").await.is_ok());
            revoke();
        }
        assert_eq!(process.sig1(&site, "acme").await.unwrap_err().code(), "keyset.rejected");
        assert!(process.sig1(&site, "other-tpp").await.is_ok());
    }
}

#[tokio::test]
async fn what_was_looked_up_before_the_snapshot_stays() {
    let site = Site::new("looked-up-before").await;
    site.save(&["acme", "other-tpp"]).await;
    let process = site.start(10);
    process.sig1(&site, "acme").await.unwrap();
    let loaded = process.keystore.load(&site.file);
    assert_eq!(loaded.sets, 1);
    assert_eq!(loaded.refused[0].fault.code(), "snapshot-entry.already-held");
    assert_eq!(loaded.refused[0].url, Some(site.url("acme")));
    let fresh = process.keystore.health().into_iter().filter(|health| health.fetched_at == Some(at(10)));
    assert_eq!(fresh.count(), 1);
}

#[tokio::test]
async fn nothing_is_saved_that_is_not_held_or_not_asked_for() {
    let site = Site::new("not-held").await;
    let process = site.start(0);
    process.sig1(&site, "acme").await.unwrap();
    site.served.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    assert!(process.sig1(&site, "other-tpp").await.is_err());
    assert_eq!(process.keystore.health().len(), 2);
    assert_eq!(process.keystore.save(&site.file).unwrap(), 1);
    process.clock.advance(Duration::from_secs(900));
    assert_eq!(process.keystore.save(&site.file).unwrap(), 0);
    let standing =
        |keystore: &Keystore| keystore.health().iter().filter(|set| set.standing == Standing::Absent).count();
    assert_eq!(standing(&process.keystore), 1);

    let transport = Arc::new(site.served.fetcher().unwrap());
    let (deployment, urls) = (site.eco.hub().deployment(), site.eco.keystore());
    let without = Keystore::new(deployment, urls, transport, &KeystoreSettings::new()).unwrap();
    assert_eq!(without.save(&site.file).unwrap_err().code(), "snapshot.off");
}

#[tokio::test]
async fn the_file_is_replaced_as_a_whole_and_its_owner_s_alone() {
    let site = Site::new("replaced").await;
    site.save(&["acme", "other-tpp"]).await;
    site.save(&["acme"]).await;
    assert_eq!(site.lines().len(), 2);
    let directory = site.file.parent().unwrap();
    assert_eq!(fs::read_dir(directory).unwrap().count(), 1, "nothing else is left behind");
    // Where it cannot be replaced, it stays as it is, and nothing is left behind either.
    let process = site.start(0);
    assert_eq!(process.keystore.save(directory).unwrap_err().code(), "snapshot.io");
    assert_eq!(
        fs::read_dir(directory.parent().unwrap())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("replaced.") })
            .count(),
        0
    );
    assert_eq!(site.restart(0).1.sets, 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = |file| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&site.file), 0o600);
        fs::set_permissions(&site.file, fs::Permissions::from_mode(0o602)).unwrap();
        let (_, loaded) = site.restart(0);
        assert_eq!((loaded.sets, unread(&loaded)), (0, Some("snapshot.exposed")));
    }
}

/// A clock that goes on by so many seconds whenever somebody looks at the time of day: as if what happens in between took so long.
#[derive(Debug)]
struct Slow(ManualClock, AtomicU64);

impl Clock for Slow {
    fn now(&self) -> UnixTime {
        self.0.advance(Duration::from_secs(self.1.load(Ordering::Relaxed)));
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.sleep(duration)
    }
}

#[tokio::test]
async fn nothing_is_younger_for_the_time_that_reading_takes() {
    const ENTRIES: u64 = 50;
    let site = Site::new("slow").await;
    site.save(&["acme"]).await;
    let [head, entry] = site.lines().try_into().unwrap();
    let url = |number| with(&entry, "url", format!("https://keystore.example/{number}").into());
    site.write(&[vec![head], (0..ENTRIES).map(url).collect()].concat());

    let clock = Arc::new(Slow(ManualClock::new(at(100)), AtomicU64::new(1)));
    let cache = CacheSettings::new().with_clock(clock.clone());
    let process = site.start_with(0, |settings| settings.with_cache(cache));
    assert_eq!(process.keystore.load(&site.file).sets as u64, ENTRIES);
    clock.1.store(0, Ordering::Relaxed);
    let age = clock.now().as_secs() - at(0).as_secs();
    assert!(age > 100 + ENTRIES);
    for set in process.keystore.health() {
        assert!(set.usable_for.unwrap() <= Duration::from_secs(900 - age), "{:?} at {age} s", set.usable_for);
    }
}
