//! The Hub of the ecosystem: Ozone, and the instances it runs for LFIs.

use core::borrow::Borrow;
use std::collections::BTreeMap;

use hub_roles::{C4, Credential, Deployment, InstanceId, OrganisationId, Role, S1, S3, Sig2, Sig3};

use super::foundation::Foundation;
use super::holder::Holder;
use super::holding::Holding;
use super::register::{BrandEntry, LfiEntry, Register};
use super::view::{View, party_with_view};
use crate::{Ecosystem, Error};

/// Ozone, which operates the API Hub: C4 and Sig3 of its own, and S1, S3 and Sig2 for every instance.
#[derive(Debug)]
pub struct HubParty {
    pub(super) organisation: OrganisationId,
    pub(super) view: View,
    pub(super) c4: Holding<C4>,
    pub(super) sig3: Option<Holding<Sig3>>,
    pub(super) instances: BTreeMap<InstanceId, Instance>,
}

/// What the Hub holds for one instance. It is registered in the LFI's organisation.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) s1: Holding<S1>,
    pub(super) s3: Holding<S3>,
    pub(super) sig2: Holding<Sig2>,
}

party_with_view!(HubParty);

impl HubParty {
    /// Ozone's organisation: OU of C4 and Sig3.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// All instances, of all LFIs.
    pub fn instances(&self) -> impl Iterator<Item = &InstanceId> {
        self.instances.keys()
    }

    /// What it presents to Ozone Connect servers.
    #[must_use]
    pub fn c4(&self) -> Credential<C4> {
        self.c4.credential()
    }

    /// What it signs JWT Auth tokens with.
    ///
    /// # Errors
    /// [`Error::NotHeld`] if no LFI uses JWT Auth.
    pub fn sig3(&self) -> Result<Credential<Sig3>, Error> {
        let absent = || Error::NotHeld { role: Sig3::ID, holder: Ecosystem::HUB.to_owned() };
        self.sig3.as_ref().map(Holding::credential).ok_or_else(absent)
    }

    /// What an instance presents to TPPs. The instance is named by its [`InstanceId`] or as text.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such instance.
    pub fn s1(&self, instance: &(impl Borrow<str> + ?Sized)) -> Result<Credential<S1>, Error> {
        Ok(self.instance(instance.borrow())?.s1.credential())
    }

    /// What an instance's Consent Manager and Headless Heimdall present to the LFI.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such instance.
    pub fn s3(&self, instance: &(impl Borrow<str> + ?Sized)) -> Result<Credential<S3>, Error> {
        Ok(self.instance(instance.borrow())?.s3.credential())
    }

    /// What an instance signs its responses and events with.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such instance.
    pub fn sig2(&self, instance: &(impl Borrow<str> + ?Sized)) -> Result<Credential<Sig2>, Error> {
        Ok(self.instance(instance.borrow())?.sig2.credential())
    }

    fn instance(&self, name: &str) -> Result<&Instance, Error> {
        self.instances.get(name).ok_or_else(|| Error::unknown("instance", name, self.instances.keys()))
    }

    pub(super) fn new(foundation: &Foundation, register: &Register, view: View) -> Result<Self, Error> {
        let organisation = register.hub.organisation;
        let holder = Holder::new(foundation, Ecosystem::HUB, organisation);
        let deployment = view.deployment();
        let mut instances = BTreeMap::new();
        let mut sig3 = None;
        for (lfi, brand) in register.brands() {
            instances.insert(brand.instance.clone(), Instance::new(foundation, deployment, lfi, brand)?);
            if lfi.spec.jwt_auth && sig3.is_none() {
                sig3 = Some(holder.first(register.hub.sig3(), deployment.expect(&brand.instance))?);
            }
        }
        let c4 = holder.first(register.hub.c4(), deployment.expect_hub())?;
        Ok(Self { organisation, c4, sig3, instances, view })
    }
}

impl Instance {
    fn new(
        foundation: &Foundation,
        deployment: &Deployment,
        lfi: &LfiEntry,
        brand: &BrandEntry,
    ) -> Result<Self, Error> {
        let id = &brand.instance;
        let holder = Holder::new(foundation, id.as_str(), lfi.organisation);
        Ok(Self {
            s1: holder.first(lfi.s1(brand), deployment.expect(id))?,
            s3: holder.first(lfi.s3(brand), deployment.expect(id))?,
            sig2: holder.first(lfi.sig2(), deployment.expect(id))?,
        })
    }
}
