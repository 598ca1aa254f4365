//! What the connecting side verifies: a server's certificate.

use std::collections::HashMap;
use std::fmt;

use hub_roles::{Certificate, CertificateChain, Expectation, HostName, PathId, ServerTransport, TrustFramework};
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::error::HandshakeError;
use crate::verifier::report::{fail, refuse};
use crate::verifier::{Judge, chain, proof_of_key};

/// Takes servers of role `R` at the hosts that the deployment names, each by its own expectation.
pub(crate) struct ServerVerifier<R: ServerTransport> {
    path: PathId,
    judge: Judge<R>,
    hosts: HashMap<HostName, Expectation<R>>,
}

impl<R: ServerTransport> ServerVerifier<R> {
    pub(crate) fn new(path: PathId, trust: TrustFramework, hosts: HashMap<HostName, Expectation<R>>) -> Self {
        Self { path, judge: Judge::new(trust, Some(hosts.len())), hosts }
    }

    /// Whether the deployment names the host.
    pub(crate) fn knows(&self, host: &HostName) -> bool {
        self.hosts.contains_key(host)
    }

    /// The verdict on the chain that the server at `host` presented.
    pub(crate) fn verify(
        &self,
        host: &HostName,
        chain: &CertificateChain,
        now: UnixTime,
    ) -> Result<Certificate<R>, HandshakeError> {
        let expectation = self.hosts.get(host).ok_or_else(|| self.unknown(host.as_str()))?;
        Ok(self.judge.certificate(chain, expectation, Some(host), now)?)
    }

    /// The host that a handshake asks for, if the deployment names it.
    pub(crate) fn host(&self, server_name: &ServerName<'_>) -> Result<HostName, HandshakeError> {
        let name = server_name.to_str();
        name.parse().ok().filter(|host| self.knows(host)).ok_or_else(|| self.unknown(&name))
    }

    /// The error for a host that the deployment does not name.
    pub(crate) fn unknown(&self, host: &str) -> HandshakeError {
        HandshakeError::UnknownHost { path: self.path, host: host.to_owned() }
    }
}

impl<R: ServerTransport> ServerCertVerifier for ServerVerifier<R> {
    /// A stapled OCSP response is not looked at.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let host = self.host(server_name).map_err(fail)?;
        let chain = chain::<R>(end_entity, intermediates).map_err(refuse)?;
        self.verify(&host, &chain, now).map_err(fail)?;
        Ok(ServerCertVerified::assertion())
    }

    proof_of_key!();
}

impl<R: ServerTransport> fmt::Debug for ServerVerifier<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerVerifier<{}>({} hosts)", R::ID, self.hosts.len())
    }
}
