//! Instances that an acceptor begins and ceases to serve while it runs.

use std::sync::Arc;

use hub_roles::C1;
use hub_tls::cause;
use rustls::AlertDescription::{AccessDenied, UnrecognisedName};
use rustls::ClientConnection;
use rustls::HandshakeKind::{Full, Resumed};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::by_hand::{RECORD, by_hand};
use crate::generous::{Client, alert_in, calls, client_config};
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
