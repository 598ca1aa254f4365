//! The ecosystem the tests happen in, and two sockets to meet over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use hub_roles::{
    Credential, Deployment, HostName, HubToLfi, InstanceId, LfiToHub, PrivateKey, Role, RsaPublicKey, TppToHub,
    TrustFramework,
};
use hub_testkit::{Ecosystem, Issued};
use hub_tls::{Acceptor, Clock, Connector, Settings};
use rustls::{AlertDescription, SupportedProtocolVersion, version};
use rustls_pki_types::{ServerName, UnixTime};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

pub(crate) const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// Hosts of the brands `retail` (of `bank`) and `other` (of `other-bank`).
pub(crate) const RETAIL_AS: &str = "as1.retail.preprod.apihub.openfinance.ae";
pub(crate) const RETAIL_RS: &str = "rs1.retail.preprod.apihub.openfinance.ae";
pub(crate) const RETAIL_HH: &str = "hh.retail.preprod.apihub.openfinance.ae";
pub(crate) const RETAIL_CM: &str = "cm.retail.preprod.apihub.openfinance.ae";
pub(crate) const SME_CM: &str = "cm.sme.preprod.apihub.openfinance.ae";
pub(crate) const OTHER_AS: &str = "as1.other.preprod.apihub.openfinance.ae";
pub(crate) const OTHER_CM: &str = "cm.other.preprod.apihub.openfinance.ae";
pub(crate) const BANK_OZONE_CONNECT: &str = "ozone-connect.bank.example";
pub(crate) const OTHER_OZONE_CONNECT: &str = "ozone-connect.other-bank.example";

/// The one ecosystem of these tests; who changes something makes another.
pub(crate) static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(now()).unwrap());

pub(crate) fn now() -> UnixTime {
    at(1_780_000_000)
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub(crate) struct Standing(AtomicU64);

impl Standing {
    pub(crate) fn at(time: UnixTime) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(time.as_secs())))
    }

    pub(crate) fn set(&self, time: UnixTime) {
        self.0.store(time.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for Standing {
    fn now(&self) -> UnixTime {
        at(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn settings() -> Settings {
    Settings::new().with_clock(Standing::at(now()))
}

pub(crate) fn id(instance: &str) -> InstanceId {
    instance.parse().unwrap()
}

pub(crate) fn host(name: &str) -> HostName {
    name.parse().unwrap()
}

pub(crate) fn server_name(host: &str) -> ServerName<'static> {
    ServerName::try_from(host.to_owned()).unwrap()
}

/// What was issued for role `R`, of the shared ecosystem.
pub(crate) fn issued<R: hub_testkit::Held>(holder: &str) -> &'static Issued {
    ECO.issued::<R>(holder).unwrap()
}

/// A deployment file with something changed.
pub(crate) fn edited(file: &str, change: impl FnOnce(&mut Value)) -> Deployment {
    let mut content = serde_json::from_str(file).unwrap();
    change(&mut content);
    Deployment::from_json(content.to_string().as_bytes()).unwrap()
}

/// The same credential, with a key that is out of reach.
pub(crate) fn unplugged<R: Role>(credential: Credential<R>) -> Credential<R> {
    #[derive(Debug)]
    struct Unplugged(RsaPublicKey);

    impl PrivateKey for Unplugged {
        fn public_key(&self) -> &RsaPublicKey {
            &self.0
        }
    }

    let certificate = credential.certificate().clone();
    let key = Unplugged(certificate.public_key().clone());
    Credential::new(certificate, key).unwrap()
}

/// The Hub's listener for TPPs, with all instances.
pub(crate) fn for_tpps(trust: &TrustFramework) -> Acceptor<TppToHub> {
    let hub = ECO.hub();
    let served = hub.instances().map(|instance| (instance.clone(), hub.s1(instance).unwrap()));
    Acceptor::<TppToHub>::with_settings(trust, hub.deployment(), served, &settings()).unwrap()
}

/// The Hub's listener for LFIs, with all instances.
pub(crate) fn for_lfis(trust: &TrustFramework) -> Acceptor<LfiToHub> {
    let hub = ECO.hub();
    let served = hub.instances().map(|instance| (instance.clone(), hub.s3(instance).unwrap()));
    Acceptor::<LfiToHub>::with_settings(trust, hub.deployment(), served, &settings()).unwrap()
}

/// The bank's Ozone Connect.
pub(crate) fn for_hub(trust: &TrustFramework) -> Acceptor<HubToLfi> {
    let bank = ECO.lfi("bank").unwrap();
    Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), &settings()).unwrap()
}

/// The TPP `acme`.
pub(crate) fn of_tpp(trust: &TrustFramework) -> Connector<TppToHub> {
    let tpp = ECO.tpp("acme").unwrap();
    Connector::with_settings(trust, tpp.deployment(), tpp.c1(), &settings()).unwrap()
}

/// The LFI `bank`.
pub(crate) fn of_lfi(trust: &TrustFramework) -> Connector<LfiToHub> {
    let bank = ECO.lfi("bank").unwrap();
    Connector::with_settings(trust, bank.deployment(), bank.c3(), &settings()).unwrap()
}

/// The Hub as a client.
pub(crate) fn of_hub(trust: &TrustFramework) -> Connector<HubToLfi> {
    let hub = ECO.hub();
    Connector::with_settings(trust, hub.deployment(), hub.c4(), &settings()).unwrap()
}

/// Runs both sides on the two ends of a connection over loopback.
pub(crate) async fn meet<A, B>(
    server: impl AsyncFnOnce(TcpStream) -> A,
    client: impl AsyncFnOnce(TcpStream) -> B,
) -> (A, B) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::join!(async { server(listener.accept().await.unwrap().0).await }, async {
        client(TcpStream::connect(address).await.unwrap()).await
    },)
}

/// Lets the other tasks do all they can, where there is one thread.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// What both sides made of a handshake: on ours a `kid` or a code, on the other the alert it received.
pub(crate) type Outcome = (Result<String, &'static str>, Option<AlertDescription>);

pub(crate) fn accepted(peer: &Issued) -> Outcome {
    (Ok(peer.kid().to_string()), None)
}

pub(crate) fn refused(code: &'static str, alert: AlertDescription) -> Outcome {
    (Err(code), Some(alert))
}
