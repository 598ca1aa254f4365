//! A TPP of the ecosystem.

use hub_roles::{C1, ClientId, Credential, Enc2, OrganisationId, Sig1, SoftwareStatementId};

use super::foundation::Foundation;
use super::holder::Holder;
use super::holding::Holding;
use super::register::TppEntry;
use super::view::{View, party_with_view};
use crate::{Error, Issued};

/// A TPP: one application of one organisation, with its C1, Sig1 and Enc2.
#[derive(Debug)]
pub struct TppParty {
    pub(super) entry: TppEntry,
    pub(super) view: View,
    pub(super) c1: Holding<C1>,
    pub(super) sig1: Holding<Sig1>,
    pub(super) enc2: Holding<Enc2>,
}

party_with_view!(TppParty);

impl TppParty {
    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entry.name
    }

    /// Its organisation: OU of its certificates.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.entry.organisation
    }

    /// Its application: CN of its certificates.
    #[must_use]
    pub fn software_statement(&self) -> SoftwareStatementId {
        self.entry.software_statement
    }

    /// Its OAuth client ID: the owner of its keys.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.entry.client_id
    }

    /// What it presents to the Hub.
    #[must_use]
    pub fn c1(&self) -> Credential<C1> {
        self.c1.credential()
    }

    /// What it signs with.
    #[must_use]
    pub fn sig1(&self) -> Credential<Sig1> {
        self.sig1.credential()
    }

    /// What it opens webhook events with.
    #[must_use]
    pub fn enc2(&self) -> Credential<Enc2> {
        self.enc2.credential()
    }

    pub(super) fn new(foundation: &Foundation, entry: &TppEntry, view: View, enc2: Issued) -> Result<Self, Error> {
        let holder = Holder::new(foundation, &entry.name, entry.client_id.clone());
        let deployment = view.deployment();
        Ok(Self {
            c1: holder.first(entry.c1(), deployment.expect_tpp(&entry.client_id))?,
            sig1: holder.first(entry.sig1(), deployment.expect_tpp(&entry.client_id))?,
            enc2: holder.first_of(enc2, entry.enc2(), deployment.expect_tpp(&entry.client_id))?,
            entry: entry.clone(),
            view,
        })
    }
}
