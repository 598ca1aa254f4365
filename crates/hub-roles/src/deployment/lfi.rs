//! LFIs, and the certificates of their own that their instances share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::deployment::problem::{DeploymentRule, MissingPart, Part};
use crate::deployment::read::{Node, Table};
use crate::host::HttpsUrl;
use crate::id::{KeyId, OrganisationId, SoftwareStatementId};

/// What an LFI registered once, for one or more of its instances: C3, Sig4 and Enc1.
#[derive(Debug, Clone)]
pub struct LfiRegistration {
    organisation: OrganisationId,
    c3_application: Part<SoftwareStatementId>,
    pub(super) sig4: Part<Sig4Registration>,
    enc1_kid: Part<KeyId>,
    enc1_jwks_url: Part<HttpsUrl>,
}

impl LfiRegistration {
    fn read(table: &mut Table<'_>, ozone: Option<OrganisationId>) -> Option<Self> {
        let organisation = table.required("organisation", "every LFI").and_then(|node| other_than_ozone(&node, ozone));
        let c3_application = table.part("c3_application", "C3, and Sig4 of an application", Node::parse);
        let sig4 = table.part("sig4", "JWT Auth", |node| node.table(Sig4Registration::read));
        let (enc1_kid, enc1_jwks_url) = table.section("enc1", |enc1| {
            let kid = enc1.part("kid", "choosing the key of Enc1", Node::parse);
            (kid, enc1.part("jwks_url", "the public key of Enc1", Node::parse))
        });
        if sig4.known().is_some_and(|sig4| sig4.level == RegistrationLevel::Application) {
            table.demand(&c3_application, "Sig4 of an application");
        }
        Some(Self { organisation: organisation?, c3_application, sig4, enc1_kid, enc1_jwks_url })
    }

    /// The LFI's organisation.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// The LFI's `C3-hh-cm-client` application: CN of C3, and of Sig4 at application level.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn c3_application(&self) -> Result<SoftwareStatementId, MissingPart> {
        self.c3_application.get().copied()
    }

    /// Where Sig4 is registered.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn sig4(&self) -> Result<&Sig4Registration, MissingPart> {
        self.sig4.get()
    }

    /// The `kid` of the key that PII is encrypted to.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it: then the newest encryption key of the set is the one to take (FACTS section 4).
    pub fn enc1_kid(&self) -> Result<&KeyId, MissingPart> {
        self.enc1_kid.get()
    }

    /// Where Enc1's public key is published.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn enc1_jwks_url(&self) -> Result<&HttpsUrl, MissingPart> {
        self.enc1_jwks_url.get()
    }
}

/// Where an LFI's Sig4 is registered.
#[derive(Debug, Clone)]
pub struct Sig4Registration {
    level: RegistrationLevel,
    pub(super) jwks_url: Part<HttpsUrl>,
}

impl Sig4Registration {
    fn read(table: &mut Table<'_>) -> Self {
        let words =
            [("application", RegistrationLevel::Application), ("organisation", RegistrationLevel::Organisation)];
        let level = table.optional("level").and_then(|node| node.word(&words)).unwrap_or_default();
        Self { level, jwks_url: table.part("jwks_url", "the public key of Sig4", Node::parse) }
    }

    /// In the application, or in the organisation.
    #[must_use]
    pub fn level(&self) -> RegistrationLevel {
        self.level
    }

    /// Where the public key is published.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn jwks_url(&self) -> Result<&HttpsUrl, MissingPart> {
        self.jwks_url.get()
    }
}

/// Whether a certificate is an application's or an organisation's (FACTS section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RegistrationLevel {
    /// Created in the `C3-hh-cm-client` application, whose ID is the CN: the seed's location of Sig4, and the default.
    #[default]
    Application,
    /// Created under the organisation's certificates, with whatever CN.
    Organisation,
}

/// The `lfis` of a file, by the name the file gives them. One that is broken keeps its name, so that references to it are no second
/// problem.
#[derive(Debug, Clone)]
pub(super) struct Lfis {
    named: BTreeMap<String, Option<Arc<LfiRegistration>>>,
    /// Where each C3 application stands in the file.
    c3_places: HashMap<(OrganisationId, SoftwareStatementId), String>,
}

impl Lfis {
    pub(super) fn read(file: &mut Table<'_>, ozone: Option<OrganisationId>) -> Self {
        let entries = file.named("lfis").into_iter().map(|(name, node)| {
            let lfi = node.table(|table| LfiRegistration::read(table, ozone)).flatten();
            (name.to_owned(), lfi.map(Arc::new))
        });
        let named: BTreeMap<_, _> = entries.collect();
        let known = named.values().flatten();
        let c3_places = known.filter_map(|lfi| {
            let application = *lfi.c3_application.known()?;
            Some(((lfi.organisation, application), lfi.c3_application.place().to_owned()))
        });
        Self { c3_places: c3_places.collect(), named }
    }

    /// The LFI that `reference` names.
    pub(super) fn find(&self, reference: &Node<'_>) -> Option<Arc<LfiRegistration>> {
        match self.named.get(reference.text()?) {
            Some(lfi) => lfi.clone(),
            None => reference.refuse(DeploymentRule::UnknownReference { what: "entry of `lfis`" }),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &LfiRegistration> {
        self.named.values().flatten().map(Arc::as_ref)
    }

    /// Whether an LFI has this organisation, or one is broken and might.
    pub(super) fn may_contain(&self, organisation: OrganisationId) -> bool {
        self.named.values().any(|lfi| lfi.as_ref().is_none_or(|lfi| lfi.organisation == organisation))
    }

    /// Where the C3 application stands that this application is, if it is one.
    pub(super) fn place_of_c3(&self, organisation: OrganisationId, application: SoftwareStatementId) -> Option<&str> {
        self.c3_places.get(&(organisation, application)).map(String::as_str)
    }
}

/// Reads an organisation of a party that is not Ozone.
pub(super) fn other_than_ozone(node: &Node<'_>, ozone: Option<OrganisationId>) -> Option<OrganisationId> {
    let organisation = node.parse()?;
    if Some(organisation) == ozone { node.refuse(DeploymentRule::OzoneOrganisation) } else { Some(organisation) }
}
