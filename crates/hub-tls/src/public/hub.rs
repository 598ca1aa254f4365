//! The API Hub's servers under public certificates.

use std::fmt;
use std::sync::Arc;

use hub_roles::{Path, Role};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{PublicAuthorities, PublicServerPath};
use crate::connector::Connector;
use crate::error::HandshakeError;
use crate::export::CurrentClient;
use crate::verifier::fail;

impl<P: Path> Connector<P> {
    /// A configuration for foreign code, for servers of the API Hub that present a **public** certificate in the place of S1 or S3:
    /// the explicit way out of the Trust Framework, where onboarding says that the Hub's servers are not certified by it.
    ///
    /// As in [`Self::rustls_config`], our certificate is presented, the hosts are the deployment's, no session is resumed, and every
    /// [`Rotation`](crate::Rotation) is followed. A host that is not the deployment's is refused before our certificate is shown. What is lost is the
    /// organisation: that this is the Hub of *this* LFI is what a public authority and the name system say, and nobody else. It
    /// yields no [`Peer`](crate::Peer): whatever needs one needs [`Self::connect`], and a certificate of the Trust Framework.
    ///
    /// A certificate of the Trust Framework is refused here, even if `authorities` have its root: it would get in without its
    /// registration and past its revocation list. The lists of the Trust Framework say nothing of public certificates. Where one of the
    /// Hub's servers is public and another is not, each has its own configuration.
    #[must_use]
    pub fn rustls_config_for_public_servers(&self, authorities: &PublicAuthorities) -> Arc<ClientConfig>
    where
        // Here and not at the block, so that the compiler says on which paths there is such a thing.
        P: PublicServerPath,
    {
        let verifier = PublicHub { connector: self.clone(), authorities: authorities.clone() };
        let identity = CurrentClient(self.clone());
        Arc::new(authorities.tls(&self.shared.settings).plain(Arc::new(verifier), Arc::new(identity)))
    }
}

/// Takes servers that public authorities vouch for, at the hosts that a connector reaches at the time.
struct PublicHub<P: Path> {
    connector: Connector<P>,
    authorities: PublicAuthorities,
}

impl<P: Path> ServerCertVerifier for PublicHub<P> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let host = self.connector.generation().map_err(fail)?.verifier.host(server_name).map_err(fail)?;
        // Whatever is among the authorities: the system's may well have the Trust Framework's root.
        let trust = &self.connector.shared.reaching.load().basis.trust;
        if std::iter::once(end_entity).chain(intermediates).any(|der| trust.names_issuer_of(der)) {
            return Err(fail(HandshakeError::NotPublic { path: P::ID, role: P::Server::ID, host }));
        }
        let authorities = self.authorities.verifier();
        authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.verifier().verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.verifier().verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.verifier().supported_verify_schemes()
    }
}

impl<P: Path> fmt::Debug for PublicHub<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicHub({}, {:?})", P::ID, self.authorities)
    }
}
