//! The rustls configurations: versions, suites, groups and signatures, all stated here, and everything optional off.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ClientSessionStore, ResolvesClientCert, Resumption};
use rustls::crypto::aws_lc_rs::{Ticketer, cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, WebPkiSupportedAlgorithms};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::{
    ClientConfig, ConfigBuilder, NoKeyLog, ServerConfig, SignatureScheme, SupportedCipherSuite,
    SupportedProtocolVersion, WantsVerifier, version,
};
use webpki::aws_lc_rs as algorithms;

use crate::clock::HandshakeTime;
use crate::sessions::Sessions;
use crate::settings::Settings;

/// Signatures with RSA, which every certificate of the Trust Framework has (FACTS section 2), and those named besides.
macro_rules! rsa_and {
    ($($scheme:ident => $($algorithm:ident),+;)*) => {
        WebPkiSupportedAlgorithms {
            all: &[
                $($(algorithms::$algorithm,)+)*
                algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
                algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
                algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
                algorithms::RSA_PKCS1_2048_8192_SHA256,
                algorithms::RSA_PKCS1_2048_8192_SHA384,
                algorithms::RSA_PKCS1_2048_8192_SHA512,
            ],
            mapping: &[
                $((SignatureScheme::$scheme, &[$(algorithms::$algorithm),+]),)*
                (SignatureScheme::RSA_PSS_SHA256, &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
                (SignatureScheme::RSA_PSS_SHA384, &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
                (SignatureScheme::RSA_PSS_SHA512, &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
                (SignatureScheme::RSA_PKCS1_SHA256, &[algorithms::RSA_PKCS1_2048_8192_SHA256]),
                (SignatureScheme::RSA_PKCS1_SHA384, &[algorithms::RSA_PKCS1_2048_8192_SHA384]),
                (SignatureScheme::RSA_PKCS1_SHA512, &[algorithms::RSA_PKCS1_2048_8192_SHA512]),
            ],
        }
    };
}

/// Signatures of handshakes, and of certificates as far as they are offered to the peer. In TLS 1.3 rustls takes the PSS ones only
/// (RFC 8446 section 4.2.3).
pub(crate) const SIGNATURES: WebPkiSupportedAlgorithms = rsa_and! {};

/// The same for servers with a public certificate, which may be ECDSA: on the two curves that public authorities certify, with either
/// hash, since TLS 1.2 does not tie the one to the other (RFC 8422 section 5.1.1). In TLS 1.3 rustls takes the first of each.
const PUBLIC_SIGNATURES: WebPkiSupportedAlgorithms = rsa_and! {
    ECDSA_NISTP256_SHA256 => ECDSA_P256_SHA256, ECDSA_P384_SHA256;
    ECDSA_NISTP384_SHA384 => ECDSA_P384_SHA384, ECDSA_P256_SHA384;
};

/// Tickets given out after a full handshake of TLS 1.3: a client that opens two connections at once has one for each.
const TICKETS: usize = 2;

const VERSIONS: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

const SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// What TLS 1.2 needs besides for an ECDSA certificate.
const ECDSA_SUITES: &[SupportedCipherSuite] =
    &[cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

const GROUPS: &[&dyn SupportedKxGroup] = &[kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

/// What all configurations of an acceptor have in common.
pub(crate) struct ServerTls {
    builder: ConfigBuilder<ServerConfig, WantsVerifier>,
    alpn: Vec<Vec<u8>>,
    /// `None` if no session resumes.
    sessions: Option<Sessions>,
}

impl ServerTls {
    pub(crate) fn new(settings: &Settings) -> Result<Self, rustls::Error> {
        let builder = ServerConfig::builder_with_details(provider(&[], SIGNATURES), time(settings))
            .with_protocol_versions(VERSIONS)?;
        Ok(Self { builder, alpn: settings.alpn.clone(), sessions: settings.resumption.then(Sessions::new) })
    }

    /// A configuration that resumes no session.
    pub(crate) fn plain(
        &self,
        verifier: Arc<dyn ClientCertVerifier>,
        resolver: Arc<dyn ResolvesServerCert>,
    ) -> ServerConfig {
        let mut config = self.builder.clone().with_client_cert_verifier(verifier).with_cert_resolver(resolver);
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        config.require_ems = true;
        config.key_log = Arc::new(NoKeyLog {});
        config.cert_compressors = Vec::new();
        config.cert_decompressors = Vec::new();
        config.alpn_protocols.clone_from(&self.alpn);
        config
    }

    /// A configuration of one generation: sessions and ticket keys are its own. Only for whoever checks the client after each
    /// handshake, since rustls does not verify it again.
    pub(crate) fn resuming(
        &self,
        verifier: Arc<dyn ClientCertVerifier>,
        resolver: Arc<dyn ResolvesServerCert>,
    ) -> Result<ServerConfig, rustls::Error> {
        let mut config = self.plain(verifier, resolver);
        if let Some(sessions) = &self.sessions {
            config.session_storage = Arc::new(sessions.of_a_generation());
            config.ticketer = Ticketer::new()?;
            config.send_tls13_tickets = TICKETS;
        }
        Ok(config)
    }
}

/// What all configurations of a connector have in common.
pub(crate) struct ClientTls {
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    time: Arc<HandshakeTime>,
    alpn: Vec<Vec<u8>>,
    resumption: bool,
}

impl ClientTls {
    pub(crate) fn new(settings: &Settings) -> Result<Self, rustls::Error> {
        Ok(Self::on(&client_builder(provider(&[], SIGNATURES))?, settings))
    }

    /// On versions, suites and signatures that were settled before.
    pub(crate) fn on(builder: &ConfigBuilder<ClientConfig, WantsVerifier>, settings: &Settings) -> Self {
        let (time, alpn) = (time(settings), settings.alpn.clone());
        Self { builder: builder.clone(), time, alpn, resumption: settings.resumption }
    }

    /// A configuration that resumes no session.
    pub(crate) fn plain(
        &self,
        verifier: Arc<dyn ServerCertVerifier>,
        resolver: Arc<dyn ResolvesClientCert>,
    ) -> ClientConfig {
        let mut config = self
            .builder
            .clone()
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(resolver);
        config.time_provider = self.time.clone();
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        config.require_ems = true;
        config.key_log = Arc::new(NoKeyLog {});
        config.cert_compressors = Vec::new();
        config.cert_decompressors = Vec::new();
        config.alpn_protocols.clone_from(&self.alpn);
        config
    }

    /// A configuration of one generation, which keeps its sessions in `sessions`. Only for whoever checks the server after each
    /// handshake, since rustls does not verify it again.
    pub(crate) fn resuming(
        &self,
        verifier: Arc<dyn ServerCertVerifier>,
        resolver: Arc<dyn ResolvesClientCert>,
        sessions: Arc<dyn ClientSessionStore>,
    ) -> ClientConfig {
        let mut config = self.plain(verifier, resolver);
        if self.resumption {
            config.resumption = Resumption::store(sessions);
        }
        config
    }
}

/// The versions, suites and signatures for servers with a public certificate.
pub(crate) fn public_servers() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    client_builder(provider(ECDSA_SUITES, PUBLIC_SIGNATURES))
}

fn client_builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(provider).with_protocol_versions(VERSIONS)
}

/// aws-lc-rs, with suites, `more` suites, groups and signatures as above; never the process' default.
fn provider(more: &[SupportedCipherSuite], signatures: WebPkiSupportedAlgorithms) -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: [SUITES, more].concat(),
        kx_groups: GROUPS.to_vec(),
        signature_verification_algorithms: signatures,
        ..default_provider()
    })
}

fn time(settings: &Settings) -> Arc<HandshakeTime> {
    Arc::new(HandshakeTime(Arc::clone(&settings.clock)))
}
