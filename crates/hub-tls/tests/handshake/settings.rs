//! Versions, suites and all that is off.

use std::sync::{Arc, Mutex};

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, NamedGroup, SignatureScheme};
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsConnector;

use crate::generous::client_config;
use crate::web::web;
use crate::world::*;

#[tokio::test]
async fn an_acceptor_asks_for_rsa_certificates_and_names_no_issuers() {
    #[derive(Debug)]
    struct Curious(Mutex<Option<(usize, Vec<SignatureScheme>)>>);
    impl ResolvesClientCert for Curious {
        fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            *self.0.lock().unwrap() = Some((issuers.len(), schemes.to_vec()));
            None
        }

        fn has_certs(&self) -> bool {
            true
        }
    }
    for version in VERSIONS {
        let curious = Arc::new(Curious(Mutex::default()));
        let mut config = client_config(None, version);
        config.client_auth_cert_resolver = curious.clone();
        let acceptor = for_tpps(ECO.trust());
        meet(
            async |io| assert!(acceptor.accept(io).await.is_err()),
            async |io| {
                if let Ok(mut stream) = TlsConnector::from(Arc::new(config)).connect(server_name(RETAIL_AS), io).await {
                    stream.read_to_end(&mut Vec::new()).await.unwrap_err();
                }
            },
        )
        .await;
        let (issuers, schemes) = curious.0.lock().unwrap().take().unwrap();
        assert_eq!(issuers, 0);
        assert!(schemes.iter().all(|scheme| RSA.contains(scheme)), "{schemes:?}");
        assert!(schemes.contains(&SignatureScheme::RSA_PSS_SHA256), "{schemes:?}");
    }
}

#[test]
fn versions_suites_and_groups_are_those_of_the_design_and_everything_optional_is_off() {
    let (client, server) = (of_tpp(ECO.trust()), for_hub(ECO.trust()));
    let typed = client.rustls_config();
    let public = client.rustls_config_for_public_servers(&web());
    let any_host = web().rustls_config_for_any_host(&settings()).unwrap();
    for (client, more_suites, more_schemes) in
        [(typed, &[][..], &[][..]), (public, &ECDSA_SUITES, &ECDSA), (any_host, &ECDSA_SUITES, &ECDSA)]
    {
        check_provider(client.crypto_provider(), more_suites, more_schemes);
        assert!(client.require_ems && client.enable_sni && !client.enable_early_data);
        assert!(!client.enable_secret_extraction);
        assert!(client.cert_compressors.is_empty() && client.cert_decompressors.is_empty());
    }
    for server in [server.rustls_config(), server.rustls_config_for_hello_without_client_certificates()] {
        check_provider(server.crypto_provider(), &[], &[]);
        assert!(server.require_ems && server.max_early_data_size == 0);
        assert!(!server.enable_secret_extraction);
        assert!(server.cert_compressors.is_empty() && server.cert_decompressors.is_empty());
        assert_eq!(server.send_tls13_tickets, 0);
        assert!(!server.session_storage.can_cache() && !server.ticketer.enabled());
    }
    assert!(CryptoProvider::get_default().is_none(), "no provider is installed for the process");
}

fn check_provider(provider: &CryptoProvider, more_suites: &[CipherSuite], more_schemes: &[SignatureScheme]) {
    let suites: Vec<_> = provider.cipher_suites.iter().map(|suite| suite.suite()).collect();
    assert_eq!(suites, [&SUITES, more_suites].concat());
    let groups: Vec<_> = provider.kx_groups.iter().map(|group| group.name()).collect();
    assert_eq!(groups, [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1]);
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    assert_eq!(schemes, [more_schemes, &RSA].concat());
}

const SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// What servers with a public certificate may use besides.
const ECDSA_SUITES: [CipherSuite; 2] =
    [CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

const ECDSA: [SignatureScheme; 2] = [SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ECDSA_NISTP384_SHA384];

const RSA: [SignatureScheme; 6] = [
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];
