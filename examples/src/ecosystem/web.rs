//! Ordinary HTTPS, for what no role of the Trust Framework covers: the keystore and the TPP's webhook receiver.

use std::sync::Arc;

use hub_roles::HostName;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::failure::Failure;
use super::material::Material;

/// Serves HTTPS with a certificate of the public web.
#[derive(Clone)]
pub(super) struct WebServer(TlsAcceptor);

impl WebServer {
    /// With the certificate `web` of a party.
    pub(super) fn new(material: &Material, party: &str) -> Result<Self, Failure> {
        let chain = certificates(material.file(&format!("{party}/web.pem"))?)?;
        let key = PrivateKeyDer::from_pem_slice(material.file(&format!("{party}/web.key"))?)?;
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept(&self, tcp: TcpStream) -> Result<server::TlsStream<TcpStream>, Failure> {
        Ok(self.0.accept(tcp).await?)
    }
}

/// Speaks HTTPS to servers of the public web, whose root the material holds.
#[derive(Clone)]
pub(super) struct WebClient(TlsConnector);

impl WebClient {
    pub(super) fn new(material: &Material) -> Result<Self, Failure> {
        let mut roots = RootCertStore::empty();
        for root in certificates(material.file("web-root.pem")?)? {
            roots.add(root)?;
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(super) async fn connect(
        &self,
        host: &HostName,
        tcp: TcpStream,
    ) -> Result<client::TlsStream<TcpStream>, Failure> {
        Ok(self.0.connect(host.to_server_name(), tcp).await?)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    Ok(CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}
