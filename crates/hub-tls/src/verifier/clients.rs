//! What the accepting side verifies: a client's certificate.

use std::fmt;
use std::sync::Arc;

use hub_roles::{Certificate, CertificateChain, ClientTransport, Expectation, Refusal, TrustFramework};
use rustls::DistinguishedName;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::verifier::report::refuse;
use crate::verifier::{Judge, chain, proof_of_key};

/// Asks every client for a certificate of role `R`, naming no issuers, and takes those of one expectation.
pub(crate) struct ClientVerifier<R: ClientTransport> {
    judge: Judge<R>,
    expectation: Expectation<R>,
}

impl<R: ClientTransport> ClientVerifier<R> {
    pub(crate) fn new(trust: TrustFramework, expectation: Expectation<R>) -> Self {
        Self { judge: Judge::new(trust, expectation.holders()), expectation }
    }

    /// The one that is `known` to have the same trust framework, if it takes the same clients, as is at all instances where these are TPPs:
    /// then what it remembers serves all of them. Else one of its own.
    pub(crate) fn shared(known: Option<&Arc<Self>>, trust: &TrustFramework, expectation: Expectation<R>) -> Arc<Self> {
        match known {
            Some(known) if known.expectation == expectation => Arc::clone(known),
            _ => Arc::new(Self::new(trust.clone(), expectation)),
        }
    }

    /// The verdict on the chain a client presented.
    pub(crate) fn verify(&self, chain: &CertificateChain, now: UnixTime) -> Result<Certificate<R>, Refusal> {
        self.judge.certificate(chain, &self.expectation, None, now)
    }
}

impl<R: ClientTransport> ClientCertVerifier for ClientVerifier<R> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verdict = chain::<R>(end_entity, intermediates).and_then(|chain| self.verify(&chain, now));
        verdict.map(|_| ClientCertVerified::assertion()).map_err(refuse)
    }

    proof_of_key!();
}

impl<R: ClientTransport> fmt::Debug for ClientVerifier<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientVerifier<{}>({:?})", R::ID, self.expectation)
    }
}
