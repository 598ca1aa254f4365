//! What Ozone, which operates the API Hub, registered.

use crate::deployment::problem::{MissingPart, Part};
use crate::deployment::read::{Node, Table};
use crate::host::HttpsUrl;
use crate::id::OrganisationId;

/// Ozone's registration: where C4 and Sig3 come from.
#[derive(Debug, Clone)]
pub struct OzoneRegistration {
    organisation: OrganisationId,
    pub(super) sig3_jwks_url: Part<HttpsUrl>,
    c4_jwks_url: Part<HttpsUrl>,
}

impl OzoneRegistration {
    pub(super) fn read(table: &mut Table<'_>) -> Option<Self> {
        let organisation = table.required("organisation", "C4 and Sig3").and_then(|node| node.parse());
        let sig3_jwks_url = table.part("sig3_jwks_url", "the public key of Sig3", Node::parse);
        let c4_jwks_url = table.part("c4_jwks_url", "the public key of C4", Node::parse);
        Some(Self { organisation: organisation?, sig3_jwks_url, c4_jwks_url })
    }

    /// Ozone's organisation: OU of C4 and Sig3.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// Where Sig3's public key is published.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn sig3_jwks_url(&self) -> Result<&HttpsUrl, MissingPart> {
        self.sig3_jwks_url.get()
    }

    /// Where C4's public key is published.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn c4_jwks_url(&self) -> Result<&HttpsUrl, MissingPart> {
        self.c4_jwks_url.get()
    }
}
