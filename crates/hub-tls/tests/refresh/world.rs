//! The ecosystem the tests happen in, what its CAs publish, and who goes by it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use hub_roles::{HubToLfi, RevocationDepth, RevocationPolicy, TrustFramework};
use hub_testkit::{Crl, CrlSpec, Ecosystem};
use hub_tls::{
    Acceptor, Clock, Connector, DistributionPoint, PointHealth, RefreshHealth, RefreshSettings, Refresher, Settings,
    Stream,
};
use rustls_pki_types::UnixTime;
use tokio::net::{TcpListener, TcpStream};

pub(crate) const DAY: u64 = 24 * 60 * 60;
pub(crate) const NOW: u64 = 1_780_000_000;
pub(crate) const REQUIRED: RevocationPolicy = RevocationPolicy::Required(RevocationDepth::EndEntity);

pub(crate) static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(at(NOW)).unwrap());

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub(crate) struct Standing(AtomicU64);

impl Standing {
    pub(crate) fn now() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(NOW)))
    }

    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for Standing {
    fn now(&self) -> UnixTime {
        at(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn settings() -> RefreshSettings {
    RefreshSettings::new().with_clock(Standing::now())
}

/// The list of the issuing CA with this number, and made so many seconds after the first.
pub(crate) fn spec(number: u64) -> CrlSpec {
    let updates = (at(NOW - 3600 + number), at(NOW + DAY));
    CrlSpec::current(at(NOW)).with_number(number).with_updates(updates.0, updates.1)
}

pub(crate) fn list(number: u64) -> Crl {
    issued(&spec(number))
}

pub(crate) fn issued(spec: &CrlSpec) -> Crl {
    ECO.authority().crl(spec).unwrap()
}

/// Starts, and waits for the first fetch.
pub(crate) async fn refreshing(
    trust: &TrustFramework,
    points: impl IntoIterator<Item = DistributionPoint>,
    settings: &RefreshSettings,
) -> Refresher {
    let refresher = Refresher::start(trust, points, settings).await.unwrap();
    refresher.refresh_now().await;
    refresher
}

/// The numbers of the lists in force, smallest first.
pub(crate) fn numbers(trust: &TrustFramework) -> Vec<String> {
    let mut numbers: Vec<_> = trust.revocation_lists().map(|list| list.number().unwrap().to_string()).collect();
    numbers.sort();
    numbers
}

/// What the last attempt of the only distribution point came to.
pub(crate) fn outcome(health: &RefreshHealth) -> Result<(), &'static str> {
    let [point] = &health.points[..] else { panic!("{health:?}") };
    verdict(point)
}

pub(crate) fn verdict(point: &PointHealth) -> Result<(), &'static str> {
    match &point.last_failure {
        Some((_, error)) if point.attempts_in_vain > 0 => Err(error.code()),
        _ => Ok(()),
    }
}

/// The bank's Ozone Connect.
pub(crate) fn acceptor(trust: &TrustFramework, clock: &Arc<Standing>) -> Acceptor<HubToLfi> {
    let bank = ECO.lfi("bank").unwrap();
    let settings = Settings::new().with_clock(clock.clone());
    Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), &settings).unwrap()
}

/// The Hub as a client.
pub(crate) fn connector(trust: &TrustFramework, clock: &Arc<Standing>) -> Connector<HubToLfi> {
    let hub = ECO.hub();
    let settings = Settings::new().with_clock(clock.clone());
    Connector::with_settings(trust, hub.deployment(), hub.c4(), &settings).unwrap()
}

/// A connection of both, or why each side has none.
pub(crate) async fn meet(
    acceptor: &Acceptor<HubToLfi>,
    connector: &Connector<HubToLfi>,
) -> (Result<Stream<TcpStream>, &'static str>, Result<Stream<TcpStream>, &'static str>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let host = "ozone-connect.bank.example".parse().unwrap();
    let (accepted, connected) =
        tokio::join!(async { acceptor.accept(listener.accept().await.unwrap().0).await }, async {
            connector.connect(&host, TcpStream::connect(address).await.unwrap()).await
        },);
    let accepted = accepted.map(|accepted| accepted.into_parts().1).map_err(|error| error.code());
    let connected = connected.map(|connected| connected.into_parts().1).map_err(|error| error.code());
    (accepted, connected)
}
