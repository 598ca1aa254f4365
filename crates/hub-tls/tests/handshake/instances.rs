//! Instances that an acceptor begins and ceases to serve while it runs.

use std::sync::Arc;

use hub_roles::{C1, InstanceId, PathId, TppToHub};
use hub_tls::{Acceptor, cause};
use rustls::AlertDescription::{AccessDenied, HandshakeFailure, UnrecognisedName};
use rustls::HandshakeKind::{Full, Resumed};
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{ClientConnection, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::by_hand::{RECORD, by_hand};
use crate::generous::{Client, alert_in, calls, client_config};
use crate::log::Log;
use crate::resumption::{AT_SERVERS, Guest};
use crate::rotation::open;
use crate::world::*;

#[tokio::test]
async fn a_removed_instance_is_refused_and_the_others_notice_nothing() {
    let (acceptor, hub, acme) = (for_tpps(ECO.trust()), ECO.hub(), issued::<C1>("acme"));
    let rotation = acceptor.rotation();
    for way in AT_SERVERS {
        let [retail, other] = [RETAIL_AS, OTHER_AS].map(|host| Guest::new(acme, host, way));
        for kind in [Full, Resumed] {
            assert_eq!([retail.is_let_in(&acceptor).await, other.is_let_in(&acceptor).await], [kind; 2], "{way:?}");
        }
        assert_eq!(rotation.remove_instance(&id("retail")).unwrap(), 0);
        for host in [RETAIL_AS, RETAIL_RS] {
            let client = Client { identity: Some(acme), version: way.0, server_name: Some(host) };
            assert_eq!(calls(client, &acceptor).await, refused("handshake.unknown-instance", UnrecognisedName));
        }
        assert_eq!(other.is_let_in(&acceptor).await, Resumed, "{way:?}");

        rotation.swap_credential(id("retail"), hub.s1("retail").unwrap()).unwrap();
        assert_eq!(retail.is_let_in(&acceptor).await, Full, "no session outlives its instance: {way:?}");
        assert_eq!(other.is_let_in(&acceptor).await, Resumed, "{way:?}");
    }
}

#[tokio::test]
async fn the_connections_of_a_removed_instance_are_closed() {
    let (acceptor, connector) = (for_tpps(ECO.trust()), of_tpp(ECO.trust()));
    let (mut retail, mut at_retail) = open(&acceptor, &connector, RETAIL_AS).await;
    let (mut other, mut at_other) = open(&acceptor, &connector, OTHER_AS).await;
    assert_eq!(acceptor.rotation().remove_instance(&id("retail")).unwrap(), 1);
    let error = retail.write_all(b"word").await.unwrap_err();
    assert_eq!(cause(&error).unwrap().code(), "handshake.unknown-instance");
    drop(retail);
    at_retail.read_to_end(&mut Vec::new()).await.unwrap_err();

    other.write_all(b"word").await.unwrap();
    at_other.read_exact(&mut [0; 4]).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_removed_stays() {
    let acceptor = for_tpps(ECO.trust());
    let rotation = acceptor.rotation();
    assert_eq!(rotation.remove_instance(&id("nowhere")).unwrap_err().code(), "config.not-served");
    for instance in ["sme", "other"] {
        rotation.remove_instance(&id(instance)).unwrap();
        assert_eq!(rotation.remove_instance(&id(instance)).unwrap_err().code(), "config.not-served");
    }
    assert_eq!(rotation.remove_instance(&id("retail")).unwrap_err().code(), "config.last-instance");
    open(&acceptor, &of_tpp(ECO.trust()), RETAIL_AS).await;
}

/// A deployment without an instance is taken once that is not served any more.
#[tokio::test]
async fn the_deployment_may_let_go_of_a_removed_instance() {
    let acceptor = for_tpps(ECO.trust());
    let rotation = acceptor.rotation();
    let without_retail = edited(ECO.hub().deployment_json(), |file| {
        file["instances"].as_object_mut().unwrap().remove("retail").unwrap();
    });
    assert_eq!(rotation.swap_deployment(&without_retail).unwrap_err().code(), "deployment.missing-part");
    rotation.remove_instance(&id("retail")).unwrap();
    assert_eq!(rotation.swap_deployment(&without_retail).unwrap(), 0);
    open(&acceptor, &of_tpp(ECO.trust()), OTHER_AS).await;
}

#[tokio::test]
async fn an_exported_configuration_refuses_everybody_while_its_instance_is_removed() {
    let (acceptor, hub) = (for_tpps(ECO.trust()), ECO.hub());
    let server = TlsAcceptor::from(acceptor.rustls_config(&id("retail")).unwrap());
    let retail = || hub.s1("retail").unwrap();
    for version in VERSIONS {
        for (served, expected) in [(true, None), (false, Some(AccessDenied)), (true, None)] {
            match served {
                true => acceptor.rotation().swap_credential(id("retail"), retail()).unwrap(),
                false => assert_eq!(acceptor.rotation().remove_instance(&id("retail")).unwrap(), 0),
            }
            let client = TlsConnector::from(Arc::new(client_config(Some(issued::<C1>("acme")), version)));
            let (accepted, alert) = meet(
                async |io| server.accept(io).await.map(drop),
                async |io| client.connect(server_name(RETAIL_AS), io).await.err().and_then(|error| alert_in(&error)),
            )
            .await;
            assert_eq!((accepted.is_ok(), alert), (served, expected), "{version:?}");
        }
    }
    acceptor.rotation().remove_instance(&id("retail")).unwrap();
    assert!(acceptor.rustls_config(&id("retail")).is_none());
}

#[tokio::test]
async fn a_handshake_that_is_under_way_at_an_instance_that_goes_is_not_handed_out() {
    for version in VERSIONS {
        for (instance, expected) in [("other", None), ("retail", Some("handshake.unknown-instance"))] {
            let acceptor = for_tpps(ECO.trust());
            let mut config = client_config(Some(issued::<C1>("acme")), version);
            config.max_fragment_size = Some(RECORD);
            let client = ClientConnection::new(Arc::new(config), server_name(RETAIL_AS)).unwrap();
            let (here, there) = duplex(1 << 16);
            let accepting = {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { acceptor.accept(here).await })
            };
            by_hand(client.into(), there, 2, || {
                assert_eq!(acceptor.rotation().remove_instance(&id(instance)).unwrap(), 0);
            })
            .await;
            let accepted = accepting.await.unwrap();
            assert_eq!(accepted.err().map(|error| error.code()), expected, "{version:?}");
        }
    }
}

/// With an exported configuration, between the server's words and the client's certificate: the error names path, role and rule. Where
/// there is no instance from the beginning, the log does.
#[tokio::test]
async fn foreign_code_learns_why_when_its_instance_goes() {
    let acceptor = for_tpps(ECO.trust());
    let server = TlsAcceptor::from(acceptor.rustls_config(&id("retail")).unwrap());
    for version in VERSIONS {
        for (goes, expected) in [("other", None), ("retail", Some(("handshake.instance-removed", HandshakeFailure)))] {
            let mut config = client_config(Some(issued::<C1>("acme")), version);
            let (presents, acceptor) = (config.client_auth_cert_resolver.clone(), acceptor.clone());
            config.client_auth_cert_resolver = Arc::new(Removing { presents, acceptor, goes: id(goes) });
            let client = TlsConnector::from(Arc::new(config));
            let (accepted, alert) = meet(
                async |io| server.accept(io).await.map(drop),
                async |io| match client.connect(server_name(RETAIL_AS), io).await {
                    Ok(mut stream) => stream.read_u8().await.err().and_then(|error| alert_in(&error)),
                    Err(error) => alert_in(&error),
                },
            )
            .await;
            let error = accepted.err();
            let found = error.as_ref().map(|error| cause(error).unwrap());
            assert_eq!(found.as_ref().map(|cause| cause.code()).zip(alert), expected, "{version:?}");
            if let Some(found) = found {
                let refused = found.handshake().unwrap();
                assert_eq!(refused.path(), Some(PathId::TppToHub));
                assert!(["retail", "C1"].iter().all(|word| refused.to_string().contains(word)), "{refused}");
            }
        }
        let (log, _kept) = Log::of_this_thread();
        let client = TlsConnector::from(Arc::new(client_config(Some(issued::<C1>("acme")), version)));
        let connect = async |io| client.connect(server_name(RETAIL_AS), io).await.map(drop);
        let (accepted, _) = meet(async |io| server.accept(io).await.map(drop), connect).await;
        assert!(cause(&accepted.unwrap_err()).is_none());
        let entries = log.take();
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        let told = ["path", "role", "code"].map(|name| entry.field(name).unwrap());
        assert_eq!(told, ["TPP to API Hub", "C1", "handshake.unknown-instance"]);
        for instance in ["other", "retail"] {
            let s1 = ECO.hub().s1(instance).unwrap();
            acceptor.rotation().swap_credential(id(instance), s1).unwrap();
        }
    }
}

/// A client's certificate, at whose presentation an instance is removed.
#[derive(Debug)]
struct Removing {
    presents: Arc<dyn ResolvesClientCert>,
    acceptor: Acceptor<TppToHub>,
    goes: InstanceId,
}

impl ResolvesClientCert for Removing {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.acceptor.rotation().remove_instance(&self.goes).unwrap();
        self.presents.resolve(issuers, schemes)
    }

    fn has_certs(&self) -> bool {
        true
    }
}
