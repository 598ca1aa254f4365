//! One question, put to both verifiers.

use hub_roles::{CertificateChain, CertificateRule, Environment, RevocationPolicy, TrustError, TrustFramework};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

/// What is presented, what is trusted, and when.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) end_entity: CertificateDer<'static>,
    pub(super) others: Vec<CertificateDer<'static>>,
    /// The root comes last.
    pub(super) bundle: Vec<CertificateDer<'static>>,
    pub(super) list: Option<CertificateRevocationListDer<'static>>,
    pub(super) policy: RevocationPolicy,
    pub(super) time: UnixTime,
}

impl Case {
    pub(super) fn new(
        end_entity: CertificateDer<'static>,
        others: Vec<CertificateDer<'static>>,
        bundle: Vec<CertificateDer<'static>>,
        time: UnixTime,
    ) -> Self {
        Self { end_entity, others, bundle, list: None, policy: RevocationPolicy::default(), time }
    }

    /// The same with a revocation list, unless it is one that nobody loads.
    pub(super) fn with_list(mut self, list: Option<CertificateRevocationListDer<'static>>) -> Self {
        let loads = |list: &_| self.trust().is_ok_and(|trust| trust.with_revocation_lists(&[list], self.time).is_ok());
        self.list = list.filter(loads);
        self
    }

    pub(super) fn trust(&self) -> Result<TrustFramework, TrustError> {
        let trust = TrustFramework::from_der(Environment::Sandbox, self.bundle.clone())?;
        let trust = trust.with_revocation_policy(self.policy);
        Ok(match &self.list {
            Some(list) => trust.with_revocation_lists(&[list], self.time).unwrap(),
            None => trust,
        })
    }

    pub(super) fn chain(&self) -> Result<CertificateChain, CertificateRule> {
        CertificateChain::from_peer(&self.end_entity, &self.others).map_err(CertificateRule::Chain)
    }
}
