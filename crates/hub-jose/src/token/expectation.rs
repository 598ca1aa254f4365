//! What the receiver of a token knows about the other party beforehand.

use hub_roles::{ClientId, Issuer, LfiInstance, MissingPart, OrganisationId};

use crate::claims::Names;
use crate::token::Parties;

/// A TPP's client that speaks to one API Hub instance: the expectation of request objects, client assertions, signed requests and PII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedClient {
    client: ClientId,
    issuer: Issuer,
}

impl ExpectedClient {
    /// `client`, speaking to the instance whose issuer is `issuer`.
    #[must_use]
    pub fn new(client: &ClientId, issuer: &Issuer) -> Self {
        Self { client: client.clone(), issuer: issuer.clone() }
    }

    /// `client`, speaking to `instance`.
    ///
    /// # Errors
    /// [`MissingPart`] if the deployment does not know the instance's issuer.
    pub fn of(client: &ClientId, instance: &LfiInstance) -> Result<Self, MissingPart> {
        Ok(Self::new(client, instance.issuer()?))
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The issuer of the instance it speaks to.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// `iss` is the client, `aud` the issuer.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { issuer: self.client.as_str(), subject: None, audience: self.issuer.as_str() }
    }

    /// `iss` and `sub` are the client, `aud` the issuer.
    pub(crate) fn names_with_subject(&self) -> Names<'_> {
        Names { subject: Some(self.client.as_str()), ..self.names() }
    }

    /// The client's key, and [`names`](Self::names).
    pub(crate) fn parties(&self) -> Parties<'_, ClientId> {
        Parties { owner: &self.client, names: self.names() }
    }

    /// The client's key, and [`names_with_subject`](Self::names_with_subject).
    pub(crate) fn parties_with_subject(&self) -> Parties<'_, ClientId> {
        Parties { owner: &self.client, names: self.names_with_subject() }
    }
}

/// An API Hub instance that speaks to one client of a TPP: the expectation of signed responses, and part of that of ID tokens and
/// webhook events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedIssuer {
    organisation: OrganisationId,
    issuer: Issuer,
    client: ClientId,
}

impl ExpectedIssuer {
    /// The instance with this issuer, whose Sig2 is registered in the LFI's `organisation`, speaking to `client`.
    #[must_use]
    pub fn new(organisation: OrganisationId, issuer: &Issuer, client: &ClientId) -> Self {
        Self { organisation, issuer: issuer.clone(), client: client.clone() }
    }

    /// `instance`, speaking to `client`.
    ///
    /// # Errors
    /// [`MissingPart`] if the deployment does not know the instance's issuer.
    pub fn of(instance: &LfiInstance, client: &ClientId) -> Result<Self, MissingPart> {
        Ok(Self::new(instance.organisation(), instance.issuer()?, client))
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The client it speaks to.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// `iss` is the issuer, `aud` the client, and the key the LFI organisation's.
    pub(crate) fn parties(&self) -> Parties<'_, OrganisationId> {
        Parties { owner: &self.organisation, names: Names::of_instance(&self.issuer, &self.client) }
    }
}
