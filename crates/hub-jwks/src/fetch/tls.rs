//! TLS to the keystore: versions, suites and groups, all stated here, and everything optional off.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ConfigBuilder, NoKeyLog, RootCertStore, SupportedCipherSuite, WantsVerifier};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::builder::FetcherError;

/// Who vouches for the keystore's certificate.
#[derive(Clone)]
pub(super) enum Authorities {
    /// Roots, in PEM.
    Pem(Vec<u8>),
    /// Those of the operating system.
    #[cfg(feature = "platform-verifier")]
    Platform,
}

impl Authorities {
    /// A configuration that trusts nobody else, presents no certificate and resumes no session.
    pub(super) fn client_config(&self) -> Result<ClientConfig, FetcherError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|_| FetcherError::Provider)?;
        let verifier = self.verifier(&builder)?;
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Fetches are minutes apart, and a resumed session is not verified again.
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        config.require_ems = true;
        config.key_log = Arc::new(NoKeyLog {});
        config.cert_compressors = Vec::new();
        config.cert_decompressors = Vec::new();
        Ok(config)
    }

    fn verifier(
        &self,
        builder: &ConfigBuilder<ClientConfig, WantsVerifier>,
    ) -> Result<Arc<dyn ServerCertVerifier>, FetcherError> {
        let provider = Arc::clone(builder.crypto_provider());
        match self {
            Self::Pem(roots) => {
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(root_store(roots)?), provider).build();
                Ok(verifier.map_err(|_| FetcherError::NoRoots)?)
            }
            #[cfg(feature = "platform-verifier")]
            Self::Platform => match rustls_platform_verifier::Verifier::new(provider) {
                Ok(verifier) => Ok(Arc::new(verifier)),
                Err(error) => Err(FetcherError::Platform { reason: error.to_string() }),
            },
        }
    }
}

fn root_store(pem: &[u8]) -> Result<RootCertStore, FetcherError> {
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let mut store = RootCertStore::empty();
    // A system's bundle may hold a root that does not parse: without it fewer servers are trusted, not more.
    store.add_parsable_certificates(roots.map_err(|_| FetcherError::Roots)?);
    if store.is_empty() {
        return Err(FetcherError::NoRoots);
    }
    Ok(store)
}

/// aws-lc-rs, with suites and groups as below; never the process' default.
fn provider() -> CryptoProvider {
    CryptoProvider { cipher_suites: SUITES.to_vec(), kx_groups: GROUPS.to_vec(), ..default_provider() }
}

/// Those of the paths of the API Hub (THREATS section 4), and what a public certificate with an ECDSA key needs in TLS 1.2.
const SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

const GROUPS: &[&dyn SupportedKxGroup] = &[kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
