//! Each handshake is one event in the log, which says of a rejected one who, where, by which rule.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C1, C3, C4, HubToLfi, S4, TppToHub};
use hub_testkit::{Defect, LeafSpec, SubjectSpec};
use hub_tls::{AcceptingPath, Acceptor, Gate, Limits, Settings};
use rustls::version::TLS13;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tracing::Level;

use crate::generous::{client_config, judging_client, server_config};
use crate::log::{Entry, Log};
use crate::rotation::{open, other_hub, revoking};
use crate::time::Stopped;
use crate::world::*;

const REMOTE: &str = "192.0.2.7:50123";

#[tokio::test]
async fn a_refused_certificate_is_told_with_its_claims() {
    let c3 = issued::<C3>("bank");
    let entry = rejected(&gate(), async |io| call(client_config(Some(c3), &TLS13), io).await).await;
    assert_eq!(entry.level, Level::WARN);
    assert_eq!(about(&entry), ("API Hub to LFI", "C4", "certificate.organisation"));
    assert_eq!(entry.field("kid"), Some(c3.kid().as_str()));
    let (bank, subject) = (ECO.lfi("bank").unwrap(), entry.field("subject").unwrap());
    assert!(subject.contains(&format!("OU={}", bank.organisation())), "{subject}");
    assert!(entry.field("reason").unwrap().contains("not the one registered"), "{entry:?}");

    let sound = issued::<C4>("ozone");
    let entry = only(&gate(), async |io| call(client_config(Some(sound), &TLS13), io).await).await;
    assert_eq!((entry.level, entry.field("kid")), (Level::DEBUG, Some(sound.kid().as_str())));
    assert_eq!((entry.field("code"), entry.field("subject")), (None, None));
}

