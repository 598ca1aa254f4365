//! Foreign code with an exported configuration: the same verdicts, found in its errors.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use hub_roles::{C1, C3, C4, HubToLfi, LfiToHub, RoleId, S1, S3, S4};
use hub_tls::{Acceptor, Cause, Connector, cause};
use rustls::version::TLS13;
use rustls::{AlertDescription as Alert, CertificateError, OtherError};
use rustls_pki_types::ServerName;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::generous::{alert_in, client_config, server_config};
use crate::world::*;

#[tokio::test]
async fn an_exported_server_configuration_serves_its_instance_with_the_same_verdicts() {
    let acceptor = for_lfis(ECO.trust());
    assert!(acceptor.rustls_config(&id("nobody")).is_none());
    let foreign = TlsAcceptor::from(acceptor.rustls_config(&id("retail")).unwrap());
    let call = async |identity, host| {
        let client = TlsConnector::from(Arc::new(client_config(Some(identity), &TLS13)));
        let (outcome, _) = meet(
            async |io| foreign.accept(io).await.map(drop),
            async |io| client.connect(server_name(host), io).await.map(drop),
        )
        .await;
        outcome
    };
    call(issued::<C3>("bank"), RETAIL_CM).await.unwrap();
    call(issued::<C3>("bank"), RETAIL_HH).await.unwrap();

    let error = call(issued::<C3>("other-bank"), RETAIL_CM).await.unwrap_err();
    let found = cause(&error).unwrap();
    let refusal = found.refusal().unwrap();
    assert_eq!((refusal.role(), refusal.code()), (RoleId::C3, "certificate.organisation"));

    let error = call(issued::<S4>("bank"), RETAIL_CM).await.unwrap_err();
    let found = cause(&error).unwrap();
    assert!(matches!(found, Cause::Certificate(_)), "{found:?}");
    assert_eq!(found.code(), "certificate.extended-key-usage");
}

/// rustls has one alert for all of these, and foreign code no typed error: it is not a certificate that is refused.
#[tokio::test]
async fn an_exported_server_configuration_serves_no_other_instance_and_nobody_without_a_server_name() {
    let foreign = TlsAcceptor::from(for_lfis(ECO.trust()).rustls_config(&id("retail")).unwrap());
    for version in VERSIONS {
        for (host, alert) in [
            (Some(RETAIL_CM), None),
            (Some(SME_CM), Some(Alert::AccessDenied)),
            (Some(OTHER_CM), Some(Alert::AccessDenied)),
            (Some("localhost"), Some(Alert::AccessDenied)),
            (None, Some(Alert::AccessDenied)),
        ] {
            let mut config = client_config(Some(issued::<C3>("bank")), version);
            config.enable_sni = host.is_some();
            let client = TlsConnector::from(Arc::new(config));
            let (accepted, connected) = meet(
                async |io| foreign.accept(io).await.map(drop),
                async |io| client.connect(server_name(host.unwrap_or(RETAIL_CM)), io).await.map(drop),
            )
            .await;
            assert_eq!(accepted.is_err(), alert.is_some(), "{host:?}, {version:?}");
            assert_eq!(connected.err().and_then(|error| alert_in(&error)), alert, "{host:?}, {version:?}");
        }
    }
}

#[tokio::test]
async fn foreign_code_learns_that_no_certificate_was_presented_and_that_our_own_key_failed() {
    let server = TlsAcceptor::from(for_hub(ECO.trust()).rustls_config());
    for version in VERSIONS {
        let client = TlsConnector::from(Arc::new(client_config(None, version)));
        let (accepted, _) = meet(
            async |io| server.accept(io).await.map(drop),
            async |io| client.connect(server_name(BANK_OZONE_CONNECT), io).await.map(drop),
        )
        .await;
        let error = accepted.unwrap_err();
        let found = cause(&error).unwrap();
        assert!(matches!(found, Cause::NotPresented), "{found:?}, {version:?}");
        assert_eq!(found.code(), "certificate.not-presented");
        assert_eq!(found.to_string(), "the peer presented no certificate");
    }

    let hub = ECO.hub();
    let connector =
        Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), unplugged(hub.c4()), &settings()).unwrap();
    let client = TlsConnector::from(connector.rustls_config());
    let (_, connected) = meet(
        async |io| server.accept(io).await.map(drop),
        async |io| client.connect(server_name(BANK_OZONE_CONNECT), io).await.map(drop),
    )
    .await;
    let error = connected.unwrap_err();
    let found = cause(&error).unwrap();
    assert!(matches!(found, Cause::OwnKey(_)), "{found:?}");
    assert_eq!(found.code(), "handshake.own-key");
}

