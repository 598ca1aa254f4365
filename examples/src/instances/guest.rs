//! A client that is not ours: it shows the certificate it has to any server that names the host.

use std::sync::Arc;

use hub_roles::{C3, Credential, HostName, LfiToHub, RoleId};
use hub_tls::Acceptor;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::duplex;
use tokio_rustls::TlsConnector;

use super::Fault;
use super::fleet::Fleet;
use super::handshake::{BUFFER, refusal};

pub(super) struct Guest(TlsConnector);

impl Guest {
    pub(super) fn new(fleet: &Fleet, c3: &Credential<C3>) -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(fleet.bundle());
        let chain = c3.certificate().chain().certificates().to_vec();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, fleet.key())?;
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config).into()))
    }

    /// The reason for which it is refused, if it is.
    pub(super) async fn is_judged(
        &self,
        acceptor: &Acceptor<LfiToHub>,
        host: &HostName,
    ) -> Result<Option<(RoleId, &'static str)>, Fault> {
        let (here, there) = duplex(BUFFER);
        let (accepted, connected) = tokio::join!(acceptor.accept(here), self.0.connect(host.to_server_name(), there));
        // The server is not at fault: in TLS 1.3 the client learns later that it was refused.
        connected?;
        match accepted {
            Ok(_) => Ok(None),
            Err(error) => Ok(Some(refusal(&error).ok_or(error)?)),
        }
    }
}
