//! A public authority, and servers with its certificates. They ask for a client certificate of the Trust Framework, if they ask for one,
//! and verify it as stock rustls does.

use std::sync::{Arc, LazyLock};

use hub_roles::KeyId;
use hub_testkit::{Authority, KeyPool, LeafSpec, Profile, SubjectSpec, TestKey};
use hub_tls::{PublicAuthorities, cause};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SignatureAlgorithm};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::world::*;

/// The public authority of these tests: not the Trust Framework's, though of the same make.
pub(crate) static WEB: LazyLock<Authority> =
    LazyLock::new(|| Authority::new(Profile::named("Web"), &KeyPool::new(), now()).unwrap());

pub(crate) fn web() -> PublicAuthorities {
    PublicAuthorities::from_pem(WEB.bundle_pem().unwrap().as_bytes()).unwrap()
}

/// What a public authority certifies: a host.
pub(crate) fn site(host: &str) -> LeafSpec {
    LeafSpec::server_transport(SubjectSpec::new("Web", host)).with_dns_name(host)
}

/// A certificate chain and its key.
pub(crate) struct Identity(pub(crate) Vec<CertificateDer<'static>>, pub(crate) PrivateKeyDer<'static>);

impl Identity {
    pub(crate) fn of_web(spec: &LeafSpec) -> Self {
        let issued = WEB.issue(spec).unwrap();
        Self(issued.chain(), issued.private_key())
    }

    /// An ECDSA certificate of an RSA authority, as is common.
    pub(crate) fn ecdsa_of_web(host: &str) -> Self {
        Self::of_web(&site(host).with_key(TestKey::ec_p256().unwrap()))
    }

    /// An ECDSA certificate of an ECDSA root, and the root.
    pub(crate) fn ecdsa(
        host: &str,
        root: &'static SignatureAlgorithm,
        leaf: &'static SignatureAlgorithm,
    ) -> (Self, String) {
        let [root, leaf] = [root, leaf].map(|algorithm| KeyPair::generate_for(algorithm).unwrap());
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "Elliptic Root");
        let root_pem = authority.self_signed(&root).unwrap().pem();
        let certificate = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = certificate.signed_by(&leaf, &Issuer::from_params(&authority, &root)).unwrap();
        (Self(vec![certificate.der().clone()], PrivateKeyDer::try_from(leaf.serialize_der()).unwrap()), root_pem)
    }
}

/// Whether a server asks for a client certificate.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Asks {
    /// It does without, if the client has none.
    Optionally,
    Firmly,
    Never,
}

pub(crate) fn server(identity: Identity, asks: Asks, version: &'static SupportedProtocolVersion) -> TlsAcceptor {
    let mut roots = RootCertStore::empty();
    roots.add(ECO.authority().root().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    let verifier: Arc<dyn ClientCertVerifier> = match asks {
        Asks::Optionally => verifier.allow_unauthenticated().build().unwrap(),
        Asks::Firmly => verifier.build().unwrap(),
        Asks::Never => Arc::new(NoClientAuth),
    };
    // Not `with_single_cert`, which looks whether the key is the certificate's.
    let key = CertifiedKey::new(identity.0, any_supported_type(&identity.1).unwrap());
    let config = ServerConfig::builder_with_details(provider(), Arc::new(Now))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    TlsAcceptor::from(Arc::new(config))
}

/// What a server learnt of its client.
#[derive(Debug, PartialEq)]
pub(crate) struct Visitor {
    /// Of the certificate that it presented, and holds the key of.
    pub(crate) kid: Option<KeyId>,
    pub(crate) version: Option<ProtocolVersion>,
    pub(crate) kind: Option<HandshakeKind>,
}

/// A client with this configuration calls the server as `name`: who the server saw, if anyone, or why the client refused.
pub(crate) async fn visit(
    config: &Arc<ClientConfig>,
    server: &TlsAcceptor,
    name: &str,
) -> Result<Option<Visitor>, &'static str> {
    let client = TlsConnector::from(Arc::clone(config));
    let (visitor, verdict) = meet(
        async |io| {
            let mut stream = server.accept(io).await.ok()?;
            stream.write_all(b"!").await.ok()?;
            stream.shutdown().await.ok()?;
            let connection = stream.get_ref().1;
            let kid = connection.peer_certificates().map(|chain| KeyId::of_certificate(&chain[0]));
            Some(Visitor { kid, version: connection.protocol_version(), kind: connection.handshake_kind() })
        },
        async |io| {
            let mut stream = client.connect(server_name(name), io).await?;
            // Tickets come before the first octet.
            stream.read_exact(&mut [0]).await.map(drop)
        },
    )
    .await;
    match verdict {
        Ok(()) => Ok(visitor),
        Err(error) => {
            assert_eq!(visitor, None, "{error}");
            Err(cause(&error).unwrap().code())
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

#[derive(Debug)]
struct Now;

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        Some(now())
    }
}
