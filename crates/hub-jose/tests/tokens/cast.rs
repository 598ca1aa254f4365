//! The parties of these tests, what each of them holds, and the connections between them.

use std::sync::LazyLock;
use std::time::Duration;

use hub_jose::{ExpectedClient, ExpectedEvent, ExpectedIdToken, ExpectedIssuer, JwtAuth, Signer};
use hub_roles::{
    C3, C4, ClientId, Credential, HubToLfi, InstanceId, Issuer, JwtAuthPath, LfiToHub, S3, S4, Sig1, Sig2, Sig3, Sig4,
    VerificationKey,
};
use hub_testkit::{Ecosystem, Held};
use hub_tls::{Acceptor, Clock, Connector, Peer, Settings};
use rustls_pki_types::UnixTime;

pub(crate) const NOW: u64 = 1_780_000_000;
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";
pub(crate) const CONSENT: &str = "b8f42378-10ac-46a1-8d20-4e020484216d";

pub(crate) static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(now()).unwrap());
pub(crate) static CONNECTIONS: LazyLock<Connections> = LazyLock::new(Connections::open);

pub(crate) fn now() -> UnixTime {
    at(NOW)
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

pub(crate) fn acme() -> &'static ClientId {
    ECO.tpp("acme").unwrap().client_id()
}

pub(crate) fn instance(name: &str) -> InstanceId {
    name.parse().unwrap()
}

pub(crate) fn issuer(name: &str) -> &'static Issuer {
    ECO.hub().deployment().instance(&instance(name)).unwrap().issuer().unwrap()
}

pub(crate) fn sig1() -> Credential<Sig1> {
    ECO.tpp("acme").unwrap().sig1()
}

pub(crate) fn sig2() -> Credential<Sig2> {
    ECO.hub().sig2("retail").unwrap()
}

pub(crate) fn sig3() -> Credential<Sig3> {
    ECO.hub().sig3().unwrap()
}

pub(crate) fn sig4() -> Credential<Sig4> {
    ECO.lfi("bank").unwrap().sig4().unwrap()
}

pub(crate) fn signer1() -> Signer<Sig1> {
    Signer::new(sig1())
}

pub(crate) fn signer2() -> Signer<Sig2> {
    Signer::new(sig2())
}

/// The public key of a signing role, registered for its holder.
pub(crate) fn public<R: Held + hub_roles::Signing>(holder: &str) -> VerificationKey<R> {
    ECO.holding::<R>(holder).unwrap().verification_key().unwrap()
}

/// `acme`, speaking to `retail`.
pub(crate) fn from_acme() -> ExpectedClient {
    ExpectedClient::new(acme(), issuer("retail"))
}

/// `retail`, speaking to `acme`.
pub(crate) fn from_retail() -> ExpectedIssuer {
    ExpectedIssuer::of(ECO.tpp("acme").unwrap().deployment().instance(&instance("retail")).unwrap(), acme()).unwrap()
}

pub(crate) fn login() -> ExpectedIdToken {
    ExpectedIdToken::new(from_retail(), NONCE)
}

pub(crate) fn event() -> ExpectedEvent {
    ExpectedEvent::new(from_retail(), CONSENT)
}

/// What the Hub knows of JWT Auth with `retail`.
pub(crate) fn hub_side<P: JwtAuthPath>() -> JwtAuth<P> {
    let deployment = ECO.hub().deployment();
    JwtAuth::of(deployment, deployment.instance(&instance("retail")).unwrap()).unwrap()
}

/// What the bank knows of JWT Auth with the Hub.
pub(crate) fn bank_side<P: JwtAuthPath>() -> JwtAuth<P> {
    let deployment = ECO.lfi("bank").unwrap().deployment();
    JwtAuth::of(deployment, deployment.instance(&instance("retail")).unwrap()).unwrap()
}

/// One connection on each of the two paths that have JWT Auth: what each side knows of the other.
pub(crate) struct Connections {
    pub(crate) hub_calling: Peer<C4>,
    pub(crate) bank_answering: Peer<S4>,
    pub(crate) bank_calling: Peer<C3>,
    pub(crate) hub_answering: Peer<S3>,
}

impl Connections {
    fn open() -> Self {
        let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
        let settings = Settings::new().with_clock(std::sync::Arc::new(Standing));

        let s4 = Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap();
        let c4 = Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), hub.c4(), &settings).unwrap();
        let served = [(instance("retail"), hub.s3("retail").unwrap())];
        let s3 = Acceptor::<LfiToHub>::with_settings(ECO.trust(), hub.deployment(), served, &settings).unwrap();
        let c3 = Connector::<LfiToHub>::with_settings(ECO.trust(), bank.deployment(), bank.c3(), &settings).unwrap();

        let ozone_connect = "ozone-connect.bank.example".parse().unwrap();
        let consent_manager =
            hub.deployment().instance(&instance("retail")).unwrap().hosts().consent_manager().unwrap();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let (near, far) = tokio::io::duplex(1 << 16);
            let (accepted, connected) = tokio::join!(s4.accept(far), c4.connect(&ozone_connect, near));
            let (hub_calling, bank_answering) = (accepted.unwrap(), connected.unwrap());
            let (near, far) = tokio::io::duplex(1 << 16);
            let (accepted, connected) = tokio::join!(s3.accept(far), c3.connect(consent_manager, near));
            let (bank_calling, hub_answering) = (accepted.unwrap(), connected.unwrap());
            Self {
                hub_calling: hub_calling.peer().clone(),
                bank_answering: bank_answering.peer().clone(),
                bank_calling: bank_calling.peer().clone(),
                hub_answering: hub_answering.peer().clone(),
            }
        })
    }
}

#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> UnixTime {
        now()
    }
}
