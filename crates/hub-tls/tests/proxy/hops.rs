//! What proves the hop, and what does not.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use hub_roles::{C1, C3, C4, HubToLfi, S4};
use hub_testkit::Issued;
use hub_tls::{AddressAndSecret, Hop, HopConfigError, MIN_SECRET_OCTETS, MutualTls, TrustedProxy};
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection};
use rustls_pki_types::ServerName;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::world::*;

/// The same forwarded certificate is a peer over this hop, or nobody.
fn over<H: Hop>(hop: H, evidence: H::Evidence<'_>) -> Result<String, &'static str> {
    let nginx = product("nginx");
    let deployment = ECO.lfi("bank").unwrap().deployment();
    let proxy = TrustedProxy::<HubToLfi, _>::new(ECO.trust(), deployment, nginx.form, hop).unwrap();
    let request = request(&(nginx.write)(&issued::<C4>("ozone").chain()));
    kid_or_code(proxy.hop(evidence).and_then(|hop| hop.peer(&request, now())))
}

fn hub() -> Result<String, &'static str> {
    Ok(issued::<C4>("ozone").kid().to_string())
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_proves_the_user_at_the_other_end() {
    use hub_tls::UnixSocket;

    let (ours, _theirs) = tokio::net::UnixStream::pair().unwrap();
    let user = ours.peer_cred().unwrap().uid();
    for (users, expected) in [
        (vec![user], hub()),
        (vec![user.wrapping_add(1), user], hub()),
        (vec![user.wrapping_add(1)], Err("proxy.hop-user")),
    ] {
        assert_eq!(over(UnixSocket::of_users(users).unwrap(), &ours), expected);
    }
    assert_eq!(UnixSocket::of_users([]).unwrap_err(), HopConfigError::Nothing { what: "user" });
}

/// The certificates of others stand in for those of the operator's PKI.
#[tokio::test]
async fn mutual_tls_proves_the_certificate_at_the_other_end() {
    let [old, new, stranger] = [issued::<C1>("acme"), issued::<C3>("bank"), issued::<C1>("other-tpp")];
    let hop = || MutualTls::of_certificates([old, new].map(|issued| issued.certificate.clone())).unwrap();
    for (client, expected) in [
        (Some(old), hub()),
        (Some(new), hub()),
        (Some(stranger), Err("proxy.hop-certificate")),
        (None, Err("proxy.hop-no-certificate")),
    ] {
        let connection = met(client).await;
        assert_eq!(over(hop(), &connection), expected);
    }
    let unfinished = ServerConnection::new(Arc::new(server_config(true))).unwrap();
    assert_eq!(over(hop(), &unfinished), Err("proxy.hop-handshake-unfinished"));
    assert_eq!(MutualTls::of_certificates([]).unwrap_err(), HopConfigError::Nothing { what: "certificate" });
}

#[test]
fn address_and_secret_prove_the_request_together_only() {
    const OTHER_SECRET: &str = "FEDCBA9876543210fedcba9876543210";
    let header = HeaderName::from_static("proxy-secret");
    let hop = || {
        let networks = ["10.0.7.0/30", "2001:db8::7"].map(|network| network.parse().unwrap());
        AddressAndSecret::new(networks, header.clone(), [SECRET, OTHER_SECRET]).unwrap()
    };
    let changed = SECRET.replace('F', "G");
    let longer = format!("{SECRET}0");
    for (remote, secrets, expected) in [
        ("10.0.7.2", vec![SECRET], hub()),
        ("10.0.7.3", vec![OTHER_SECRET], hub()),
        ("::ffff:10.0.7.2", vec![SECRET], hub()),
        ("2001:db8::7", vec![SECRET], hub()),
        ("10.0.7.4", vec![SECRET], Err("proxy.hop-address")),
        ("2001:db8::8", vec![SECRET], Err("proxy.hop-address")),
        ("127.0.0.1", vec![SECRET], Err("proxy.hop-address")),
        ("10.0.7.2", vec![], Err("proxy.hop-secret")),
        ("10.0.7.2", vec![""], Err("proxy.hop-secret")),
        ("10.0.7.2", vec![&changed], Err("proxy.hop-secret")),
        ("10.0.7.2", vec![&SECRET[..31]], Err("proxy.hop-secret")),
        ("10.0.7.2", vec![&longer], Err("proxy.hop-secret")),
        ("10.0.7.2", vec![SECRET, SECRET], Err("proxy.hop-secret")),
        ("10.0.7.2", vec![&changed, SECRET], Err("proxy.hop-secret")),
    ] {
        let mut headers = HeaderMap::new();
        for secret in &secrets {
            headers.append(header.clone(), HeaderValue::from_str(secret).unwrap());
        }
        let remote: IpAddr = remote.parse().unwrap();
        assert_eq!(over(hop(), (remote, &headers)), expected, "{remote}, {secrets:?}");
    }
}

#[test]
fn a_hop_that_anyone_could_prove_is_not_made() {
    let made = |networks: &[&str], secrets: &[&str]| {
        let networks = networks.iter().map(|network| network.parse().unwrap());
        AddressAndSecret::new(networks, HeaderName::from_static("proxy-secret"), secrets).map(drop)
    };
    let short = "x".repeat(MIN_SECRET_OCTETS - 1);
    assert_eq!(made(&[PROXY], &[SECRET]), Ok(()));
    assert_eq!(made(&[], &[SECRET]), Err(HopConfigError::Nothing { what: "address" }));
    assert_eq!(made(&[PROXY], &[]), Err(HopConfigError::Nothing { what: "secret" }));
    assert_eq!(made(&[PROXY], &[&short]), Err(HopConfigError::Secret));
    assert_eq!(made(&[PROXY], &[SECRET, &short]), Err(HopConfigError::Secret));
    assert_eq!(made(&[PROXY], &[&format!("{short} ")]), Err(HopConfigError::Secret));
    assert_eq!(made(&[PROXY], &[&format!("{short}x")]), Ok(()));
}

#[test]
fn the_secret_shows_nowhere() {
    let proxy = behind(&product("nginx").form, ECO.trust());
    assert!(format!("{proxy:?}").contains("1 secrets in proxy-secret"));
    assert!(!format!("{proxy:?}").contains(SECRET));
    let headers = HeaderMap::new();
    let error = proxy.hop((address(), &headers)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(SECRET));
    assert_eq!(error.to_string().matches("proxy-secret").count(), 1, "{error}");
}

/// A handshake of a proxy with this certificate; our end of it.
async fn met(client: Option<&Issued>) -> ServerConnection {
    let client_config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots());
    let client_config = match client {
        Some(issued) => client_config.with_client_auth_cert(issued.chain(), issued.private_key()).unwrap(),
        None => client_config.with_no_client_auth(),
    };
    let (there, here) = tokio::io::duplex(16 * 1024);
    let name = ServerName::try_from("ozone-connect.bank.example").unwrap();
    let (accepted, connected) = tokio::join!(
        TlsAcceptor::from(Arc::new(server_config(client.is_some()))).accept(here),
        TlsConnector::from(Arc::new(client_config)).connect(name, there),
    );
    connected.unwrap();
    accepted.unwrap().into_inner().1
}

fn server_config(asks: bool) -> ServerConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let own = issued::<S4>("bank");
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = if asks {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots()), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    builder.with_single_cert(own.chain(), own.private_key()).unwrap()
}

fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(ECO.authority().root().clone()).unwrap();
    roots
}
