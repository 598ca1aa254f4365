//! Swaps of credential, trust framework and deployment: what they end, what they leave, and who follows.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use hub_roles::{
    C1, C3, C4, CertificateChain, Credential, Deployment, HubToLfi, LfiToHub, S3, S4, SoftwareKey, TrustFramework,
};
use hub_testkit::{CrlSpec, Defect, Ecosystem};
use hub_tls::{AcceptingPath, Acceptor, Connector, Stream, cause};
use rustls::HandshakeKind::{self, Full, Resumed};
use rustls::client::Resumption;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::client_config;
use crate::resumption::{AT_CLIENTS, AT_SERVERS, Guest, host_of_guests, visit};
use crate::world::*;

pub(crate) const ELSEWHERE: &str = "0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c0aa";

/// The same parties, with new certificates of the Hub and the bank.
static ROTATED: LazyLock<Ecosystem> = LazyLock::new(|| {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    eco.rotate::<C4>("ozone").unwrap();
    eco.rotate::<S4>("bank").unwrap();
    eco
});

/// What is swapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Swap {
    Nothing,
    Credential,
    Trust,
    Revocation,
    Deployment,
    Pin,
}

impl Swap {
    /// How many connections it closed.
    pub(crate) fn at_acceptor(self, acceptor: &Acceptor<HubToLfi>) -> usize {
        let (rotation, bank) = (acceptor.rotation(), ECO.lfi("bank").unwrap());
        match self {
            Self::Nothing => 0,
            Self::Credential => {
                rotation.swap_credential(ROTATED.lfi("bank").unwrap().s4()).unwrap();
                0
            }
            Self::Trust => rotation.swap_trust(ECO.trust()).unwrap(),
            Self::Revocation => rotation.swap_trust(&revoking(issued::<C4>("ozone").serial)).unwrap(),
            Self::Deployment => rotation.swap_deployment(bank.deployment()).unwrap(),
            Self::Pin => rotation.swap_deployment(&other_hub()).unwrap(),
        }
    }

    /// How many connections it closed.
    pub(crate) fn at_connector(self, connector: &Connector<HubToLfi>) -> usize {
        let (rotation, hub) = (connector.rotation(), ECO.hub());
        match self {
            Self::Nothing => 0,
            Self::Credential => {
                rotation.swap_credential(ROTATED.hub().c4()).unwrap();
                0
            }
            Self::Trust => rotation.swap_trust(ECO.trust()).unwrap(),
            Self::Revocation => rotation.swap_trust(&revoking(issued::<S4>("bank").serial)).unwrap(),
            Self::Deployment => rotation.swap_deployment(hub.deployment()).unwrap(),
            Self::Pin => rotation.swap_deployment(&other_bank()).unwrap(),
        }
    }

    /// The rule by which it refuses the peer of before, if it does.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Nothing | Self::Credential | Self::Trust | Self::Deployment => None,
            Self::Revocation => Some("certificate.revoked"),
            Self::Pin => Some("certificate.organisation"),
        }
    }
}

/// In TLS 1.3 tickets come after the handshake: one that is read after a swap belongs to what was before it.
#[tokio::test]
async fn a_ticket_that_arrives_after_a_swap_does_not_resume() {
    for way in &AT_CLIENTS[..2] {
        for (swap, kind) in [(Swap::Nothing, Resumed), (Swap::Credential, Full), (Swap::Trust, Full)] {
            let (connector, server) = (of_hub(ECO.trust()), host_of_guests(issued::<S4>("bank"), *way));
            meet(
                async |io| {
                    let mut stream = server.accept(io).await.unwrap();
                    stream.write_all(b"!").await.unwrap();
                    stream.shutdown().await.unwrap();
                },
                async |io| {
                    let (_, mut stream) = connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts();
                    swap.at_connector(&connector);
                    stream.read_to_end(&mut Vec::new()).await.unwrap();
                },
            )
            .await;
            assert_eq!(visit(&connector, &server, BANK_OZONE_CONNECT).await.1, Some(kind), "{swap:?}, {way:?}");
        }
    }
}

#[tokio::test]
async fn rotating_one_instance_leaves_the_sessions_of_the_others() {
    let (acceptor, hub) = (for_tpps(ECO.trust()), ECO.hub());
    for way in AT_SERVERS {
        let [retail, other] = [RETAIL_AS, OTHER_AS].map(|host| Guest::new(issued::<C1>("acme"), host, way));
        assert_eq!([retail.is_let_in(&acceptor).await, other.is_let_in(&acceptor).await], [Full; 2]);
        acceptor.rotation().swap_credential(id("retail"), hub.s1("retail").unwrap()).unwrap();
        assert_eq!([retail.is_let_in(&acceptor).await, other.is_let_in(&acceptor).await], [Full, Resumed], "{way:?}");
    }
}

