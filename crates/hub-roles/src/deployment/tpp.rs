//! What TPPs registered.

use std::collections::{BTreeMap, HashMap};

use crate::deployment::lfi::{Lfis, other_than_ozone};
use crate::deployment::problem::{DeploymentRule, MissingPart, Part};
use crate::deployment::read::{Distinct, Node, Table};
use crate::id::{ClientId, KeyId, OrganisationId, SoftwareStatementId};

/// One application of one TPP: the holder of a C1, a Sig1 and an Enc2.
#[derive(Debug, Clone)]
pub struct TppRegistration {
    client_id: ClientId,
    organisation: OrganisationId,
    software_statement: SoftwareStatementId,
    enc2_kid: Part<KeyId>,
}

impl TppRegistration {
    fn read(table: &mut Table<'_>, ozone: Option<OrganisationId>, lfis: &Lfis, seen: &mut Seen) -> Option<Self> {
        let client_id = table.required("client_id", EVERY).and_then(|node| {
            let client_id = node.parse()?;
            seen.clients.once(&client_id, &node);
            Some(client_id)
        });
        let organisation = table.required("organisation", EVERY).and_then(|node| other_than_ozone(&node, ozone));
        let software_statement = table.required("software_statement", EVERY).and_then(|node| {
            let application = node.parse()?;
            let organisation = organisation?;
            seen.applications.once(&(organisation, application), &node);
            match lfis.place_of_c3(organisation, application) {
                Some(c3) => node.refuse(DeploymentRule::C3Application { c3: c3.to_owned() }),
                None => Some(application),
            }
        });
        let enc2_kid = table.part("enc2_kid", "choosing the key of Enc2", Node::parse);
        Some(Self {
            client_id: client_id?,
            organisation: organisation?,
            software_statement: software_statement?,
            enc2_kid,
        })
    }

    /// Its OAuth client ID, which is another thing than its software statement (FACTS section 1).
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The TPP's organisation: OU of C1, Sig1 and Enc2.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// The TPP's application: CN of C1, Sig1 and Enc2.
    #[must_use]
    pub fn software_statement(&self) -> SoftwareStatementId {
        self.software_statement
    }

    /// The `kid` of the key that webhook events are encrypted to.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it: then the newest encryption key of the set is the one to take (FACTS section 4).
    pub fn enc2_kid(&self) -> Result<&KeyId, MissingPart> {
        self.enc2_kid.get()
    }
}

/// The `tpps` of a file.
#[derive(Debug, Clone)]
pub(super) struct Tpps {
    /// Whether the Hub takes TPPs that are not in the file.
    pub(super) open: bool,
    registered: BTreeMap<ClientId, TppRegistration>,
    clients: HashMap<(OrganisationId, SoftwareStatementId), ClientId>,
}

impl Tpps {
    pub(super) fn read(tpps: &mut Table<'_>, ozone: Option<OrganisationId>, lfis: &Lfis, seen: &mut Seen) -> Self {
        let open = tpps.optional("open").and_then(|node| node.flag()).unwrap_or_default();
        let entries = tpps.named("registered").into_iter();
        let registered: BTreeMap<_, _> = entries
            .filter_map(|(_, node)| node.table(|table| TppRegistration::read(table, ozone, lfis, seen)).flatten())
            .map(|tpp| (tpp.client_id.clone(), tpp))
            .collect();
        let clients = registered
            .values()
            .map(|tpp| ((tpp.organisation, tpp.software_statement), tpp.client_id.clone()))
            .collect();
        Self { open, registered, clients }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &TppRegistration> {
        self.registered.values()
    }

    pub(super) fn by_client(&self, client_id: &ClientId) -> Result<&TppRegistration, MissingPart> {
        self.registered.get(client_id).ok_or_else(|| {
            MissingPart::new(format!("tpps.registered entry with client_id {:?}", client_id.as_str()), "this TPP")
        })
    }

    pub(super) fn by_application(
        &self,
        organisation: OrganisationId,
        software_statement: SoftwareStatementId,
    ) -> Option<&TppRegistration> {
        self.registered.get(self.clients.get(&(organisation, software_statement))?)
    }
}

/// What may stand once only among TPPs.
pub(super) struct Seen {
    pub(super) clients: Distinct<ClientId>,
    applications: Distinct<(OrganisationId, SoftwareStatementId)>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { clients: Distinct::new(), applications: Distinct::new() }
    }
}

const EVERY: &str = "every TPP";
