//! The PKI under an ecosystem: who issues, and what everybody trusts.

use core::time::Duration;
use std::sync::Arc;

use hub_roles::{
    CertificateChain, Credential, Environment, Expectation, KeyError, PrivateKey, Role, SoftwareKey, TrustFramework,
};
use rustls_pki_types::UnixTime;

use super::generation::Generation;
use crate::{Authority, Error, Issued, KeyPool, LeafSpec, Profile, TestKey, Validity};

/// One authority, and the trust framework over its bundle.
#[derive(Debug)]
pub(super) struct Foundation {
    pub(super) authority: Authority,
    pub(super) trust: TrustFramework,
}

impl Foundation {
    pub(super) fn new(
        profile: Profile,
        environment: Environment,
        keys: &KeyPool,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let authority = Authority::new(profile, keys, now)?;
        let trust = TrustFramework::from_der(environment, authority.bundle())
            .map_err(|reason| Error::rejected("the authority's bundle", reason))?;
        Ok(Self { authority, trust })
    }

    /// Has a generation issued, the first being 0. A later one begins later, so that "the newest" has a meaning.
    pub(super) fn issue<R: Role>(&self, holder: &str, spec: &LeafSpec, generation: usize) -> Result<Issued, Error> {
        let key = self.authority.keys().named(&format!("{holder}/{}/{generation}", R::ID))?;
        let delay = u64::try_from(generation).unwrap_or(u64::MAX);
        let begin = self.authority.now().as_secs().saturating_add(delay);
        let validity = Validity::thirteen_months(UnixTime::since_unix_epoch(Duration::from_secs(begin)));
        self.authority.issue(&spec.clone().with_key(key).with_validity(validity))
    }

    /// A generation out of what was issued.
    pub(super) fn accept<R: Role>(
        &self,
        holder: &str,
        issued: Issued,
        expectation: &Expectation<R>,
    ) -> Result<Generation<R>, Error> {
        self.verify(issued, expectation).map_err(|reason| rejected::<R>(holder, reason))
    }

    /// The road every program goes: chain, verification, credential.
    fn verify<R: Role>(
        &self,
        issued: Issued,
        expectation: &Expectation<R>,
    ) -> Result<Generation<R>, Box<dyn core::error::Error + Send + Sync>> {
        let chain = CertificateChain::from_der(issued.chain())?;
        let certificate = self.trust.verify(&chain, expectation, self.authority.now())?;
        let key = private_key(&issued.key)?;
        let credential = Credential::with_shared_key(certificate, Arc::clone(&key))?;
        Ok(Generation::new(issued, credential, key))
    }
}

pub(super) fn private_key(key: &TestKey) -> Result<Arc<dyn PrivateKey>, KeyError> {
    Ok(Arc::new(SoftwareKey::from_pkcs8_der(key.pkcs8())?))
}

pub(super) fn rejected<R: Role>(holder: &str, reason: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Error {
    Error::rejected(&format!("the {} of {holder}", R::ID), reason)
}
