//! A TPP's key set at a keystore, a cache of it, and the time.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::Arc;
use std::thread;

use hub_jwks::{CacheSettings, Fetcher, LookupError, RemoteKeySet};
use hub_roles::{ClientId, HttpsUrl, KeyId, Sig1, VerificationKey};
use hub_testkit::{Ecosystem, Keystore, ManualClock, TppParty};
use rustls_pki_types::UnixTime;
use tokio::task::JoinHandle;

pub(crate) struct Stage {
    pub(crate) eco: Ecosystem,
    pub(crate) keystore: Keystore,
    pub(crate) clock: ManualClock,
    pub(crate) url: HttpsUrl,
    pub(crate) keys: RemoteKeySet<ClientId>,
}

/// What a lookup comes to.
pub(crate) type Lookup = Result<VerificationKey<Sig1>, LookupError>;

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    pub(crate) async fn with(settings: impl FnOnce(CacheSettings) -> CacheSettings) -> Self {
        Self::of(settings, |keystore| keystore.fetcher().unwrap()).await
    }

    /// With a fetcher that was built outside of a runtime: attempts are made on that of whoever asks.
    pub(crate) async fn on_any_runtime() -> Self {
        let fetcher = |keystore: &Keystore| thread::scope(|scope| scope.spawn(|| keystore.fetcher()).join());
        Self::of(|settings| settings, |keystore| fetcher(keystore).unwrap().unwrap()).await
    }

    async fn of(
        settings: impl FnOnce(CacheSettings) -> CacheSettings,
        fetcher: impl FnOnce(&Keystore) -> Fetcher,
    ) -> Self {
        let eco = Ecosystem::sandbox(now()).unwrap();
        let keystore = Keystore::serve(&eco).await.unwrap();
        let clock = ManualClock::new(now());
        let acme = eco.tpp("acme").unwrap();
        let url = eco.keystore().application_keys(&acme.organisation(), &acme.software_statement()).active();
        let settings = settings(CacheSettings::new().with_clock(Arc::new(clock.clone())));
        let fetcher = Arc::new(fetcher(&keystore));
        let keys = RemoteKeySet::new(url.clone(), acme.client_id().clone(), fetcher, &settings).unwrap();
        Self { eco, keystore, clock, url, keys }
    }

    /// With the set in the cache, fetched at this moment, and somebody who keeps it fresh.
    pub(crate) async fn warm() -> Self {
        Self::new().await.warmed().await
    }

    pub(crate) async fn warmed(self) -> Self {
        self.sig1().await.unwrap();
        self.clock.sleepers(1).await;
        self
    }

    pub(crate) fn acme(&self) -> &TppParty {
        self.eco.tpp("acme").unwrap()
    }

    /// Of the Sig1 in use.
    pub(crate) fn kid(&self) -> KeyId {
        self.acme().sig1().kid().clone()
    }

    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// How often the set was asked for.
    pub(crate) fn fetches(&self) -> usize {
        self.keystore.requests_for(self.path())
    }

    /// Looks the Sig1 in use up.
    pub(crate) async fn sig1(&self) -> Lookup {
        self.keys.verification_key(&self.kid()).await
    }

    /// The same in the background.
    pub(crate) fn spawn_sig1(&self) -> JoinHandle<Lookup> {
        let (keys, kid) = (self.keys.clone(), self.kid());
        tokio::spawn(async move { keys.verification_key(&kid).await })
    }

    /// The same where no waiting is allowed.
    pub(crate) fn sig1_at_once(&self) -> Lookup {
        at_once(self.sig1())
    }

    /// Waits for the end of the attempt in progress. If there is none, it makes one unless that is too early.
    pub(crate) async fn landed(&self) {
        assert!(self.keys.verification_key::<Sig1>(&kid("nobody-s")).await.is_err());
    }

    /// Replaces the Sig1 and publishes the new one.
    pub(crate) fn rotate(&mut self) -> KeyId {
        self.eco.rotate::<Sig1>("acme").unwrap();
        self.keystore.publish(&self.eco);
        self.kid()
    }

    pub(crate) fn pass(&self, passed: u64) {
        self.clock.advance(seconds(passed));
    }
}

pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(seconds(1_780_000_000))
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn kid(text: &str) -> KeyId {
    text.parse().unwrap()
}

/// What a lookup comes to that does not wait for anything.
pub(crate) fn at_once<T>(lookup: impl Future<Output = T>) -> T {
    match pin!(lookup).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the lookup waits"),
    }
}

/// Lets every task go on that can, on this test's only thread.
pub(crate) async fn let_all_run() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn code<T>(lookup: Result<T, LookupError>) -> &'static str {
    lookup.map_or_else(|error| error.code(), |_| "found")
}

/// Why the set could not be fetched.
pub(crate) fn cause<T>(lookup: Result<T, LookupError>) -> &'static str {
    match lookup.err() {
        Some(LookupError::Unavailable { cause, .. }) => cause.code(),
        Some(error) => error.code(),
        None => "found",
    }
}

/// For a test that would hang; nothing is measured with it.
pub(crate) const WATCHDOG: Duration = seconds(120);
