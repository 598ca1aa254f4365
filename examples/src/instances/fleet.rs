//! A Hub of thousands of instances, each of another LFI, and the certificates of all.

use std::sync::Arc;

use hub_roles::{
    CertificateChain, Credential, Deployment, Environment, HostName, InstanceId, PrivateKey, Role, ServerTransport,
    SoftwareKey, Transport, TrustFramework,
};
use hub_testkit::{Authority, KeyPool, LeafSpec, TestKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};

use super::Fault;
use super::register::{Registration, View, deployment};

/// The Hub's deployment, and whoever issues certificates under it. All have one key, which would take longer to make than everything
/// else.
pub(super) struct Fleet {
    pub(super) trust: TrustFramework,
    pub(super) deployment: Deployment,
    pub(super) registrations: Vec<Registration>,
    authority: Authority,
    key: TestKey,
    private: Arc<dyn PrivateKey>,
    tpps: usize,
}

impl Fleet {
    /// So many LFIs with an instance each, and so many TPPs.
    pub(super) fn new(lfis: usize, tpps: usize) -> Result<Self, Fault> {
        let keys = KeyPool::new();
        let authority = Authority::sandbox(&keys, UnixTime::now())?;
        let key = keys.take()?;
        let registrations: Vec<_> = (0..lfis).map(Registration::new).collect();
        Ok(Self {
            trust: TrustFramework::from_der(Environment::Sandbox, authority.bundle())?,
            deployment: deployment(View::Hub, &registrations, tpps)?,
            registrations,
            private: Arc::new(SoftwareKey::from_pem(key.to_pkcs8_pem()?.as_bytes())?),
            authority,
            key,
            tpps,
        })
    }

    /// A new certificate for whoever holds `R` at an instance: the LFI, or the Hub for it; the first TPP for C1, and the Hub for C4.
    pub(super) fn issue<R: Transport>(&self, registration: Registration) -> Result<Credential<R>, Fault> {
        let expected = deployment(View::Hub, &[registration], 1)?.expect::<R>(&registration.instance()?)?;
        let subject = registration.subject(R::ID);
        let spec = match expected.hosts() {
            [] => LeafSpec::client_transport(subject),
            hosts => {
                hosts.iter().fold(LeafSpec::server_transport(subject), |spec, host| spec.with_dns_name(host.as_str()))
            }
        };
        let issued = self.authority.issue(&spec.with_key(self.key.clone()))?;
        let chain = CertificateChain::from_peer(&issued.certificate, &issued.intermediates)?;
        let certificate = self.trust.verify(&chain, &expected, self.authority.now())?;
        Ok(Credential::with_shared_key(certificate, Arc::clone(&self.private))?)
    }

    /// A new certificate for whoever holds `R` at the first instance.
    pub(super) fn issue_first<R: Transport>(&self) -> Result<Credential<R>, Fault> {
        self.issue(Registration::new(0))
    }

    /// Each instance with a new certificate for its hosts.
    pub(super) fn issue_all<R: ServerTransport>(&self) -> Result<Vec<(InstanceId, Credential<R>)>, Fault> {
        self.registrations.iter().map(|&lfi| Ok((lfi.instance()?, self.issue(lfi)?))).collect()
    }

    /// The Hub's deployment where one LFI is registered in another way.
    pub(super) fn deployment_with(&mut self, registration: Registration) -> Result<Deployment, Fault> {
        *self.registrations.get_mut(registration.number).ok_or("no such LFI")? = registration;
        self.deployment = deployment(View::Hub, &self.registrations, self.tpps)?;
        Ok(self.deployment.clone())
    }

    /// The first host that a certificate of `R` covers.
    pub(super) fn host<R: Role>(&self, registration: Registration) -> Result<HostName, Fault> {
        let expected = self.deployment.expect::<R>(&registration.instance()?)?;
        Ok(expected.hosts().first().ok_or("no host")?.clone())
    }

    /// The authorities of every certificate.
    pub(super) fn bundle(&self) -> Vec<CertificateDer<'static>> {
        self.authority.bundle()
    }

    /// The key of every certificate.
    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        self.key.private_key()
    }
}