#[tokio::test]
async fn an_exported_client_configuration_reaches_the_same_hosts_with_the_same_verdicts() {
    let foreign = TlsConnector::from(of_tpp(ECO.trust()).rustls_config());
    let call = async |identity, name: ServerName<'static>| {
        let server = TlsAcceptor::from(Arc::new(server_config(identity, &TLS13)));
        meet(async |io| server.accept(io).await.map(drop), async |io| foreign.connect(name, io).await.map(drop)).await
    };
    call(issued::<S1>("retail"), server_name(RETAIL_AS)).await.1.unwrap();

    let (server, client) = call(issued::<S1>("other"), server_name(RETAIL_AS)).await;
    assert_eq!(cause(&client.unwrap_err()).unwrap().code(), "certificate.host-name");
    assert_eq!(alert_in(&server.unwrap_err()), Some(Alert::BadCertificate));

    // Hosts that the deployment does not name for this path, and addresses.
    for unknown in [RETAIL_CM, "localhost", "127.0.0.1", "::1"] {
        let (server, client) = call(issued::<S3>("retail"), server_name(unknown)).await;
        let error = client.unwrap_err();
        let found = cause(&error).unwrap();
        assert_eq!(found.code(), "handshake.unknown-host", "{unknown}");
        assert!(found.to_string().contains(unknown), "{found}");
        assert_eq!(alert_in(&server.unwrap_err()), Some(Alert::CertificateUnknown));
    }
}

#[tokio::test]
async fn foreign_code_on_both_sides_works_on_each_path() {
    let pairs = [
        (for_tpps(ECO.trust()).rustls_config(&id("retail")).unwrap(), of_tpp(ECO.trust()).rustls_config(), RETAIL_AS),
        (for_lfis(ECO.trust()).rustls_config(&id("sme")).unwrap(), of_lfi(ECO.trust()).rustls_config(), SME_CM),
        (for_hub(ECO.trust()).rustls_config(), of_hub(ECO.trust()).rustls_config(), BANK_OZONE_CONNECT),
    ];
    for (server, client, host) in pairs {
        let (server, client) = (TlsAcceptor::from(server), TlsConnector::from(client));
        let (accepted, connected) = meet(
            async |io| server.accept(io).await.unwrap(),
            async |io| client.connect(server_name(host), io).await.unwrap(),
        )
        .await;
        assert!(accepted.get_ref().1.peer_certificates().is_some(), "{host}");
        assert!(connected.get_ref().1.peer_certificates().is_some(), "{host}");
    }
}

/// What foreign code does on this thread is not taken for what a handshake of ours did.
#[tokio::test]
async fn refusals_of_handshakes_at_once_are_not_mixed_up() {
    let served = [(id("retail"), ECO.hub().s3("retail").unwrap())];
    let deployment = ECO.hub().deployment();
    let acceptor = Acceptor::<LfiToHub>::with_settings(ECO.trust(), deployment, served, &settings()).unwrap();
    let one = async |identity: Option<_>, expected: Result<(), &'static str>| {
        let config = Arc::new(client_config(identity, &TLS13));
        let (outcome, _) = meet(
            async |io| acceptor.accept(io).await.map(drop).map_err(|error| error.code()),
            async |io| TlsConnector::from(config).connect(server_name(RETAIL_CM), io).await.map(drop),
        )
        .await;
        assert_eq!(outcome, expected);
    };
    for _ in 0..4 {
        tokio::join!(
            one(Some(issued::<C3>("bank")), Ok(())),
            one(Some(issued::<C3>("other-bank")), Err("certificate.organisation")),
            one(Some(issued::<S4>("bank")), Err("certificate.extended-key-usage")),
            one(None, Err("certificate.not-presented")),
            one(Some(issued::<C1>("acme")), Err("certificate.organisation")),
            one(Some(issued::<C4>("ozone")), Err("certificate.organisation")),
        );
    }
}

#[test]
fn a_cause_is_found_below_the_errors_of_others_and_nowhere_else() {
    #[derive(Debug)]
    struct OfAnHttpClient(io::Error);
    impl fmt::Display for OfAnHttpClient {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("error sending request")
        }
    }
    impl Error for OfAnHttpClient {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let alert = rustls::Error::AlertReceived(Alert::UnknownCA);
    let wrapped = OfAnHttpClient(io::Error::other(io::Error::other(alert.clone())));
    let found = cause(&wrapped).unwrap();
    assert_eq!((found.alert(), found.code()), (Some(Alert::UnknownCA), "handshake.peer-refused-us"));
    assert_eq!(cause(&alert).unwrap().alert(), Some(Alert::UnknownCA));

    assert!(cause(&OfAnHttpClient(io::Error::other("something else"))).is_none());
    assert!(cause(&io::Error::from(io::ErrorKind::ConnectionReset)).is_none());
    assert!(cause(&rustls::Error::DecryptError).is_none());

    // What an operating system's verifier says is its own, and still a certificate refused.
    let of_system = OtherError(Arc::new(io::Error::other("not trusted")));
    let of_system = rustls::Error::InvalidCertificate(CertificateError::Other(of_system));
    let found = cause(&of_system).unwrap();
    assert!(matches!(found, Cause::Certificate(_)) && found.to_string().contains("not trusted"), "{found}");
}