#[tokio::test]
async fn a_swap_that_fails_leaves_everything_as_it_was() {
    let (acceptor, hub) = (for_tpps(ECO.trust()), ECO.hub());
    let guest = Guest::new(issued::<C1>("acme"), RETAIL_AS, AT_SERVERS[0]);
    assert_eq!(guest.is_let_in(&acceptor).await, Full);

    let expired = Defect::AnchorExpired.build(ECO.authority(), ECO.holding::<S4>("bank").unwrap().spec()).unwrap();
    let expired = TrustFramework::from_der(ECO.environment().clone(), expired.bundle).unwrap();
    let without_retail = edited(hub.deployment_json(), |file| {
        file["instances"].as_object_mut().unwrap().remove("retail").unwrap();
    });
    let rotation = acceptor.rotation();
    let failed = [
        rotation.swap_credential(id("retail"), hub.s1("sme").unwrap()).unwrap_err(),
        rotation.swap_credential(id("nowhere"), hub.s1("retail").unwrap()).unwrap_err(),
        rotation.swap_deployment(&without_retail).unwrap_err(),
        rotation.swap_trust(&expired).unwrap_err(),
    ];
    let codes =
        ["certificate.host-name", "deployment.missing-part", "deployment.missing-part", "certificate.anchor-validity"];
    assert_eq!(failed.map(|error| error.code()), codes);
    assert_eq!(guest.is_let_in(&acceptor).await, Resumed);
}

/// A certificate of ours that has ended is no reason to go on trusting who is revoked.
#[tokio::test]
async fn a_revocation_takes_effect_even_where_our_own_certificate_is_listed() {
    let (c4, s4) = (issued::<C4>("ozone"), issued::<S4>("bank"));
    let acceptor = for_hub(ECO.trust());
    let guest = Guest::new(c4, BANK_OZONE_CONNECT, AT_SERVERS[0]);
    guest.is_let_in(&acceptor).await;
    acceptor.rotation().swap_trust(&listing(CrlSpec::current(now()).revoking(s4.serial))).unwrap();
    assert_eq!(guest.is_let_in(&acceptor).await, Full);
    let both = CrlSpec::current(now()).revoking(s4.serial).revoking(c4.serial);
    acceptor.rotation().swap_trust(&listing(both)).unwrap();
    assert_eq!(guest.visits(&acceptor).await.0, Err("certificate.revoked"));
    assert_eq!(
        acceptor.rotation().swap_credential(ECO.lfi("bank").unwrap().s4()).unwrap_err().code(),
        "certificate.revoked"
    );
}

#[tokio::test]
async fn connections_of_a_peer_that_is_no_longer_admitted_are_closed_and_others_are_not() {
    for swap in [Swap::Credential, Swap::Trust, Swap::Deployment, Swap::Revocation, Swap::Pin] {
        let code = swap.refusal();
        let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
        let closed = usize::from(code.is_some());
        let (here, there) = open(&acceptor, &connector, BANK_OZONE_CONNECT).await;
        closed_with(code, here, there, || assert_eq!(swap.at_acceptor(&acceptor), closed)).await;
        let connector = of_hub(ECO.trust());
        let (here, there) = open(&for_hub(ECO.trust()), &connector, BANK_OZONE_CONNECT).await;
        closed_with(code, there, here, || assert_eq!(swap.at_connector(&connector), closed)).await;
    }

    let acceptor = for_lfis(ECO.trust());
    let other = ECO.lfi("other-bank").unwrap();
    let of_other = Connector::with_settings(ECO.trust(), other.deployment(), other.c3(), &settings()).unwrap();
    let (of_bank, of_other) =
        (open(&acceptor, &of_lfi(ECO.trust()), RETAIL_CM).await, open(&acceptor, &of_other, OTHER_CM).await);
    let revoked = listing(CrlSpec::current(now()).revoking(issued::<C3>("bank").serial));
    closed_with(None, of_other.0, of_other.1, || {
        assert_eq!(acceptor.rotation().swap_trust(&revoked).unwrap(), 1);
    })
    .await;
    assert_eq!(cause(&{ of_bank.0 }.read(&mut [0]).await.unwrap_err()).unwrap().code(), "certificate.revoked");
}

