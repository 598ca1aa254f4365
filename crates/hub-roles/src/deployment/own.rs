//! Whose view a deployment is.

use crate::deployment::lfi::Lfis;
use crate::deployment::problem::DeploymentRule;
use crate::deployment::read::{Distinct, Table};
use crate::id::{ClientId, OrganisationId};
use crate::party::PartyId;

/// Whose view it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// The TPP with this client ID, one of those registered.
    Tpp(ClientId),
    /// The LFI of this organisation, one of those registered.
    Lfi(OrganisationId),
    /// Ozone: the API Hub.
    Ozone,
}

impl Own {
    /// Reads `own`, whose references must lead somewhere in the file.
    pub(super) fn read(table: &mut Table<'_>, lfis: &Lfis, clients: &Distinct<ClientId>) -> Option<Self> {
        let parties = [("tpp", PartyId::Tpp), ("lfi", PartyId::Lfi), ("ozone", PartyId::Ozone)];
        match table.required("party", "every deployment")?.word(&parties)? {
            PartyId::Tpp => {
                let node = table.required("client_id", "a TPP's view")?;
                let client_id = node.parse()?;
                let known = clients.contains(&client_id);
                if known {
                    Some(Self::Tpp(client_id))
                } else {
                    node.refuse(unknown("`tpps.registered` with this client ID"))
                }
            }
            PartyId::Lfi => {
                let node = table.required("organisation", "an LFI's view")?;
                let organisation = node.parse()?;
                let known = lfis.may_contain(organisation);
                if known {
                    Some(Self::Lfi(organisation))
                } else {
                    node.refuse(unknown("`lfis` with this organisation"))
                }
            }
            PartyId::Ozone => Some(Self::Ozone),
        }
    }
}

const fn unknown(what: &'static str) -> DeploymentRule {
    DeploymentRule::UnknownReference { what }
}
