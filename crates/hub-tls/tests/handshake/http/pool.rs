//! Connections that a client keeps, and what a rotation of its connector makes of them.

use hub_roles::{C4, HubToLfi, S4, TrustFramework};
use hub_testkit::CrlSpec;
use hub_tls::{Acceptor, Connector, Ending, Peer, cause};

use super::server::{ENDLESS, HELLO, HTTP, NEVER, Server, client, read, serve, uri};
use crate::world::*;

async fn bank(protocol: &str) -> Server {
    let bank = ECO.lfi("bank").unwrap();
    let settings = settings().with_alpn([protocol]);
    serve(Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap()).await
}

/// What is trusted, except these.
fn revoking(number: u64, serials: &[u64]) -> TrustFramework {
    let list = serials.iter().fold(CrlSpec::current(now()), |list, serial| list.revoking(*serial));
    let list = ECO.authority().crl(&list.with_number(number)).unwrap();
    ECO.trust().with_revocation_lists(&[list.der()], now()).unwrap()
}

fn revoke_bank(connector: &Connector<HubToLfi>) -> usize {
    connector.rotation().swap_trust(&revoking(2, &[issued::<S4>("bank").serial])).unwrap()
}

#[tokio::test]
async fn a_connection_is_used_again_until_its_server_is_revoked() {
    for protocol in HTTP {
        let server = bank(protocol).await;
        let connector = of_hub(ECO.trust());
        let client = client(&connector, &server);
        let hello = || client.get(uri(BANK_OZONE_CONNECT, HELLO));
        hello().await.unwrap();
        // The same trust, our own certificate again, a list with somebody else on it: nothing changes for the bank.
        assert_eq!(connector.rotation().swap_trust(ECO.trust()).unwrap(), 0);
        connector.rotation().swap_credential(ECO.hub().c4()).unwrap();
        hello().await.unwrap();
        let other = revoking(1, &[issued::<S4>("other-bank").serial]);
        assert_eq!(connector.rotation().swap_trust(&other).unwrap(), 0);
        hello().await.unwrap();
        assert_eq!(server.connections(), 1, "{protocol}");

        assert_eq!(revoke_bank(&connector), 1, "{protocol}");
        for _ in 0..3 {
            let error = hello().await.unwrap_err();
            let found = cause(&error).unwrap();
            assert_eq!(found.refusal().unwrap().code(), "certificate.revoked", "{protocol}: {error:?}");
        }
        assert_eq!(server.connections(), 1, "{protocol}");
    }
}

#[tokio::test]
async fn a_request_under_way_ends_with_the_refusal_of_its_server() {
    for protocol in HTTP {
        let server = bank(protocol).await;
        let connector = of_hub(ECO.trust());
        let client = client(&connector, &server);
        let waiting = tokio::spawn(client.get(uri(BANK_OZONE_CONNECT, NEVER)));
        while server.connections() == 0 {
            tokio::task::yield_now().await;
        }
        settle().await;
        assert_eq!(revoke_bank(&connector), 1, "{protocol}");
        let error = waiting.await.unwrap().unwrap_err();
        let found = cause(&error).unwrap();
        assert_eq!(found.refusal().unwrap().code(), "certificate.revoked", "{protocol}: {error:?}");
    }
}

/// In HTTP/1.1 the error of a body has it; in HTTP/2 the connection does.
#[tokio::test]
async fn a_body_under_way_ends_and_the_connection_tells_why() {
    for protocol in HTTP {
        let server = bank(protocol).await;
        let connector = of_hub(ECO.trust());
        let response = client(&connector, &server).get(uri(BANK_OZONE_CONNECT, ENDLESS)).await.unwrap();
        let ending = response.extensions().get::<Ending>().unwrap().clone();
        assert!(ending.reason().is_none() && Peer::<S4>::of(response.extensions()).is_some());
        assert_eq!(revoke_bank(&connector), 1, "{protocol}");
        let error = read(response.into_body()).await.unwrap_err();
        let reason = ending.reason().unwrap();
        assert_eq!(reason.code(), "certificate.revoked", "{protocol}");
        assert_eq!(cause(&error).is_some(), protocol == "http/1.1", "{protocol}: {error:?}");
    }
}

/// The other way round: the server's acceptor closes it, and the client makes another connection.
#[tokio::test]
async fn a_connection_that_the_server_closes_is_replaced() {
    let bank = ECO.lfi("bank").unwrap();
    for protocol in HTTP {
        let settings = settings().with_alpn([protocol]);
        let acceptor =
            Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap();
        let mut server = serve(acceptor.clone()).await;
        let client = client(&of_hub(ECO.trust()), &server);
        let hello = || client.get(uri(BANK_OZONE_CONNECT, HELLO));
        hello().await.unwrap();
        let revoked = revoking(1, &[issued::<C4>("ozone").serial]);
        assert_eq!(acceptor.rotation().swap_trust(&revoked).unwrap(), 1, "{protocol}");
        // A request that meets the connection as it closes may be lost with it, without a word; the next makes another.
        let found = loop {
            let error = hello().await.unwrap_err();
            if let Some(found) = cause(&error) {
                break found.code();
            }
        };
        assert_eq!(found, "handshake.peer-refused-us", "{protocol}");
        assert_eq!(server.refusal().await.0, "certificate.revoked");
        assert_eq!(server.connections(), 1, "{protocol}");

        // And is let in again, should the list have been wrong.
        acceptor.rotation().swap_trust(&revoking(2, &[])).unwrap();
        hello().await.unwrap();
        assert_eq!(server.connections(), 2, "{protocol}");
    }
}