/// Who was let in at one instance is not at another one since its host has become that one's, though both are of the same LFI.
#[tokio::test]
async fn connections_of_a_host_that_becomes_another_instances_are_closed() {
    let hub = ECO.hub();
    let exchanged = edited(hub.deployment_json(), |file| {
        let instances = &mut file["instances"];
        let hosts = ["retail", "sme"].map(|brand| instances[brand]["hosts"].take());
        instances["sme"]["hosts"] = hosts[0].clone();
        instances["retail"]["hosts"] = hosts[1].clone();
    });
    let mut spec = ECO.holding::<S3>("retail").unwrap().spec().clone();
    spec.dns_names.extend(ECO.holding::<S3>("sme").unwrap().spec().dns_names.clone());
    let issued = ECO.authority().issue(&spec).unwrap();
    let chain = CertificateChain::from_der(issued.chain()).unwrap();
    let served = ["retail", "sme"].map(|brand| {
        let expectation = hub.deployment().expect::<S3>(&id(brand)).unwrap();
        let certificate = ECO.trust().verify(&chain, &expectation, now()).unwrap();
        let key = SoftwareKey::from_pkcs8_der(issued.private_key().secret_der()).unwrap();
        (id(brand), Credential::new(certificate, key).unwrap())
    });
    let acceptor = Acceptor::<LfiToHub>::with_settings(ECO.trust(), hub.deployment(), served, &settings()).unwrap();
    let connector = of_lfi(ECO.trust());
    let (mut here, _there) = open(&acceptor, &connector, RETAIL_CM).await;
    assert_eq!(acceptor.rotation().swap_deployment(hub.deployment()).unwrap(), 0);
    here.write_all(b"word").await.unwrap();
    assert_eq!(acceptor.rotation().swap_deployment(&exchanged).unwrap(), 1);
    let error = here.write_all(b"word").await.unwrap_err();
    assert_eq!(cause(&error).unwrap().code(), "handshake.unknown-instance");
    open(&acceptor, &connector, RETAIL_CM).await;
}

/// Reads and writes of a stream, at the time and later, after something happened to it.
async fn closed_with(code: Option<&str>, stream: Stream<TcpStream>, mut peer: Stream<TcpStream>, event: impl FnOnce()) {
    let found = |error: std::io::Error| cause(&error).unwrap().refusal().unwrap().code();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let reading = tokio::spawn(async move {
        let outcome = reader.read_exact(&mut [0; 4]).await;
        (outcome, reader)
    });
    settle().await;
    assert!(!reading.is_finished(), "it waits for something to read");
    event();
    if code.is_none() {
        peer.write_all(b"word").await.unwrap();
    }
    let (outcome, mut reader) = timeout(Duration::from_secs(60), reading).await.expect("it is woken").unwrap();
    assert_eq!(outcome.err().map(found), code);
    for _ in 0..2 {
        assert_eq!(writer.write_all(b"more").await.err().map(found), code);
        assert_eq!(writer.flush().await.err().map(found), code);
    }
    writer.shutdown().await.unwrap();
    if code.is_some() {
        assert_eq!(reader.read(&mut [0]).await.err().map(found), code);
    }
}

#[tokio::test]
async fn exported_configurations_follow_and_never_resume() {
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    let (server, client) = (acceptor.rustls_config(), connector.rustls_config());
    assert!(!server.ticketer.enabled() && !server.session_storage.can_cache() && server.send_tls13_tickets == 0);
    let (server, client) = (TlsAcceptor::from(server), TlsConnector::from(client));

    for version in VERSIONS {
        let mut config = client_config(Some(issued::<C4>("ozone")), version);
        config.resumption = Resumption::in_memory_sessions(8);
        let guest = TlsConnector::from(Arc::new(config));
        let host = host_of_guests(issued::<S4>("bank"), (version, true));
        for _ in 0..2 {
            for (server, client) in [(&server, &guest), (&host, &client)] {
                assert_eq!(foreign(server, client).await, Ok(Full), "{version:?}");
            }
        }
    }

    Swap::Pin.at_acceptor(&acceptor);
    assert_eq!(foreign(&server, &client).await.unwrap_err(), "certificate.organisation");
    let server = TlsAcceptor::from(for_hub(ECO.trust()).rustls_config());
    foreign(&server, &client).await.unwrap();
    Swap::Pin.at_connector(&connector);
    assert_eq!(foreign(&server, &client).await.unwrap_err(), "certificate.organisation");
}

