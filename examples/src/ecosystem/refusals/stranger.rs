//! A client and a server that go by no rule of ours: plain rustls, with whatever certificate they find.

use std::sync::Arc;

use hub_roles::HostName;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::ecosystem::calls::get;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::send;
use crate::ecosystem::material::Material;
use crate::ecosystem::network::Network;

/// A foreign client and server on the parties' material.
pub(super) struct Stranger<'w> {
    pub(super) material: &'w Material,
    pub(super) network: &'w Network,
}

/// What a foreign client says of itself in its first message.
pub(super) enum Sni<'h> {
    /// The host it calls.
    Host,
    /// Another one.
    Other(&'h HostName),
    /// Nothing.
    Absent,
}

impl Stranger<'_> {
    /// Calls `host`, presenting `certificate` if there is one.
    pub(super) async fn call(&self, host: &HostName, sni: Sni<'_>, certificate: Option<&str>) -> Result<(), Failure> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(self.roots()?);
        let mut config = match certificate {
            Some(file) => builder.with_client_auth_cert(self.chain(file)?, self.key(file)?)?,
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = !matches!(sni, Sni::Absent);
        let name = if let Sni::Other(other) = sni { other } else { host };
        let tcp = self.network.connect(host).await?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name.to_server_name(), tcp).await?;
        // In TLS 1.3 only the first answer tells whether the certificate was accepted.
        send(stream, get(host, "/hello-mtls")?).await?;
        Ok(())
    }

    /// Answers with `certificate`, and asks for none.
    pub(super) async fn answer<S>(&self, stream: S, certificate: &str) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain(certificate)?, self.key(certificate)?)?;
        TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
        Ok(())
    }

    fn roots(&self) -> Result<RootCertStore, Failure> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(self.material.file("trust.pem")?) {
            roots.add(root?)?;
        }
        Ok(roots)
    }

    fn chain(&self, file: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let pem = self.material.file(&format!("{file}.pem"))?;
        Ok(CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?)
    }

    fn key(&self, file: &str) -> Result<PrivateKeyDer<'static>, Failure> {
        Ok(PrivateKeyDer::from_pem_slice(self.material.file(&format!("{file}.key"))?)?)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}
