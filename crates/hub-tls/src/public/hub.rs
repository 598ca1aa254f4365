//! The API Hub's servers under public certificates.

use std::fmt;

use hub_roles::{Path, Role};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::PublicAuthorities;
use crate::connector::Connector;
use crate::error::HandshakeError;
use crate::verifier::fail;

/// Takes servers that public authorities vouch for, at the hosts that a connector reaches at the time.
pub(crate) struct PublicHub<P: Path> {
    pub(crate) connector: Connector<P>,
    pub(crate) authorities: PublicAuthorities,
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
        let trust = &self.connector.shared.reaching.load().trust;
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