#[tokio::test]
async fn both_sides_and_their_exported_configurations_present_the_new_certificate_at_once() {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let (hub, bank) = (eco.hub(), eco.lfi("bank").unwrap());
    let acceptor = Acceptor::<HubToLfi>::with_settings(eco.trust(), bank.deployment(), bank.s4(), &settings()).unwrap();
    let connector = Connector::<HubToLfi>::with_settings(eco.trust(), hub.deployment(), hub.c4(), &settings()).unwrap();
    let (server, client) = (TlsAcceptor::from(acceptor.rustls_config()), TlsConnector::from(connector.rustls_config()));
    let old = hub.c4().kid().to_string();
    for rotated in [false, true] {
        if rotated {
            eco.rotate::<C4>("ozone").unwrap();
            eco.rotate::<S4>("bank").unwrap();
            connector.rotation().swap_credential(eco.hub().c4()).unwrap();
            acceptor.rotation().swap_credential(eco.lfi("bank").unwrap().s4()).unwrap();
        }
        let (c4, s4) = (eco.hub().c4().kid().to_string(), eco.lfi("bank").unwrap().s4().kid().to_string());
        assert_eq!(old == c4, !rotated);
        let (accepted, connected) = meet(
            async |io| acceptor.accept(io).await.unwrap(),
            async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap(),
        )
        .await;
        let kids = [accepted.peer().kid().to_string(), accepted.local_certificate().kid().to_string()];
        assert_eq!(kids, [c4.clone(), s4.clone()]);
        let kids = [connected.local_certificate().kid().to_string(), connected.peer().kid().to_string()];
        assert_eq!(kids, [c4.clone(), s4.clone()]);

        let (accepted, ()) = meet(
            async |io| acceptor.accept(io).await.unwrap(),
            async |io| client.connect(server_name(BANK_OZONE_CONNECT), io).await.map(drop).unwrap(),
        )
        .await;
        assert_eq!(accepted.peer().kid().to_string(), c4);
        let ((), connected) = meet(
            async |io| server.accept(io).await.map(drop).unwrap(),
            async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap(),
        )
        .await;
        assert_eq!(connected.peer().kid().to_string(), s4);
    }
}

/// A handshake between foreign hands: its kind, or why the side that refused did.
async fn foreign(server: &TlsAcceptor, client: &TlsConnector) -> Result<HandshakeKind, &'static str> {
    let code = |error: std::io::Error| cause(&error).map_or("", |cause| cause.code());
    let (accepted, connected) = meet(
        async |io| {
            let mut stream = server.accept(io).await?;
            stream.write_all(b"!").await?;
            stream.shutdown().await?;
            Ok(stream.get_ref().1.handshake_kind().unwrap())
        },
        async |io| {
            let mut stream = client.connect(server_name(BANK_OZONE_CONNECT), io).await?;
            stream.read_to_end(&mut Vec::new()).await.map(drop)
        },
    )
    .await;
    match (accepted, connected) {
        (Ok(kind), Ok(())) => Ok(kind),
        (accepted, connected) => {
            let codes = [accepted.err().map(code), connected.err().map(code)];
            Err(codes.into_iter().flatten().find(|code| code.starts_with("certificate.")).unwrap_or("?"))
        }
    }
}

/// Both ends of a new connection.
pub(crate) async fn open<P: AcceptingPath>(
    acceptor: &Acceptor<P>,
    connector: &Connector<P>,
    name: &str,
) -> (Stream<TcpStream>, Stream<TcpStream>) {
    meet(
        async |io| acceptor.accept(io).await.unwrap().into_parts().1,
        async |io| connector.connect(&host(name), io).await.unwrap().into_parts().1,
    )
    .await
}

/// The bank's deployment with another organisation for the Hub.
pub(crate) fn other_hub() -> Deployment {
    edited(ECO.lfi("bank").unwrap().deployment_json(), |file| file["ozone"]["organisation"] = ELSEWHERE.into())
}

/// The Hub's deployment with another organisation for the bank.
pub(crate) fn other_bank() -> Deployment {
    edited(ECO.hub().deployment_json(), |file| file["lfis"]["bank"]["organisation"] = ELSEWHERE.into())
}

/// The trust framework, with a list that has this certificate on it.
pub(crate) fn revoking(serial: u64) -> TrustFramework {
    listing(CrlSpec::current(now()).revoking(serial))
}

pub(crate) fn listing(list: CrlSpec) -> TrustFramework {
    crate::revoked::trust(&[list], hub_roles::RevocationPolicy::IfPresent)
}
