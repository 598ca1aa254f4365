//! From the chain a peer presented to a certificate of its role: one verification, remembered.

mod clients;
mod memo;
mod report;
mod servers;

use hub_roles::{
    Certificate, CertificateChain, CertificateRule, Expectation, HostName, KeyId, Refusal, Transport, TrustFramework,
};
use rustls::CommonState;
use rustls_pki_types::{CertificateDer, UnixTime};

pub(crate) use self::clients::ClientVerifier;
use self::memo::Memo;
pub(crate) use self::report::{Report, collect, fail, proven};
pub(crate) use self::servers::ServerVerifier;

/// What the peer of a connection presented in its handshake, or in the one that began the session.
pub(crate) fn presented<R: Transport>(connection: &CommonState) -> Result<CertificateChain, Refusal> {
    let (end_entity, others) = connection
        .peer_certificates()
        .and_then(<[_]>::split_first)
        .ok_or_else(|| Refusal::new(R::ID, None, CertificateRule::NotPresented))?;
    chain::<R>(end_entity, others)
}

/// A chain as TLS presents it: the end entity, and what was sent behind it.
fn chain<R: Transport>(
    end_entity: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
) -> Result<CertificateChain, Refusal> {
    CertificateChain::from_peer(end_entity, others)
        .map_err(|error| Refusal::new(R::ID, Some(KeyId::of_certificate(end_entity)), CertificateRule::Chain(error)))
}

/// Verifies presented chains under one trust framework, once each.
struct Judge<R: Transport> {
    trust: TrustFramework,
    memo: Memo<Certificate<R>>,
}

impl<R: Transport> Judge<R> {
    /// For so many peers, if that is known.
    fn new(trust: TrustFramework, peers: Option<usize>) -> Self {
        Self { trust, memo: Memo::new(peers) }
    }

    /// The verdict on a chain, from the memo where the same chain was accepted for the same host.
    fn certificate(
        &self,
        chain: &CertificateChain,
        expectation: &Expectation<R>,
        host: Option<&HostName>,
        now: UnixTime,
    ) -> Result<Certificate<R>, Refusal> {
        // Only what was accepted is remembered, and only while every certificate of the path is valid and every list current.
        let known = self.memo.get(chain, host).filter(|known| known.path_validity().holds_at(now));
        if let Some(known) = known {
            return Ok(known);
        }
        let certificate = self.trust.verify(chain, expectation, now)?;
        self.memo.insert(chain, host, certificate.clone());
        Ok(certificate)
    }
}

/// The part of a rustls verifier that is the same on both sides: proof that the peer holds the certificate's key. Paths are in full, so
/// that nothing has to be imported for it.
macro_rules! proof_of_key {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &rustls_pki_types::CertificateDer<'_>,
            signature: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let verdict =
                rustls::crypto::verify_tls12_signature(message, certificate, signature, &crate::tls::SIGNATURES);
            crate::verifier::proven(verdict, certificate)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &rustls_pki_types::CertificateDer<'_>,
            signature: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let verdict =
                rustls::crypto::verify_tls13_signature(message, certificate, signature, &crate::tls::SIGNATURES);
            crate::verifier::proven(verdict, certificate)
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            crate::tls::SIGNATURES.supported_schemes()
        }
    };
}
pub(crate) use proof_of_key;
