//! What TPPs registered.

use crate::deployment::problem::{MissingPart, Part};
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
