//! Thousands of sets at once: whom one of them may hold up, and which of them go.

use core::time::Duration;
use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use hub_jwks::{
    CacheSettings, FetchCause, Freshness, KeySetAnswer, KeySetRequest, KeySource, Keystore, KeystoreSettings,
    LookupError, Publication, Standing, Transport,
};
use hub_roles::{ClientId, Deployment, Enc2, HostName, HttpsUrl, KeyId, RsaPublicKey, Sig1, VerificationKey};
use hub_testkit::{Ecosystem, ManualClock};
use serde_json::{Map, json};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, yield_now};

use crate::process::at;

/// Answers for every path of every host but one, which never answers.
#[derive(Debug, Default)]
struct Hosts(Mutex<HashMap<HostName, Traffic>>);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Traffic {
    requests: usize,
    under_way: usize,
    most_at_once: usize,
}

/// A request under way, until it is answered or given up.
struct UnderWay(Arc<Hosts>, HostName);

impl Hosts {
    fn traffic(&self, host: &str) -> Traffic {
        self.0.lock().unwrap().get(&host.parse::<HostName>().unwrap()).copied().unwrap_or_default()
    }
}

impl UnderWay {
    fn new(hosts: &Arc<Hosts>, host: &HostName) -> Self {
        let mut all = hosts.0.lock().unwrap();
        let traffic = all.entry(host.clone()).or_default();
        traffic.requests += 1;
        traffic.under_way += 1;
        traffic.most_at_once = traffic.most_at_once.max(traffic.under_way);
        Self(Arc::clone(hosts), host.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().get_mut(&self.1).unwrap().under_way -= 1;
    }
}

#[derive(Debug)]
struct ToHosts(Arc<Hosts>);

impl Transport for ToHosts {
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let hosts = Arc::clone(&self.0);
        Box::pin(async move {
            let _under_way = UnderWay::new(&hosts, request.url.host());
            if request.url.host().as_str() == HANGING {
                pending::<()>().await;
            }
            yield_now().await;
            Ok(KeySetAnswer::Document { body: document(&request.url), freshness: Freshness::new() })
        })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        Handle::current().spawn(work);
    }
}

/// A keystore of the Hub, and what it asks of whom.
struct Hub {
    keystore: Keystore,
    clock: ManualClock,
    hosts: Arc<Hosts>,
}

impl Hub {
    fn new(settings: impl FnOnce(KeystoreSettings) -> KeystoreSettings) -> Self {
        let eco = Ecosystem::sandbox(at(0)).unwrap();
        let (clock, hosts) = (ManualClock::new(at(0)), Arc::new(Hosts::default()));
        let cache = CacheSettings::new().with_clock(Arc::new(clock.clone()));
        let settings = settings(KeystoreSettings::new().with_cache(cache));
        let transport = Arc::new(ToHosts(Arc::clone(&hosts)));
        Self {
            keystore: Keystore::new(eco.hub().deployment(), eco.keystore(), transport, &settings).unwrap(),
            clock,
            hosts,
        }
    }

    async fn key(&self, tenant: &KeySource<Sig1>) -> Result<VerificationKey<Sig1>, LookupError> {
        key(&self.keystore, tenant).await
    }

    /// Waits until nothing is being fetched any more.
    async fn settle(&self, host: &str) {
        for _ in 0..1000 {
            yield_now().await;
        }
        assert_eq!(self.hosts.traffic(host).under_way, 0);
    }

    fn owners(&self) -> Vec<String> {
        let mut owners: Vec<_> = self.keystore.health().into_iter().map(|health| health.owner).collect();
        owners.sort();
        owners
    }
}

async fn key(keystore: &Keystore, tenant: &KeySource<Sig1>) -> Result<VerificationKey<Sig1>, LookupError> {
    keystore.key_at(tenant, &kid_of(tenant.active())).await
}

fn tenant(host: &str, number: usize) -> KeySource<Sig1> {
    let client: ClientId = format!("{host}-{number:05}").parse().unwrap();
    KeySource::new(client, format!("https://{host}/{number:05}").parse().unwrap())
}

/// The tenant's own.
fn kid_of(url: &HttpsUrl) -> KeyId {
    format!("of{}", url.path()).parse().unwrap()
}

/// One key, and whatever fills [`DOCUMENT_OCTETS`].
fn document(url: &HttpsUrl) -> Vec<u8> {
    let mut modulus = [0xC3; 256];
    modulus[255] = 0x55;
    let key = RsaPublicKey::from_components(&modulus, &[1, 0, 1]).unwrap();
    let set = Publication::new(url.clone()).bare::<Enc2>(&kid_of(url), &key).to_json();
    // For signatures: bare keys are published for encryption only.
    let mut set = String::from_utf8(set).unwrap().replace("\"enc\"", "\"sig\"").into_bytes();
    set.resize(DOCUMENT_OCTETS, b' ');
    set
}

const ANSWERING: &str = "keystore.example";
const HANGING: &str = "hanging.example";
const AT_ONE_HOST: usize = 64;
const DOCUMENT_OCTETS: usize = 20_000;

