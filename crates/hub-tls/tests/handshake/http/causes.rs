//! Either side refuses the other: what the client's error tells, by version of HTTP and of TLS.

use hub_roles::{HubToLfi, PathId, RoleId, S1};
use hub_tls::{Acceptor, HandshakeError, cause};
use rustls::{AlertDescription as Alert, CertificateError};

use super::server::{HELLO, HTTP, Nothing, client, https, serve, serve_strange, uri};
use crate::generous::{judging_server, server_config};
use crate::world::*;

/// In TLS 1.2 within the handshake, in TLS 1.3 after it; in HTTP/2 only the connection can tell.
#[tokio::test]
async fn a_server_that_refuses_us_is_heard_in_every_version() {
    for version in VERSIONS {
        for protocol in HTTP {
            for (refusing, alert, hint) in [
                (Some(CertificateError::Expired), Alert::CertificateExpired, "not valid at the peer's time"),
                (Some(CertificateError::ApplicationVerificationFailure), Alert::AccessDenied, "for a C1"),
                (None, Alert::CloseNotify, ""),
            ] {
                let mut config = judging_server(issued::<S1>("retail"), version, refusing.clone());
                config.alpn_protocols = vec![protocol.into()];
                let server = serve_strange(config).await;
                let outcome = client(&of_tpp(ECO.trust()), &server).get(uri(RETAIL_AS, HELLO)).await;
                let case = format!("{version:?}, {protocol}, {refusing:?}: {outcome:?}");
                let Some(_) = refusing else {
                    outcome.unwrap();
                    continue;
                };
                let error = outcome.unwrap_err();
                let found = cause(&error).expect(&case);
                assert_eq!((found.code(), found.alert()), ("handshake.peer-refused-us", Some(alert)), "{case}");
                let Some(HandshakeError::PeerRefusedUs { path: PathId::TppToHub, role: RoleId::C1, .. }) =
                    found.handshake()
                else {
                    panic!("{case}")
                };
                assert!(found.to_string().contains(hint), "{case}");
            }
        }
    }
}

/// Both sides ours: the LFI pins another organisation for the Hub.
#[tokio::test]
async fn a_client_that_an_acceptor_refuses_hears_its_alert() {
    let bank = ECO.lfi("bank").unwrap();
    let outdated = edited(bank.deployment_json(), |file| {
        file["ozone"]["organisation"] = "0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c0aa".into();
    });
    for protocol in HTTP {
        let settings = settings().with_alpn([protocol]);
        let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), &outdated, bank.s4(), &settings).unwrap();
        let mut server = serve(acceptor.clone()).await;
        let client = client(&of_hub(ECO.trust()), &server);
        let error = client.get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap_err();
        assert_eq!(server.refusal().await, ("certificate.organisation", None), "{protocol}");
        let found = cause(&error).unwrap();
        assert_eq!(found.alert(), Some(Alert::CertificateUnknown), "{protocol}");
        assert!(found.to_string().contains("the LFI pins the organisation of C4"), "{found}");

        acceptor.rotation().swap_deployment(bank.deployment()).unwrap();
        client.get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_we_refuse_is_named_by_role_path_and_rule() {
    for version in VERSIONS {
        for protocol in HTTP {
            for (presented, refused) in [("retail", false), ("other", true)] {
                let mut config = server_config(issued::<S1>(presented), version);
                config.alpn_protocols = vec![protocol.into()];
                let mut server = serve_strange(config).await;
                let outcome = client(&of_tpp(ECO.trust()), &server).get(uri(RETAIL_AS, HELLO)).await;
                if !refused {
                    outcome.unwrap();
                    continue;
                }
                let error = outcome.unwrap_err();
                let found = cause(&error).unwrap();
                let refusal = found.refusal().unwrap();
                let told = (refusal.role(), refusal.path(), refusal.code());
                assert_eq!(
                    told,
                    (RoleId::S1, Some(PathId::TppToHub), "certificate.host-name"),
                    "{version:?}, {protocol}"
                );
                assert_eq!(refusal.kid(), Some(&issued::<S1>("other").kid()));
                assert_eq!(server.refusal().await, ("handshake.peer-refused-us", Some(Alert::BadCertificate)));
            }
        }
    }
}

/// Many at once: whichever of request and connection is first to learn of it, the error tells.
#[tokio::test]
async fn no_refusal_is_lost_between_a_request_and_its_connection() {
    for protocol in HTTP {
        let mut config = judging_server(issued::<S1>("retail"), VERSIONS[0], Some(CertificateError::Expired));
        config.alpn_protocols = vec![protocol.into()];
        let server = serve_strange(config).await;
        let https = https(&of_tpp(ECO.trust()), &server);
        let request = || tokio::spawn(https.clone().client::<Nothing>().get(uri(RETAIL_AS, HELLO)));
        let requests: Vec<_> = (0..64).map(|_| request()).collect();
        for request in requests {
            let error = request.await.unwrap().unwrap_err();
            let found = cause(&error).map(|found| found.code());
            assert_eq!(found, Some("handshake.peer-refused-us"), "{protocol}: {error:?}");
        }
    }
}
