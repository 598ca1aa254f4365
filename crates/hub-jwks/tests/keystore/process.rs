//! An ecosystem, its keystore over HTTPS, a file, and processes of the Hub that come and go.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use hub_jwks::{CacheSettings, Keystore, KeystoreSettings, Loaded, LookupError};
use hub_roles::{HttpsUrl, Sig1, VerificationKey};
use hub_testkit::{Ecosystem, ManualClock};
use rustls_pki_types::UnixTime;
use serde_json::Value;
use tokio::task::yield_now;

pub(crate) struct Site {
    pub(crate) eco: Ecosystem,
    pub(crate) served: hub_testkit::Keystore,
    pub(crate) file: PathBuf,
}

/// A process of the Hub: its clock begins anew with it.
pub(crate) struct Process {
    pub(crate) clock: ManualClock,
    pub(crate) keystore: Keystore,
}

impl Site {
    /// `name` is the test's: so is its directory.
    pub(crate) async fn new(name: &str) -> Self {
        let eco = Ecosystem::sandbox(at(0)).unwrap();
        let served = hub_testkit::Keystore::serve(&eco).await.unwrap();
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        Self { eco, served, file: directory.join("key-sets.jsonl") }
    }

    /// A process that starts so many seconds after the first.
    pub(crate) fn start(&self, seconds: u64) -> Process {
        self.start_with(seconds, |settings| settings)
    }

    pub(crate) fn start_with(
        &self,
        seconds: u64,
        settings: impl FnOnce(KeystoreSettings) -> KeystoreSettings,
    ) -> Process {
        let clock = ManualClock::new(at(seconds));
        let cache = CacheSettings::new().with_clock(Arc::new(clock.clone()));
        let settings = settings(KeystoreSettings::new().with_cache(cache).with_snapshots());
        let transport = Arc::new(self.served.fetcher().unwrap());
        let deployment = self.eco.hub().deployment();
        Process { keystore: Keystore::new(deployment, self.eco.keystore(), transport, &settings).unwrap(), clock }
    }

    /// A process that fetches the keys of `tpps`, saves them at once, and ends.
    pub(crate) async fn save(&self, tpps: &[&str]) {
        let process = self.start(0);
        for tpp in tpps {
            process.sig1(self, tpp).await.unwrap();
        }
        assert_eq!(process.keystore.save(&self.file).unwrap(), tpps.len());
    }

    /// A process that starts so many seconds later with what was saved.
    pub(crate) fn restart(&self, seconds: u64) -> (Process, Loaded) {
        let process = self.start(seconds);
        let loaded = process.keystore.load(&self.file);
        (process, loaded)
    }

    /// Where the Sig1 of a TPP is.
    pub(crate) fn url(&self, tpp: &str) -> HttpsUrl {
        let tpp = self.eco.tpp(tpp).unwrap();
        self.eco.keystore().application_keys(&tpp.organisation(), &tpp.software_statement()).active()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        fs::read_to_string(&self.file).unwrap().lines().map(str::to_owned).collect()
    }

    pub(crate) fn write(&self, lines: &[String]) {
        fs::write(&self.file, lines.join("\n") + "\n").unwrap();
    }
}

impl Process {
    pub(crate) async fn sig1(&self, site: &Site, tpp: &str) -> Result<VerificationKey<Sig1>, LookupError> {
        let tpp = site.eco.tpp(tpp).unwrap();
        self.keystore.key::<Sig1>(tpp.client_id(), tpp.sig1().kid()).await
    }

    /// Waits until the one set was fetched, or confirmed, at `time`.
    pub(crate) async fn fetched(&self, time: UnixTime) {
        while self.keystore.health()[0].fetched_at != Some(time) {
            yield_now().await;
        }
    }
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000 + seconds))
}

/// The codes of what was passed over, by line.
pub(crate) fn refused(loaded: &Loaded) -> Vec<(usize, &'static str)> {
    loaded.refused.iter().map(|entry| (entry.line, entry.fault.code())).collect()
}

pub(crate) fn unread(loaded: &Loaded) -> Option<&'static str> {
    loaded.unread.as_ref().map(hub_jwks::SnapshotError::code)
}

/// The entry in `line` with `member` set to `value`, or without it where that is `null`.
pub(crate) fn with(line: &str, member: &str, value: Value) -> String {
    let mut entry: Value = serde_json::from_str(line).unwrap();
    match value {
        Value::Null => drop(entry.as_object_mut().unwrap().remove(member)),
        value => entry[member] = value,
    }
    entry.to_string()
}
