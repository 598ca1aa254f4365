//! API Hub instances and the LFIs they belong to.

use std::sync::Arc;

use crate::deployment::jwt_auth::JwtAuthSettings;
use crate::deployment::problem::{MissingPart, Part};
use crate::host::{HostName, HttpsUrl};
use crate::id::{InstanceId, Issuer, KeyId, OrganisationId, ProviderId, SoftwareStatementId};

/// One API Hub instance of one brand of an LFI (FACTS section 1).
#[derive(Debug, Clone)]
pub struct LfiInstance {
    id: InstanceId,
    lfi: Arc<LfiRegistration>,
    provider_id: Part<ProviderId>,
    issuer: Part<Issuer>,
    hosts: InstanceHosts,
    ozone_connect_url: Part<HttpsUrl>,
    server_name_rule: ServerNameRule,
    sig2_jwks_url: Part<HttpsUrl>,
    jwt_auth: JwtAuthSettings,
}

impl LfiInstance {
    /// The name the deployment gives it.
    #[must_use]
    pub fn id(&self) -> &InstanceId {
        &self.id
    }

    /// The LFI's own certificates, which several instances may share (seed, "Certificate reuse across brands").
    #[must_use]
    pub fn lfi(&self) -> &LfiRegistration {
        &self.lfi
    }

    /// The LFI's organisation: OU of S1, S3, S4, C3, Sig2, Sig4 and Enc1.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.lfi.organisation
    }

    /// The OpenID issuer: `aud` of what TPPs sign, `iss` of what the Hub signs for this instance (FACTS section 4).
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn issuer(&self) -> Result<&Issuer, MissingPart> {
        self.issuer.get()
    }

    /// The LFI code agreed at onboarding: `o3-provider-id`, and `aud` of JWT Auth tokens (FACTS sections 1 and 4).
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn provider_id(&self) -> Result<&ProviderId, MissingPart> {
        self.provider_id.get()
    }

    /// The hosts that the Hub serves for this instance.
    #[must_use]
    pub fn hosts(&self) -> &InstanceHosts {
        &self.hosts
    }

    /// Where the LFI's Ozone Connect is.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn ozone_connect_url(&self) -> Result<&HttpsUrl, MissingPart> {
        self.ozone_connect_url.get()
    }

    /// What S4 must prove beyond its organisation.
    #[must_use]
    pub fn server_name_rule(&self) -> ServerNameRule {
        self.server_name_rule
    }

    /// Where Sig2's public key is published.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn sig2_jwks_url(&self) -> Result<&HttpsUrl, MissingPart> {
        self.sig2_jwks_url.get()
    }

    /// Which requests and responses carry JWT Auth tokens.
    #[must_use]
    pub fn jwt_auth(&self) -> &JwtAuthSettings {
        &self.jwt_auth
    }
}

/// The hosts of one API Hub instance (FACTS section 4): authorisation and resource server answer with S1, Headless Heimdall and
/// Consent Manager with S3.
#[derive(Debug, Clone)]
pub struct InstanceHosts {
    authorisation: Part<HostName>,
    resource: Part<HostName>,
    headless_heimdall: Part<HostName>,
    consent_manager: Part<HostName>,
}

impl InstanceHosts {
    /// The authorisation server: `/par` and `/token`.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn authorisation(&self) -> Result<&HostName, MissingPart> {
        self.authorisation.get()
    }

    /// The resource server: the APIs.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn resource(&self) -> Result<&HostName, MissingPart> {
        self.resource.get()
    }

    /// Headless Heimdall.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn headless_heimdall(&self) -> Result<&HostName, MissingPart> {
        self.headless_heimdall.get()
    }

    /// The Consent Manager.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have it.
    pub fn consent_manager(&self) -> Result<&HostName, MissingPart> {
        self.consent_manager.get()
    }
}

/// What an LFI's S4 must prove beyond its organisation (FACTS section 2: the published walkthrough yields a certificate that names
/// no host).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ServerNameRule {
    /// The host of the Ozone Connect URL: the default.
    #[default]
    Host,
    /// Nothing: the organisation alone proves it.
    OrganisationOnly,
}

/// What an LFI registered once, for one or more of its instances: C3, Sig4 and Enc1.
#[derive(Debug, Clone)]
pub struct LfiRegistration {
    organisation: OrganisationId,
    c3_application: Part<SoftwareStatementId>,
    sig4: Part<Sig4Registration>,
    enc1_kid: Part<KeyId>,
    enc1_jwks_url: Part<HttpsUrl>,
}

impl LfiRegistration {
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
    jwks_url: Part<HttpsUrl>,
}

impl Sig4Registration {
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
    /// Created under the organisation's certificates: any CN.
    Organisation,
}
