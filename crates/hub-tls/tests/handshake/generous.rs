//! The other side of a handshake under test: plain rustls that presents whatever it is given, trusts everybody (or nobody), and tells
//! the alert it received.

use std::io;
use std::sync::Arc;

use hub_roles::Path;
use hub_testkit::Issued;
use hub_tls::{AcceptingPath, Acceptor, Connector};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::world::{Outcome, host, meet};

/// How a generous client introduces itself.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) identity: Option<&'a Issued>,
    pub(crate) version: &'static SupportedProtocolVersion,
    /// `None` sends no server name.
    pub(crate) server_name: Option<&'a str>,
}

/// A generous client calls an acceptor.
pub(crate) async fn calls<P: AcceptingPath>(client: Client<'_>, acceptor: &Acceptor<P>) -> Outcome {
    let (accepted, alert) = meet(
        async |io| {
            let accepted = acceptor.accept(io).await?;
            let kid = accepted.peer().kid().to_string();
            let (_, mut stream) = accepted.into_parts();
            stream.write_all(b"!").await.unwrap();
            stream.shutdown().await.unwrap();
            Ok(kid)
        },
        async |io| {
            let mut config = client_config(client.identity, client.version);
            config.enable_sni = client.server_name.is_some();
            let name = ServerName::try_from(client.server_name.unwrap_or("unsaid.example").to_owned()).unwrap();
            let outcome = match TlsConnector::from(Arc::new(config)).connect(name, io).await {
                // In TLS 1.3 the verdict on the client shows at the first read.
                Ok(mut stream) => stream.read_exact(&mut [0]).await.map(drop),
                Err(error) => Err(error),
            };
            outcome.err().and_then(|error| alert_in(&error))
        },
    )
    .await;
    (accepted.map_err(|error: hub_tls::HandshakeError| error.code()), alert)
}

/// A connector calls a generous server.
pub(crate) async fn is_called<P: Path>(
    identity: &Issued,
    version: &'static SupportedProtocolVersion,
    connector: &Connector<P>,
    name: &str,
) -> Outcome {
    let (alert, connected) = meet(
        async |io| {
            let config = Arc::new(server_config(identity, version));
            TlsAcceptor::from(config).accept(io).await.err().and_then(|error| alert_in(&error))
        },
        async |io| match connector.connect(&host(name), io).await {
            Ok(connected) => Ok(connected.peer().kid().to_string()),
            Err(error) => Err(error.code()),
        },
    )
    .await;
    (connected, alert)
}

pub(crate) fn client_config(identity: Option<&Issued>, version: &'static SupportedProtocolVersion) -> ClientConfig {
    judging_client(identity, version, None)
}

pub(crate) fn server_config(identity: &Issued, version: &'static SupportedProtocolVersion) -> ServerConfig {
    judging_server(identity, version, None)
}

/// A client that refuses every server with this error, if any.
pub(crate) fn judging_client(
    identity: Option<&Issued>,
    version: &'static SupportedProtocolVersion,
    refusing: Option<CertificateError>,
) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Judge { refusing }));
    match identity {
        Some(issued) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(presented(issued)))),
        None => builder.with_no_client_auth(),
    }
}

/// A server that refuses every client with this error, if any.
pub(crate) fn judging_server(
    identity: &Issued,
    version: &'static SupportedProtocolVersion,
    refusing: Option<CertificateError>,
) -> ServerConfig {
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(Judge { refusing }))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(presented(identity))))
}

/// The alert inside an error of tokio-rustls.
pub(crate) fn alert_in(error: &io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref()? {
        Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn presented(issued: &Issued) -> CertifiedKey {
    let signs = aws_lc_rs::sign::any_supported_type(&issued.private_key()).ok();
    CertifiedKey::new(issued.chain(), Arc::new(AnyKey(signs)))
}

/// Signs with RSA-PSS where the key can, and else sends noise in its place: what is presented is refused before anybody looks.
#[derive(Debug, Clone)]
struct AnyKey(Option<Arc<dyn SigningKey>>);

impl SigningKey for AnyKey {
    fn choose_scheme(&self, _offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(self.clone()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for AnyKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match self.0.as_ref().and_then(|key| key.choose_scheme(&[self.scheme()])) {
            Some(signer) => signer.sign(message),
            None => Ok(vec![0x5A; 256]),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

/// Takes every signature, and every certificate unless it refuses them all.
#[derive(Debug)]
struct Judge {
    refusing: Option<CertificateError>,
}

impl Judge {
    fn verdict<T>(&self, accepted: T) -> Result<T, Error> {
        match &self.refusing {
            Some(error) => Err(error.clone().into()),
            None => Ok(accepted),
        }
    }
}

macro_rules! any_signature {
    () => {
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            provider().signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verdict(ServerCertVerified::assertion())
    }

    any_signature!();
}

impl ClientCertVerifier for Judge {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verdict(ClientCertVerified::assertion())
    }

    any_signature!();
}