#[tokio::test]
async fn a_host_that_hangs_holds_up_its_own_tenants_only() {
    const HELD_UP: usize = 200;
    const TENANTS: usize = 5000;
    let hub = Hub::new(|settings| settings.with_most_octets(TENANTS * DOCUMENT_OCTETS));
    let mut held_up = JoinSet::new();
    for number in 0..HELD_UP {
        let keystore = hub.keystore.clone();
        held_up.spawn(async move { key(&keystore, &tenant(HANGING, number)).await });
    }
    hub.clock.sleepers(HELD_UP).await;

    let mut others = JoinSet::new();
    for number in 0..TENANTS {
        let keystore = hub.keystore.clone();
        others.spawn(async move {
            let tenant = tenant(ANSWERING, number);
            assert_eq!(key(&keystore, &tenant).await.unwrap().owner(), tenant.owner());
        });
    }
    others.join_all().await;
    let traffic = hub.hosts.traffic(ANSWERING);
    assert_eq!((traffic.requests, traffic.under_way), (TENANTS, 0));
    assert!(traffic.most_at_once <= AT_ONE_HOST, "{traffic:?}");

    // Nobody has waited for them, who still wait: as many at once as a host is asked, the rest for their turn.
    assert!(held_up.try_join_next().is_none());
    let traffic = hub.hosts.traffic(HANGING);
    assert_eq!(traffic, Traffic { requests: AT_ONE_HOST, under_way: AT_ONE_HOST, most_at_once: AT_ONE_HOST });
    hub.clock.advance(Duration::from_secs(10));
    for outcome in held_up.join_all().await {
        let refused = outcome.unwrap_err();
        assert!(
            matches!(&refused, LookupError::Unavailable { cause, .. } if cause.code() == "fetch.timeout"),
            "{refused}"
        );
    }
    assert!(hub.hosts.traffic(HANGING).most_at_once <= AT_ONE_HOST);

    let health = hub.keystore.health();
    let fresh = health.iter().filter(|health| health.standing == Standing::Fresh).count();
    assert_eq!((health.len(), fresh), (TENANTS + HELD_UP, TENANTS));
}

#[tokio::test]
async fn more_parties_than_there_is_room_are_preloaded_as_far_as_it_goes() {
    const TENANTS: usize = 5000;
    const MOST: usize = 1000;
    let hub = Hub::new(|settings| settings.with_most_sets(MOST));
    let id = |number: usize| format!("f1000000-0000-4000-8000-{number:012}");
    let tpps = (0..TENANTS).map(|number| {
        let tpp = json!({"client_id": id(number), "organisation": id(TENANTS), "software_statement": id(number)});
        (id(number), tpp)
    });
    let tpps: Map<_, _> = tpps.collect();
    let file = json!({"environment": "sandbox", "own": {"party": "ozone"}, "tpps": {"registered": tpps}});
    hub.keystore.swap_deployment(&Deployment::from_json(file.to_string().as_bytes()).unwrap()).unwrap();

    let preloaded = hub.keystore.preload().await;
    // Sig1 and Enc2 of a TPP are in one set.
    assert_eq!((preloaded.sets, preloaded.failed.len()), (MOST, 2 * (TENANTS - MOST)));
    assert!(preloaded.failed.iter().all(|failed| failed.error.code() == "lookup.no-room"));
    let Traffic { requests, under_way, most_at_once } = hub.hosts.traffic("keystore.sandbox.directory.openfinance.ae");
    assert_eq!((requests, under_way, most_at_once), (MOST, 0, AT_ONE_HOST));
}

#[tokio::test]
async fn the_set_that_was_not_looked_up_for_the_longest_time_makes_room() {
    let hub = Hub::new(|settings| settings.with_most_sets(3));
    let tenants: Vec<_> = (0..4).map(|number| tenant(ANSWERING, number)).collect();
    for tenant in &tenants[..3] {
        hub.key(tenant).await.unwrap();
    }
    let full = hub.key(&tenants[3]).await.unwrap_err();
    assert_eq!((full.code(), full.is_retryable()), ("lookup.no-room", true));

    hub.clock.advance(Duration::from_secs(599));
    hub.settle(ANSWERING).await;
    hub.key(&tenants[0]).await.unwrap();
    assert_eq!(hub.key(&tenants[3]).await.unwrap_err().code(), "lookup.no-room", "a lifetime has not passed");

    hub.clock.advance(Duration::from_secs(1));
    hub.key(&tenants[2]).await.unwrap();
    hub.settle(ANSWERING).await;
    hub.key(&tenants[3]).await.unwrap();
    let left = [0, 2, 3].map(|number| tenants[number].owner().to_string());
    assert_eq!(hub.owners(), left);
}

#[tokio::test]
async fn octets_have_their_limit_and_what_is_held_stays() {
    // As many octets as one document may have at most: room for three of ours.
    let hub = Hub::new(|settings| settings.with_most_octets(65_536));
    let tenants: Vec<_> = (0..4).map(|number| tenant(ANSWERING, number)).collect();
    for tenant in &tenants[..3] {
        hub.key(tenant).await.unwrap();
    }
    let full = hub.key(&tenants[3]).await.unwrap_err();
    let LookupError::Unavailable { cause, .. } = &full else { panic!("{full}") };
    assert_eq!((cause.code(), full.is_retryable()), ("fetch.no-room", true));
    for tenant in &tenants[..3] {
        hub.key(tenant).await.unwrap();
    }

    // Two are still in use a lifetime later, and the third makes room.
    hub.clock.advance(Duration::from_secs(600));
    for tenant in &tenants[..2] {
        hub.key(tenant).await.unwrap();
    }
    hub.settle(ANSWERING).await;
    // The failure of one more attempt may be what sends somebody to make room: the longest pause after it is two minutes.
    if hub.key(&tenants[3]).await.is_err() {
        hub.clock.advance(Duration::from_secs(120));
        hub.key(&tenants[3]).await.unwrap();
    }
    for tenant in &tenants[..2] {
        hub.key(tenant).await.unwrap();
    }
    assert_eq!(hub.owners(), [0, 1, 3].map(|number| tenants[number].owner().to_string()));
}
