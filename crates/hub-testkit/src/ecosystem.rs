//! A whole ecosystem in memory: one authority, TPPs, LFIs with their brands, and the Hub.

mod any_holding;
mod builder;
mod foundation;
mod generation;
mod held;
mod holder;
mod holding;
mod hub;
mod key_sets;
mod lfi;
mod register;
mod tpp;
mod view;

use std::collections::BTreeMap;

use hub_roles::{Environment, RoleKind, TrustFramework};
use rustls_pki_types::UnixTime;

pub use self::any_holding::AnyHolding;
pub use self::builder::{EcosystemBuilder, LfiSpec};
use self::foundation::Foundation;
pub use self::generation::Generation;
pub use self::held::Held;
pub use self::holding::Holding;
pub use self::hub::HubParty;
pub use self::lfi::{BareKey, LfiParty};
use self::register::Register;
pub use self::tpp::TppParty;
use crate::{Authority, Error, Issued};

/// TPPs, LFIs and the Hub, with every certificate issued and verified for its role, and every deployment read from a
/// file.
///
/// Everything follows from the names: identifiers, client IDs, hosts, keys. Two ecosystems of the same names at the same
/// time are the same.
///
/// ```
/// use core::time::Duration;
/// use hub_roles::{C3, CertificateChain};
/// use hub_testkit::Ecosystem;
/// use rustls_pki_types::UnixTime;
///
/// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
/// let eco = Ecosystem::sandbox(now)?;
///
/// // The Hub verifies what the bank presents to the Consent Manager of its retail brand...
/// let presented = CertificateChain::from_der(eco.issued::<C3>("bank")?.chain())?;
/// let expected = eco.hub().deployment().expect::<C3>(&"retail".parse()?)?;
/// let c3 = eco.trust().verify(&presented, &expected, now)?;
/// assert_eq!(c3.organisation(), eco.lfi("bank")?.organisation());
///
/// // ...and does not take another bank's C3 there.
/// let other = CertificateChain::from_der(eco.issued::<C3>("other-bank")?.chain())?;
/// let refused = eco.trust().verify(&other, &expected, now).unwrap_err();
/// assert_eq!(refused.code(), "certificate.organisation");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Ecosystem {
    foundation: Foundation,
    register: Register,
    tpps: BTreeMap<String, TppParty>,
    lfis: BTreeMap<String, LfiParty>,
    hub: HubParty,
}

impl Ecosystem {
    /// The name under which the Hub holds C4 and Sig3.
    pub const HUB: &str = "ozone";

    /// In the Sandbox: the TPPs `acme` and `other-tpp`, the LFI `bank` with the brands `retail` and `sme` and with JWT
    /// Auth, and the LFI `other-bank` with the brand `other` and without.
    ///
    /// # Errors
    /// As [`EcosystemBuilder::build`].
    pub fn sandbox(now: UnixTime) -> Result<Self, Error> {
        Self::builder(now)
            .tpp("acme")
            .tpp("other-tpp")
            .lfi(LfiSpec::new("bank").brand("retail").brand("sme").jwt_auth(true))
            .lfi(LfiSpec::new("other-bank").brand("other"))
            .build()
    }

    /// An ecosystem of the Sandbox with nobody in it yet, whose clock stands at `now`.
    pub fn builder(now: UnixTime) -> EcosystemBuilder {
        EcosystemBuilder::new(now)
    }

