//! An LFI of the ecosystem.

use std::sync::Arc;

use hub_roles::{
    C3, Credential, DecryptionKey, Enc1, EncryptionKey, IdError, InstanceId, KeyId, OrganisationId, PrivateKey, Role,
    S4, Sig4, SoftwareStatementId,
};

use super::foundation::{Foundation, private_key, rejected};
use super::holder::Holder;
use super::holding::Holding;
use super::register::LfiEntry;
use super::view::{View, party_with_view};
use crate::{Error, Issued, TestKey};

/// An LFI: one organisation with one or more brands, which share its C3, S4, Sig4 and Enc1 (seed, "Certificate reuse
/// across brands").
#[derive(Debug)]
pub struct LfiParty {
    pub(super) entry: LfiEntry,
    pub(super) view: View,
    pub(super) c3: Holding<C3>,
    pub(super) s4: Holding<S4>,
    pub(super) sig4: Option<Holding<Sig4>>,
    pub(super) enc1: Enc1Key,
}

party_with_view!(LfiParty);

impl LfiParty {
    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        self.entry.name()
    }

    /// Its organisation: OU of its certificates, and the owner of its keys.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.entry.organisation
    }

    /// Its `C3-hh-cm-client` application: CN of C3 and Sig4.
    #[must_use]
    pub fn c3_application(&self) -> SoftwareStatementId {
        self.entry.application
    }

    /// Its API Hub instances, one for each brand, in the order they were given.
    pub fn instances(&self) -> impl Iterator<Item = &InstanceId> {
        self.entry.brands.iter().map(|brand| &brand.instance)
    }

    /// Whether its instances use JWT Auth.
    #[must_use]
    pub fn uses_jwt_auth(&self) -> bool {
        self.sig4.is_some()
    }

    /// What it presents to Consent Manager and Headless Heimdall.
    #[must_use]
    pub fn c3(&self) -> Credential<C3> {
        self.c3.credential()
    }

    /// What its Ozone Connect server presents to the Hub.
    #[must_use]
    pub fn s4(&self) -> Credential<S4> {
        self.s4.credential()
    }

    /// What it signs JWT Auth tokens with.
    ///
    /// # Errors
    /// [`Error::NotHeld`] without JWT Auth.
    pub fn sig4(&self) -> Result<Credential<Sig4>, Error> {
        let absent = || Error::NotHeld { role: Sig4::ID, holder: self.name().to_owned() };
        self.sig4.as_ref().map(Holding::credential).ok_or_else(absent)
    }

    /// What it opens PII with.
    #[must_use]
    pub fn enc1(&self) -> DecryptionKey<Enc1> {
        match &self.enc1 {
            Enc1Key::Certified(holding) => holding.current().credential().into(),
            Enc1Key::Bare(bare) => DecryptionKey::bare(bare.kid.clone(), Arc::clone(&bare.private)),
        }
    }

    /// Every key that may still open PII: the one in use, overlapping ones, retired ones.
    #[must_use]
    pub fn enc1_keys(&self) -> Vec<DecryptionKey<Enc1>> {
        match &self.enc1 {
            Enc1Key::Certified(holding) => holding.decryption_keys(),
            Enc1Key::Bare(_) => vec![self.enc1()],
        }
    }

    /// What TPPs encrypt PII to.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the key is unfit, which the kit's keys are not.
    pub fn enc1_public_key(&self) -> Result<EncryptionKey<Enc1>, Error> {
        let enc1 = self.enc1();
        EncryptionKey::registered(self.organisation(), enc1.kid().clone(), enc1.public_key().clone())
            .map_err(|reason| rejected::<Enc1>(self.name(), reason))
    }

    /// Its Enc1, if it has no certificate.
    #[must_use]
    pub fn bare_enc1(&self) -> Option<&BareKey> {
        match &self.enc1 {
            Enc1Key::Certified(_) => None,
            Enc1Key::Bare(bare) => Some(bare),
        }
    }

    pub(super) fn new(foundation: &Foundation, entry: &LfiEntry, view: View, enc1: IssuedEnc1) -> Result<Self, Error> {
        // Its instances are registered alike: any of them will do.
        let instance = entry.brands.first().map(|brand| &brand.instance);
        let instance = instance.ok_or_else(|| Error::NoBrand { lfi: entry.name().to_owned() })?;
        let holder = Holder::new(foundation, entry.name(), entry.organisation);
        let deployment = view.deployment();
        Ok(Self {
            c3: holder.first(entry.c3(), deployment.expect(instance))?,
            s4: holder.first(entry.s4(), deployment.expect(instance))?,
            sig4: match entry.spec.jwt_auth {
                true => Some(holder.first(entry.sig4(), deployment.expect(instance))?),
                false => None,
            },
            enc1: match enc1 {
                IssuedEnc1::Certified(issued) => {
                    Enc1Key::Certified(Box::new(holder.first_of(issued, entry.enc1(), deployment.expect(instance))?))
                }
                IssuedEnc1::Bare(bare) => Enc1Key::Bare(bare),
            },
            entry: entry.clone(),
            view,
        })
    }
}

/// Enc1 with or without a certificate (FACTS section 2).
#[derive(Debug)]
pub(super) enum Enc1Key {
    Certified(Box<Holding<Enc1>>),
    Bare(BareKey),
}

impl Enc1Key {
    pub(super) fn certified(&self) -> Option<&Holding<Enc1>> {
        match self {
            Self::Certified(holding) => Some(holding),
            Self::Bare(_) => None,
        }
    }

    pub(super) fn certified_mut(&mut self) -> Option<&mut Holding<Enc1>> {
        match self {
            Self::Certified(holding) => Some(holding),
            Self::Bare(_) => None,
        }
    }
}

/// An Enc1 before there is a deployment that its certificate could be verified by.
pub(super) enum IssuedEnc1 {
    Certified(Issued),
    Bare(BareKey),
}

impl IssuedEnc1 {
    pub(super) fn new(foundation: &Foundation, entry: &LfiEntry) -> Result<Self, Error> {
        let name = entry.name();
        if !entry.spec.bare_enc1 {
            return foundation.issue::<Enc1>(name, &entry.enc1(), 0).map(Self::Certified);
        }
        let key = foundation.authority.keys().named(&format!("{name}/{}/bare", Enc1::ID))?;
        BareKey::new(name, key).map(Self::Bare)
    }

    pub(super) fn kid(&self) -> KeyId {
        match self {
            Self::Certified(issued) => issued.kid(),
            Self::Bare(bare) => bare.kid.clone(),
        }
    }
}

/// An Enc1 without a certificate, under a `kid` agreed at registration.
#[derive(Clone, Debug)]
pub struct BareKey {
    kid: KeyId,
    key: TestKey,
    private: Arc<dyn PrivateKey>,
}

impl BareKey {
    /// The agreed `kid`.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The key, for PEM files and foreign libraries.
    #[must_use]
    pub fn key(&self) -> &TestKey {
        &self.key
    }

    fn new(holder: &str, key: TestKey) -> Result<Self, Error> {
        let kid = format!("{holder}-enc1").parse().map_err(|reason: IdError| rejected::<Enc1>(holder, reason))?;
        let private = private_key(&key).map_err(|reason| rejected::<Enc1>(holder, reason))?;
        Ok(Self { kid, key, private })
    }
}
