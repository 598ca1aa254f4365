//! What configurations exported to foreign code ask: always the current generation. They resume nothing, since nobody would check
//! the peer after the handshake.

use std::fmt;
use std::sync::Arc;

use hub_roles::Path;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::acceptor::AcceptingPath;
use crate::connector::Connector;
use crate::current::Current;
use crate::serving::{Generation, Serving};
use crate::tls::SIGNATURES;
use crate::verifier::{fail, proof_of_key};

/// The current generation of one instance.
pub(crate) struct CurrentServer<P: AcceptingPath> {
    pub(crate) serving: Arc<Current<Serving<P>>>,
    pub(crate) instance: P::Instance,
}

impl<P: AcceptingPath> CurrentServer<P> {
    /// `None` while the instance is removed.
    fn generation(&self) -> Option<Arc<Generation<P>>> {
        self.serving.load().instance(&self.instance).cloned()
    }
}

impl<P: AcceptingPath> ResolvesServerCert for CurrentServer<P> {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.generation()?.config.cert_resolver.resolve(client_hello)
    }
}

impl<P: AcceptingPath> ClientCertVerifier for CurrentServer<P> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let generation = self
            .generation()
            .ok_or_else(|| rustls::Error::General(format!("{}: {:?} is not served", P::ID, self.instance)))?;
        generation.verifier.verify_client_cert(end_entity, intermediates, now)
    }

    proof_of_key!();
}

impl<P: AcceptingPath> fmt::Debug for CurrentServer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurrentServer({}, {:?})", P::ID, self.instance)
    }
}

/// The generation that a connector presents its certificate with.
pub(crate) struct CurrentClient<P: Path>(pub(crate) Connector<P>);

impl<P: Path> ResolvesClientCert for CurrentClient<P> {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.generation().ok()?.config.client_auth_cert_resolver.resolve(issuers, schemes)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl<P: Path> ServerCertVerifier for CurrentClient<P> {
    /// Where no certificate of ours is to be presented any more, the handshake ends here, before the server asks for one.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier = &self.0.generation().map_err(fail)?.verifier;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    proof_of_key!();
}

impl<P: Path> fmt::Debug for CurrentClient<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurrentClient({:?})", self.0)
    }
}
