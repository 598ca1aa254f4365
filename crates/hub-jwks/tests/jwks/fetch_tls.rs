//! Which TLS a fetch speaks.

use hub_jwks::{FetchCause, FetchError};
use hub_testkit::TestKey;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::Acceptor;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CipherSuite, Error, HandshakeKind, NamedGroup, PeerIncompatible, SupportedCipherSuite, SupportedProtocolVersion,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::LazyConfigAcceptor;

use crate::fetch::{OK, builder, code, fetch, set};
use crate::server::{Answer, HOST, Server, config, leaf, url};

fn answer() -> Answer {
    Answer::response(OK, "", &set())
}

fn suite(suite: SupportedCipherSuite) -> CryptoProvider {
    CryptoProvider { cipher_suites: vec![suite], ..default_provider() }
}

fn group(group: &'static dyn SupportedKxGroup) -> CryptoProvider {
    CryptoProvider { kx_groups: vec![group], ..default_provider() }
}

#[tokio::test]
async fn servers_that_offer_nothing_else_are_refused() {
    let (rsa, ecdsa) = (leaf(), leaf().with_key(TestKey::ec_p256().unwrap()));
    let in_1_2: &[&SupportedProtocolVersion] = &[&TLS12];
    let in_1_3: &[&SupportedProtocolVersion] = &[&TLS13];
    for (name, leaf, provider, versions, expected) in [
        ("1.2 ChaCha20", &rsa, suite(cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256), in_1_2, "fetch.tls"),
        ("1.2 AES-128", &rsa, suite(cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), in_1_2, "fetched"),
        ("1.2 AES-256", &rsa, suite(cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384), in_1_2, "fetched"),
        (
            "1.2 ECDSA ChaCha20",
            &ecdsa,
            suite(cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
            in_1_2,
            "fetch.tls",
        ),
        ("1.2 ECDSA AES-128", &ecdsa, suite(cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), in_1_2, "fetched"),
        ("1.3 ChaCha20", &rsa, suite(cipher_suite::TLS13_CHACHA20_POLY1305_SHA256), in_1_3, "fetched"),
        ("1.3 X25519MLKEM768 alone", &rsa, group(kx_group::X25519MLKEM768), in_1_3, "fetch.tls"),
        ("1.3 P-384", &rsa, group(kx_group::SECP384R1), in_1_3, "fetched"),
        ("1.3 ECDSA", &ecdsa, default_provider(), in_1_3, "fetched"),
    ] {
        let server = Server::with(config(leaf, provider, versions), answer()).await;
        assert_eq!(code(fetch(builder(&server), &url()).await), expected, "{name}");
    }
}

#[tokio::test]
async fn what_is_offered_is_what_is_listed() {
    let mut server = Server::start(answer()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    server.address = listener.local_addr().unwrap();
    let offered = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let start = LazyConfigAcceptor::new(Acceptor::default(), tcp).await.unwrap();
        let hello = start.client_hello();
        assert_eq!(hello.server_name(), Some(HOST));
        assert_eq!(hello.alpn().unwrap().collect::<Vec<_>>(), [b"http/1.1"]);
        assert_eq!(hello.named_groups().unwrap(), [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1]);
        hello.cipher_suites().to_vec()
    };
    let url = url();
    let (suites, _) = tokio::join!(offered, fetch(builder(&server), &url));
    assert_eq!(
        suites,
        [
            CipherSuite::TLS13_AES_256_GCM_SHA384,
            CipherSuite::TLS13_AES_128_GCM_SHA256,
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV,
        ]
    );
}

#[tokio::test]
async fn no_session_is_resumed() {
    for versions in [[&TLS12], [&TLS13]] {
        let server = Server::with(config(&leaf(), default_provider(), &versions), answer()).await;
        let fetcher = builder(&server).build().unwrap();
        for _ in 0..2 {
            fetcher.fetch(&url(), crate::fetch::owner()).await.unwrap();
        }
        assert_eq!(server.handshakes(), [HandshakeKind::Full; 2]);
    }
}

#[tokio::test]
async fn old_versions_cbc_and_no_extended_master_secret_are_refused() {
    const EXTENDED_MASTER_SECRET: [u8; 4] = [0, 23, 0, 0];
    for (name, version, suite, extensions, expected) in [
        ("taken, as far as it goes", [3, 3], [0xC0, 0x2F], &EXTENDED_MASTER_SECRET[..], None),
        (
            "no extended master secret",
            [3, 3],
            [0xC0, 0x2F],
            &[],
            Some(Error::PeerIncompatible(PeerIncompatible::ExtendedMasterSecretExtensionRequired)),
        ),
        (
            "TLS 1.1",
            [3, 2],
            [0xC0, 0x2F],
            &EXTENDED_MASTER_SECRET,
            Some(Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)),
        ),
        (
            "CBC",
            [3, 3],
            [0xC0, 0x13],
            &EXTENDED_MASTER_SECRET,
            Some(Error::PeerMisbehaved(rustls::PeerMisbehaved::SelectedUnofferedCipherSuite)),
        ),
    ] {
        assert_eq!(refusal(&after_hello(version, suite, extensions).await.unwrap_err()), expected, "{name}");
    }
}

/// What comes of a server whose hello says this, and who says no more.
async fn after_hello(version: [u8; 2], suite: [u8; 2], extensions: &[u8]) -> Result<(), FetchError> {
    let mut server = Server::start(answer()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    server.address = listener.local_addr().unwrap();
    let size = u8::try_from(extensions.len()).unwrap();
    let hello = [&version[..], &[7; 32], &[0], &suite, &[0, 0, size], extensions].concat();
    let message = [&[2, 0, 0, u8::try_from(hello.len()).unwrap()], &hello[..]].concat();
    let record = [&[22, 3, 3, 0, u8::try_from(message.len()).unwrap()], &message[..]].concat();
    let answering = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.read_exact(&mut [0; 5]).await.unwrap();
        tcp.write_all(&record).await.unwrap();
        tcp.shutdown().await.unwrap();
        tcp.read_to_end(&mut Vec::new()).await.ok();
    };
    let url = url();
    let (_, outcome) = tokio::join!(answering, fetch(builder(&server), &url));
    outcome.map(drop)
}

/// What TLS had against the other side, if it had anything.
fn refusal(error: &FetchError) -> Option<Error> {
    let FetchCause::Tls(error) = error.cause() else { panic!("{error}") };
    error.get_ref()?.downcast_ref().cloned()
}
