//! The server name chooses the instance.

use hub_roles::{C1, C3, C4};
use hub_tls::HandshakeError;
use rustls::AlertDescription as Alert;

use crate::generous::{Client, calls};
use crate::world::*;

#[tokio::test]
async fn a_client_must_name_a_host_that_is_served() {
    let acceptor = for_tpps(ECO.trust());
    for version in VERSIONS {
        let client = |server_name| Client { identity: Some(issued::<C1>("acme")), version, server_name };
        for served in [RETAIL_AS, RETAIL_RS, OTHER_AS, "AS1.Retail.preprod.APIHUB.openfinance.ae"] {
            assert_eq!(calls(client(Some(served)), &acceptor).await, accepted(issued::<C1>("acme")), "{served}");
        }
        // Close by, of another path, and of nobody.
        for unknown in
            ["as2.retail.preprod.apihub.openfinance.ae", "preprod.apihub.openfinance.ae", RETAIL_CM, "localhost"]
        {
            let expected = refused("handshake.unknown-instance", Alert::UnrecognisedName);
            assert_eq!(calls(client(Some(unknown)), &acceptor).await, expected, "{unknown}, {version:?}");
        }
        // Names are never IP addresses (RFC 6066 section 3): a client that connects to one sends none.
        for absent in [None, Some("127.0.0.1")] {
            let expected = refused("handshake.no-server-name", Alert::MissingExtension);
            assert_eq!(calls(client(absent), &acceptor).await, expected, "{absent:?}, {version:?}");
        }
    }
}

#[tokio::test]
async fn ozone_connect_needs_no_server_name() {
    let acceptor = for_hub(ECO.trust());
    for version in VERSIONS {
        for server_name in [None, Some("127.0.0.1"), Some("any.example"), Some(BANK_OZONE_CONNECT)] {
            let client = Client { identity: Some(issued::<C4>("ozone")), version, server_name };
            assert_eq!(calls(client, &acceptor).await, accepted(issued::<C4>("ozone")), "{server_name:?}");
        }
    }
}

#[tokio::test]
async fn the_error_names_path_and_host() {
    let acceptor = for_lfis(ECO.trust());
    let connector = of_tpp(ECO.trust());
    let (accepted, connected) = meet(
        async |io| acceptor.accept(io).await.map(drop),
        async |io| connector.connect(&host(RETAIL_AS), io).await.map(drop),
    )
    .await;
    let here = accepted.unwrap_err();
    let HandshakeError::UnknownInstance { server_name, .. } = &here else { panic!("{here}") };
    assert_eq!(server_name, RETAIL_AS);
    assert!(here.to_string().starts_with("LFI to API Hub: "), "{here}");
    let there = connected.unwrap_err();
    assert!(
        there.to_string().contains("in which we are C1: alert UnrecognisedName (112): the peer serves no"),
        "{there}"
    );
}

/// One client, two brands of one bank behind one listener: the instance is the one asked for.
#[tokio::test]
async fn an_accepted_connection_knows_its_instance() {
    let acceptor = for_lfis(ECO.trust());
    let connector = of_lfi(ECO.trust());
    for (name, instance) in [(RETAIL_HH, "retail"), (RETAIL_CM, "retail"), (SME_CM, "sme")] {
        let (accepted, connected) = meet(
            async |io| acceptor.accept(io).await.unwrap(),
            async |io| connector.connect(&host(name), io).await.unwrap(),
        )
        .await;
        assert_eq!(accepted.instance(), &id(instance));
        assert_eq!(accepted.peer().certificate(), ECO.lfi("bank").unwrap().c3().certificate());
        assert_eq!(accepted.peer().kid(), &issued::<C3>("bank").kid());
        assert_eq!(accepted.local_certificate(), ECO.hub().s3(instance).unwrap().certificate());
        assert_eq!(connected.peer().certificate(), accepted.local_certificate());
    }
}