    /// The PKI it lives in.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        self.trust().environment()
    }

    /// Where its clock stands.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.authority().now()
    }

    /// Who issues its certificates, and may issue others.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.foundation.authority
    }

    /// What everybody trusts.
    #[must_use]
    pub fn trust(&self) -> &TrustFramework {
        &self.foundation.trust
    }

    /// The Hub.
    #[must_use]
    pub fn hub(&self) -> &HubParty {
        &self.hub
    }

    /// The TPP of this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is none.
    pub fn tpp(&self, name: &str) -> Result<&TppParty, Error> {
        self.tpps.get(name).ok_or_else(|| Error::unknown("TPP", name, self.tpps.keys()))
    }

    /// The LFI of this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is none.
    pub fn lfi(&self, name: &str) -> Result<&LfiParty, Error> {
        self.lfis.get(name).ok_or_else(|| Error::unknown("LFI", name, self.lfis.keys()))
    }

    /// All TPPs, by name.
    pub fn tpps(&self) -> impl Iterator<Item = &TppParty> {
        self.tpps.values()
    }

    /// All LFIs, by name.
    pub fn lfis(&self) -> impl Iterator<Item = &LfiParty> {
        self.lfis.values()
    }

    /// What this holder has of role `R`. [`Held`] says which name holds what.
    ///
    /// # Errors
    /// [`Error::NotHeld`] if it has nothing of it.
    pub fn holding<R: Held>(&self, holder: &str) -> Result<&Holding<R>, Error> {
        R::of(self, holder).ok_or_else(|| not_held::<R>(holder))
    }

    /// What was issued to this holder for role `R`, for PEM files and foreign libraries: the generation in use.
    ///
    /// # Errors
    /// As [`Self::holding`].
    pub fn issued<R: Held>(&self, holder: &str) -> Result<&Issued, Error> {
        self.holding::<R>(holder).map(Holding::issued)
    }

    /// Every holding of every role, those of the TPPs first, then the LFIs', then the Hub's.
    #[must_use]
    pub fn holdings(&self) -> Vec<&dyn AnyHolding> {
        let mut all: Vec<&dyn AnyHolding> = Vec::new();
        for tpp in self.tpps() {
            all.extend([&tpp.c1 as &dyn AnyHolding, &tpp.sig1, &tpp.enc2]);
        }
        for lfi in self.lfis() {
            all.extend([&lfi.c3 as &dyn AnyHolding, &lfi.s4]);
            all.extend(lfi.sig4.as_ref().map(|sig4| sig4 as &dyn AnyHolding));
            all.extend(lfi.enc1.certified().map(|enc1| enc1 as &dyn AnyHolding));
        }
        for instance in self.hub.instances.values() {
            all.extend([&instance.s1 as &dyn AnyHolding, &instance.s3, &instance.sig2]);
        }
        all.push(&self.hub.c4);
        all.extend(self.hub.sig3.as_ref().map(|sig3| sig3 as &dyn AnyHolding));
        all
    }

    /// Gives this holder a new key and certificate of role `R`, with the same subject, and puts them to use. The ones
    /// before stay published beside them: the overlap of a rotation (FACTS section 6).
    ///
    /// Where a deployment names the key's `kid` (Enc1, Enc2), every deployment is written again.
    ///
    /// # Errors
    /// [`Error::NotHeld`] if it has nothing of it.
    pub fn rotate<R: Held>(&mut self, holder: &str) -> Result<(), Error> {
        let next = self.holding::<R>(holder)?.next(&self.foundation)?;
        let kid = next.kid().clone();
        R::of_mut(self, holder).ok_or_else(|| not_held::<R>(holder))?.cut_over(next);
        if R::ID.kind() == RoleKind::Encryption {
            self.register.kids.insert(holder.to_owned(), kid);
            self.write_deployments()?;
        }
        Ok(())
    }

    /// Ends the overlap: earlier keys of role `R` of this holder move to the inactive key set.
    ///
    /// # Errors
    /// [`Error::NotHeld`] if it has nothing of it.
    pub fn retire<R: Held>(&mut self, holder: &str) -> Result<(), Error> {
        R::of_mut(self, holder).ok_or_else(|| not_held::<R>(holder)).map(Holding::retire)
    }

    fn write_deployments(&mut self) -> Result<(), Error> {
        let register = &self.register;
        self.hub.view = register.hub_view()?;
        for tpp in self.tpps.values_mut() {
            tpp.view = register.tpp_view(&tpp.entry)?;
        }
        for lfi in self.lfis.values_mut() {
            lfi.view = register.lfi_view(&lfi.entry)?;
        }
        Ok(())
    }
}

fn not_held<R: Held>(holder: &str) -> Error {
    Error::NotHeld { role: R::ID, holder: holder.to_owned() }
}
