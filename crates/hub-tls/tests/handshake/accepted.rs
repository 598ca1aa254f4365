//! Both sides ours: the three paths at work.

use hub_roles::{C1, C3, C4, HubToLfi, LfiToHub, Path, PathId, S1, S3, S4, TppToHub, Transport};
use hub_tls::{
    Accepted, AcceptingPath, Acceptor, ConfigError, Connected, Connector, HandshakeError, Peer, Settings, Stream,
};
use rustls::AlertDescription;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::generous::{Client, calls, is_called};
use crate::world::*;

#[tokio::test]
async fn on_each_path_both_sides_know_each_other_and_talk() {
    talk(&for_tpps(ECO.trust()), &of_tpp(ECO.trust()), RETAIL_RS, |client: &Peer<C1>, server: &Peer<S1>| {
        assert_eq!(client.organisation(), ECO.tpp("acme").unwrap().organisation());
        assert_eq!(server.kid(), &issued::<S1>("retail").kid());
    })
    .await;
    talk(&for_lfis(ECO.trust()), &of_lfi(ECO.trust()), SME_CM, |client: &Peer<C3>, server: &Peer<S3>| {
        let application = ECO.lfi("bank").unwrap().c3_application().to_string();
        assert_eq!(client.subject().common_name(), Some(application.as_str()));
        assert_eq!(server.kid(), &issued::<S3>("sme").kid());
    })
    .await;
    talk(&for_hub(ECO.trust()), &of_hub(ECO.trust()), BANK_OZONE_CONNECT, |client: &Peer<C4>, server: &Peer<S4>| {
        assert_eq!(client.subject().country(), Some("UK"));
        assert_eq!(server.organisation(), ECO.lfi("bank").unwrap().organisation());
    })
    .await;
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken_on_both_sides() {
    for version in [&TLS13, &TLS12] {
        let tpp = Client { identity: Some(issued::<C1>("acme")), version, server_name: Some(RETAIL_AS) };
        assert_eq!(calls(tpp, &for_tpps(ECO.trust())).await, accepted(issued::<C1>("acme")));
        let outcome = is_called(issued::<S4>("bank"), version, &of_hub(ECO.trust()), BANK_OZONE_CONNECT).await;
        assert_eq!(outcome, accepted(issued::<S4>("bank")));
    }
}

#[tokio::test]
async fn an_application_protocol_is_negotiated_if_both_sides_ask() {
    let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
    let asking = |protocols: &[&str]| settings().with_alpn(protocols.iter().copied());
    let acceptor = |settings: &Settings| {
        Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), settings).unwrap()
    };
    let connector = |settings: &Settings| {
        Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), hub.c4(), settings).unwrap()
    };
    for (offered, served, expected) in [
        (&["h2", "http/1.1"][..], &["http/1.1", "h2"][..], Some("http/1.1")),
        (&["h2"], &["h2"], Some("h2")),
        (&["h2"], &[], None),
        (&[], &["h2"], None),
    ] {
        let (acceptor, connector) = (acceptor(&asking(served)), connector(&asking(offered)));
        let (accepted, connected) = meet(
            async |io| acceptor.accept(io).await.unwrap().into_parts().1,
            async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap().into_parts().1,
        )
        .await;
        for stream in [accepted, connected] {
            assert_eq!(stream.alpn(), expected.map(str::as_bytes), "{offered:?} to {served:?}");
        }
    }

    let (acceptor, connector) = (acceptor(&asking(&["http/1.1"])), connector(&asking(&["h2"])));
    let (accepted, connected) = meet(
        async |io| acceptor.accept(io).await.unwrap_err(),
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap_err(),
    )
    .await;
    assert_eq!(accepted.code(), "handshake.protocol", "{accepted}");
    assert!(connected.to_string().contains("no application protocol in common"), "{connected}");
}

/// Acceptor and connector are shared by tasks on many threads, and a refusal finds its own connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_connections_at_once() {
    let acceptor = for_lfis(ECO.trust());
    let calls: Vec<_> = (0..32)
        .map(|number| {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let (holder, expected) = match number % 2 {
                    0 => ("bank", accepted(issued::<C3>("bank"))),
                    _ => ("other-bank", refused("certificate.organisation", AlertDescription::CertificateUnknown)),
                };
                let client =
                    Client { identity: Some(issued::<C3>(holder)), version: &TLS13, server_name: Some(SME_CM) };
                assert_eq!(calls(client, &acceptor).await, expected);
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
}

#[test]
fn all_of_it_may_be_shared_and_moved_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    fn moved<T: Send + Sync + 'static>() {}
    fn future<T: Send>(_: impl FnOnce() -> T) {}
    fn of_path<P: AcceptingPath>() {
        shared::<Acceptor<P>>();
        shared::<Connector<P>>();
        shared::<Peer<P::Client>>();
        moved::<Accepted<P, TcpStream>>();
        moved::<Connected<P, TcpStream>>();
    }
    of_path::<TppToHub>();
    of_path::<LfiToHub>();
    of_path::<HubToLfi>();
    moved::<Stream<TcpStream>>();
    moved::<HandshakeError>();
    moved::<ConfigError>();
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    let name = host(BANK_OZONE_CONNECT);
    future(|| acceptor.accept(tokio::io::empty()));
    future(|| connector.connect(&name, tokio::io::empty()));
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_named_as_the_fault() {
    let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
    let connector =
        Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), unplugged(hub.c4()), &settings()).unwrap();
    let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings()).unwrap();
    let (_, connected) = meet(
        async |io| acceptor.accept(io).await.map(drop),
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.map(drop),
    )
    .await;
    let error = connected.unwrap_err();
    assert_eq!(error.code(), "handshake.own-key");
    assert!(error.to_string().contains("our own C4 key failed to sign"), "{error}");
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    let (accepted, connected) = meet(
        async |io| acceptor.accept(io).await.unwrap(),
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap(),
    )
    .await;
    let kid = issued::<C4>("ozone").kid();
    assert_eq!(format!("{connector:?}"), format!("Connector(API Hub to LFI, kid {kid})"));
    for shown in [format!("{accepted:?}"), format!("{connected:?}"), format!("{acceptor:?}")] {
        assert!(shown.len() < 1000 && !shown.contains("PRIVATE") && !shown.contains("[48, 130"), "{shown}");
    }
}

/// A connection of one path, each side's peer, and a word in both directions.
async fn talk<P, C, S>(
    acceptor: &Acceptor<P>,
    connector: &Connector<P>,
    name: &str,
    check: impl FnOnce(&Peer<C>, &Peer<S>),
) where
    P: AcceptingPath + Path<Client = C, Server = S>,
    C: Transport,
    S: Transport,
{
    let (accepted, connected) = meet(
        async |io| acceptor.accept(io).await.unwrap(),
        async |io| connector.connect(&host(name), io).await.unwrap(),
    )
    .await;
    assert_eq!(accepted.peer().certificate(), connected.local_certificate());
    assert_eq!(connected.peer().certificate(), accepted.local_certificate());
    assert_eq!(PathId::of_transport(C::ID), Some(P::ID));
    check(accepted.peer(), connected.peer());

    let (_, mut here) = accepted.into_parts();
    let (_, mut there) = connected.into_parts();
    let (mut question, mut answer) = ([0; 8], Vec::new());
    there.write_all(b"question").await.unwrap();
    here.read_exact(&mut question).await.unwrap();
    here.write_all(b"answer").await.unwrap();
    here.shutdown().await.unwrap();
    there.read_to_end(&mut answer).await.unwrap();
    assert_eq!((&question, answer.as_slice()), (b"question", b"answer".as_slice()));
}