#[tokio::test]
async fn a_stranger_neither_writes_lines_nor_floods() {
    let name = format!("Bank\n2030-01-01 \"peer accepted\"\u{1b}[2J\u{202e}{}", "x".repeat(4000));
    let spec = LeafSpec::client_transport(SubjectSpec::new(name, ECO.hub().organisation().to_string()));
    let stranger = ECO.authority().issue(&spec).unwrap();
    let entry = rejected(&gate(), async |io| call(client_config(Some(&stranger), &TLS13), io).await).await;
    let subject = entry.field("subject").unwrap();
    assert!(subject.contains("2030-01-01"), "the case is not what it says: {subject}");
    assert!(subject.starts_with('"') && subject.len() < 600, "{subject}");
    for field in ["subject", "reason"] {
        let text = entry.field(field).unwrap();
        assert!(text.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
}

#[tokio::test]
async fn whose_open_connection_is_closed_is_told() {
    let acceptor = for_hub(ECO.trust());
    let _open = open(&acceptor, &of_hub(ECO.trust()), BANK_OZONE_CONNECT).await;
    let (log, _kept) = Log::of_this_thread();
    assert_eq!(acceptor.rotation().swap_trust(ECO.trust()).unwrap(), 0);
    assert!(log.take().is_empty());
    assert_eq!(acceptor.rotation().swap_deployment(&other_hub()).unwrap(), 1);
    let entries = log.take();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((entry.level, entry.field("path")), (Level::WARN, Some("API Hub to LFI")));
    assert_eq!(entry.field("kid"), Some(issued::<C4>("ozone").kid().as_str()));
    assert_eq!(entry.field("code"), Some("certificate.organisation"));
}

#[tokio::test]
async fn whose_key_was_not_proven_is_told() {
    let stolen = Defect::OtherKey.build(ECO.authority(), ECO.holding::<C4>("ozone").unwrap().spec()).unwrap().presented;
    let entry = rejected(&gate(), async |io| call(client_config(Some(&stolen), &TLS13), io).await).await;
    assert_eq!(entry.level, Level::WARN);
    assert_eq!(about(&entry), ("API Hub to LFI", "C4", "handshake.key-not-proven"));
    assert_eq!(entry.field("kid"), Some(stolen.kid().as_str()));
    assert!(entry.field("subject").unwrap().contains(&ECO.hub().organisation().to_string()));
}

#[tokio::test]
async fn what_comes_without_a_certificate_is_told_once_too() {
    let entry = rejected(&gate(), async |io| call(client_config(None, &TLS13), io).await).await;
    assert_eq!((entry.level, about(&entry).2), (Level::WARN, "certificate.not-presented"));
    for (what, entry) in [
        (
            "handshake.protocol",
            rejected(&gate(), async |mut io| io.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap()).await,
        ),
        ("handshake.io", rejected(&gate(), async |io| drop(io)).await),
        (
            "handshake.peer-refused-us",
            rejected(&gate(), async |io| {
                call(judging_client(None, &TLS13, Some(CertificateError::Expired)), io).await;
            })
            .await,
        ),
        (
            "handshake.unknown-instance",
            rejected(&for_tpps(ECO.trust()).gate(Limits::new()).unwrap(), async |io| {
                call(client_config(Some(issued::<C1>("acme")), &TLS13), io).await;
            })
            .await,
        ),
    ] {
        assert_eq!((entry.level, about(&entry).2), (Level::INFO, what));
        assert_eq!((entry.field("kid"), entry.field("subject")), (None, None));
    }
}

#[tokio::test]
async fn what_breaks_a_limit_is_told_once_too() {
    let (log, _kept) = Log::of_this_thread();
    let time = Stopped::now();
    let gate = for_hub(ECO.trust()).gate(Limits::new().with_share_of_a_source(1)).unwrap();
    let (mut first, mut second) = (gate.place().await, gate.place().await);
    let ((_silent, one), (_hasty, another)) = (tokio::io::duplex(64), tokio::io::duplex(64));
    let (_, ()) = tokio::join!(first.accept(one, remote()), async {
        second.accept(another, remote()).await.unwrap_err();
        time.pass(Duration::from_millis(10_001)).await;
    });
    let entries = log.take();
    let told: Vec<_> = entries.iter().map(|entry| (entry.level, about(entry), entry.field("remote"))).collect();
    let expected = ["handshake.over-share", "handshake.timed-out"]
        .map(|code| (Level::INFO, ("API Hub to LFI", "C4", code), Some(REMOTE)));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_connector_tells_of_servers() {
    let (log, _kept) = Log::of_this_thread();
    let connector = of_hub(ECO.trust());
    for (identity, code) in [(issued::<S4>("other-bank"), Some("certificate.host-name")), (issued::<S4>("bank"), None)]
    {
        let server = TlsAcceptor::from(Arc::new(server_config(identity, &TLS13)));
        meet(
            async |io| drop(server.accept(io).await),
            async |io| drop(connector.connect(&host(BANK_OZONE_CONNECT), io).await),
        )
        .await;
        let [entry] = log.take().try_into().unwrap();
        let entry: Entry = entry;
        assert_eq!((entry.field("code"), entry.field("role"), entry.field("remote")), (code, Some("S4"), None));
        assert_eq!(entry.field("kid"), Some(identity.kid().as_str()));
    }
}

/// Foreign code may get no more than an error of rustls: the log has role, path and rule.
#[tokio::test]
async fn an_exported_configuration_tells_whom_it_refused() {
    let (log, _kept) = Log::of_this_thread();
    let foreign = TlsConnector::from(of_hub(ECO.trust()).rustls_config());
    for (identity, refused) in [(issued::<S4>("other-bank"), true), (issued::<S4>("bank"), false)] {
        let server = TlsAcceptor::from(Arc::new(server_config(identity, &TLS13)));
        meet(
            async |io| drop(server.accept(io).await),
            async |io| drop(foreign.connect(server_name(BANK_OZONE_CONNECT), io).await),
        )
        .await;
        let told = log.take();
        assert_eq!(told.len(), usize::from(refused));
        for entry in told {
            assert_eq!(about(&entry), ("API Hub to LFI", "S4", "certificate.host-name"));
            assert_eq!((entry.level, entry.field("kid")), (Level::WARN, Some(identity.kid().as_str())));
        }
    }
}

/// Two brands share the bank's certificate, and each instance of the Hub has its own.
#[tokio::test]
async fn that_a_certificate_of_ours_has_lapsed_is_told_once_a_swap() {
    let (hub, clock) = (ECO.hub(), Standing::at(now()));
    let served: Vec<_> = hub.instances().map(|id| (id.clone(), hub.s1(id).unwrap())).collect();
    let moving = Settings::new().with_clock(clock.clone());
    let instances =
        Acceptor::<TppToHub>::with_settings(ECO.trust(), hub.deployment(), served.clone(), &moving).unwrap();
    let shared = for_hub(ECO.trust());
    assert_eq!(ECO.lfi("bank").unwrap().deployment().instances().count(), 2);
    clock.set(at(now().as_secs() + 3 * 365 * 24 * 3600));
    let (log, _kept) = Log::of_this_thread();
    for _ in 0..2 {
        shared.rotation().swap_trust(&revoking(issued::<S4>("bank").serial)).unwrap();
        let [entry] = log.take().try_into().unwrap();
        let entry: Entry = entry;
        assert_eq!((entry.level, about(&entry)), (Level::WARN, ("API Hub to LFI", "S4", "certificate.revoked")));
        assert_eq!(entry.field("kid"), Some(issued::<S4>("bank").kid().as_str()));

        instances.rotation().swap_trust(ECO.trust()).unwrap();
        let mut told: Vec<_> = log.take().iter().map(|entry| entry.field("kid").unwrap().to_owned()).collect();
        let mut kids: Vec<_> = served.iter().map(|(_, s1)| s1.kid().to_string()).collect();
        told.sort();
        kids.sort();
        assert_eq!(told, kids);
    }
}

/// The bank's Ozone Connect.
fn gate() -> Gate<HubToLfi> {
    for_hub(ECO.trust()).gate(Limits::new()).unwrap()
}

fn remote() -> SocketAddr {
    REMOTE.parse().unwrap()
}

/// The one event of a handshake that is rejected.
async fn rejected<P: AcceptingPath>(gate: &Gate<P>, client: impl AsyncFnOnce(TcpStream)) -> Entry {
    let entry = only(gate, client).await;
    assert!(entry.field("code").is_some(), "{entry:?}");
    entry
}

/// The one event of a handshake.
async fn only<P: AcceptingPath>(gate: &Gate<P>, client: impl AsyncFnOnce(TcpStream)) -> Entry {
    let (log, _kept) = Log::of_this_thread();
    meet(async |io| drop(gate.place().await.accept(io, remote()).await), client).await;
    let [entry] = log.take().try_into().unwrap();
    let entry: Entry = entry;
    assert_eq!(entry.field("remote"), Some(REMOTE));
    entry
}

/// Calls, and hears the verdict.
async fn call(config: ClientConfig, io: TcpStream) {
    let client = TlsConnector::from(Arc::new(config));
    if let Ok(mut stream) = client.connect(server_name(BANK_OZONE_CONNECT), io).await {
        stream.read_to_end(&mut Vec::new()).await.ok();
    }
}

/// Path, role and code.
fn about(entry: &Entry) -> (&str, &str, &str) {
    (entry.field("path").unwrap(), entry.field("role").unwrap(), entry.field("code").unwrap())
}
