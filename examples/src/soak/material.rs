//! Certificates, issued anew in every round.

use hub_roles::{CertificateChain, Credential, SoftwareKey, TrustFramework};
use hub_testkit::{CrlSpec, Ecosystem, Held, Issued};
use rustls_pki_types::UnixTime;

use super::Fault;

/// The ecosystem, and a revocation list that grows.
pub(super) struct Material {
    pub(super) eco: Ecosystem,
    list: CrlSpec,
}

/// A certificate for its holder's use, and as others see it.
pub(super) struct Fresh<R: Held> {
    pub(super) issued: Issued,
    pub(super) credential: Credential<R>,
}

impl Material {
    pub(super) fn new() -> Result<Self, Fault> {
        let now = UnixTime::now();
        Ok(Self { eco: Ecosystem::sandbox(now)?, list: CrlSpec::current(now).with_number(0) })
    }

    /// A new certificate for who holds role `R` already, with the old key: keys would take longer than everything else.
    pub(super) fn fresh<R: Held>(&self, holder: &str) -> Result<Fresh<R>, Fault> {
        let holding = self.eco.holding::<R>(holder)?;
        let key = holding.issued().key.clone();
        let issued = self.eco.authority().issue(&holding.spec().clone().with_key(key))?;
        let chain = CertificateChain::from_peer(&issued.certificate, &issued.intermediates)?;
        let certificate = self.eco.trust().verify(&chain, holding.expectation(), self.eco.now())?;
        let credential = Credential::new(certificate, SoftwareKey::from_pem(issued.key_pem()?.as_bytes())?)?;
        Ok(Fresh { issued, credential })
    }

    /// The trust framework with the next revocation list, which has these certificates on it besides all before them.
    pub(super) fn revoking<'a>(
        &mut self,
        revoked: impl IntoIterator<Item = &'a Issued>,
    ) -> Result<TrustFramework, Fault> {
        self.list.revoked.extend(revoked.into_iter().map(|issued| issued.serial));
        self.list.number += 1;
        let list = self.eco.authority().crl(&self.list)?;
        Ok(self.eco.trust().with_revocation_lists(&[list.der()], self.eco.now())?)
    }
}
