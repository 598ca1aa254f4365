//! What Ozone, which operates the API Hub, registered.

use crate::deployment::problem::{MissingPart, Part};
use crate::host::HttpsUrl;
use crate::id::OrganisationId;

/// Ozone's registration: where C4 and Sig3 are from.
#[derive(Debug, Clone)]
pub struct OzoneRegistration {
    organisation: OrganisationId,
    sig3_jwks_url: Part<HttpsUrl>,
    c4_jwks_url: Part<HttpsUrl>,
}

impl OzoneRegistration {
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
