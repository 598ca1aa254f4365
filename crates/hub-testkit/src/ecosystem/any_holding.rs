//! A holding of whichever role, and where its keys are published.

use hub_jwks::{KeyLocation, KeystoreUrl, Publication};
use hub_roles::{PartyId, Role, RoleId, RoleKind};

use super::generation::Generation;
use super::holding::Holding;
use crate::Issued;

/// A [`Holding`] of whichever role: for writing everything to files, or trying everything everywhere.
pub trait AnyHolding {
    /// Its role.
    fn role(&self) -> RoleId;

    /// The name of the holder in the ecosystem.
    fn holder(&self) -> &str;

    /// What was issued: the generation in use, overlapping ones, retired ones.
    fn issued(&self) -> Vec<&Issued>;

    /// Where the keystore publishes it.
    fn location(&self, keystore: &KeystoreUrl) -> KeyLocation;

    /// Adds the generation in use and the overlapping ones to a key set.
    fn publish(&self, set: Publication) -> Publication;

    /// Adds the retired generations to a key set.
    fn publish_retired(&self, set: Publication) -> Publication;
}

impl<R: Role> AnyHolding for Holding<R> {
    fn role(&self) -> RoleId {
        R::ID
    }

    fn holder(&self) -> &str {
        self.holder()
    }

    fn issued(&self) -> Vec<&Issued> {
        self.published().chain(self.retired()).map(Generation::issued).collect()
    }

    /// FACTS section 3: transport keys stand in a set of their own, and what an application holds stands below it.
    fn location(&self, keystore: &KeystoreUrl) -> KeyLocation {
        let certificate = self.current().certificate();
        let organisation = certificate.organisation();
        let in_application = R::ID.registrant() == PartyId::Tpp || R::ID.application().is_some();
        match (R::ID.kind(), certificate.subject().software_statement()) {
            (RoleKind::ClientTransport | RoleKind::ServerTransport, _) => keystore.transport_keys(&organisation),
            (_, Some(application)) if in_application => keystore.application_keys(&organisation, &application),
            _ => keystore.organisation_keys(&organisation),
        }
    }

    fn publish(&self, set: Publication) -> Publication {
        self.published().fold(set, |set, generation| set.certificate(generation.certificate()))
    }

    fn publish_retired(&self, set: Publication) -> Publication {
        self.retired().iter().fold(set, |set, generation| set.certificate(generation.certificate()))
    }
}
