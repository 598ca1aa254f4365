//! API Hub instances.

use std::sync::Arc;

use crate::deployment::jwt_auth::JwtAuthSettings;
use crate::deployment::lfi::{LfiRegistration, Lfis};
use crate::deployment::problem::{DeploymentRule, MissingPart, Part};
use crate::deployment::read::{Distinct, Node, Table};
use crate::host::{HostName, HttpsUrl};
use crate::id::{InstanceId, Issuer, OrganisationId, ProviderId};

/// One API Hub instance of one brand of an LFI (FACTS section 1).
#[derive(Debug, Clone)]
pub struct LfiInstance {
    id: InstanceId,
    lfi: Arc<LfiRegistration>,
    pub(super) provider_id: Part<ProviderId>,
    issuer: Part<Issuer>,
    hosts: InstanceHosts,
    pub(super) ozone_connect_url: Part<HttpsUrl>,
    server_name_rule: ServerNameRule,
    sig2_jwks_url: Part<HttpsUrl>,
    jwt_auth: JwtAuthSettings,
}

impl LfiInstance {
    pub(super) fn read(
        name: &str,
        id: Option<InstanceId>,
        table: &mut Table<'_>,
        lfis: &Lfis,
        seen: &mut Seen,
    ) -> Option<Self> {
        let lfi = table.required("lfi", "every instance").and_then(|node| lfis.find(&node));
        let provider_id = table.part("provider_id", "JWT Auth and `o3-provider-id`", |node| {
            let provider_id = node.parse()?;
            seen.providers.once(&provider_id, node);
            Some(provider_id)
        });
        let issuer = table.part("issuer", "tokens between TPPs and the API Hub", |node| {
            let issuer: Issuer = node.parse()?;
            seen.issuers.once(&issuer, node);
            if is_issuer_url(issuer.as_str()) { Some(issuer) } else { node.refuse(DeploymentRule::Issuer) }
        });
        let hosts = table.section("hosts", |hosts| InstanceHosts::read(name, hosts, &mut seen.hosts));
        let (ozone_connect_url, server_name_rule) = table.section("ozone_connect", |ozone_connect| {
            let url = ozone_connect.part("url", "connections to Ozone Connect", |node| {
                let url: HttpsUrl = node.parse()?;
                seen.hosts.claim(url.host(), "Ozone Connect", node);
                Some(url)
            });
            let words = [("host", ServerNameRule::Host), ("organisation-only", ServerNameRule::OrganisationOnly)];
            (url, ozone_connect.optional("server_name").and_then(|node| node.word(&words)).unwrap_or_default())
        });
        let sig2_jwks_url = table.part("sig2_jwks_url", "the public key of Sig2", Node::parse);
        let jwt_auth = table.section("jwt_auth", JwtAuthSettings::read);
        Some(Self {
            id: id?,
            lfi: lfi?,
            provider_id,
            issuer,
            hosts,
            ozone_connect_url,
            server_name_rule,
            sig2_jwks_url,
            jwt_auth,
        })
    }

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
        self.lfi.organisation()
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
    fn read(instance: &str, table: &mut Table<'_>, seen: &mut Distinct<HostName>) -> Self {
        // Hosts tell S1 from S3, and one instance from the other: a host has one certificate.
        let [s1, s3] = ["S1", "S3"].map(|role| format!("{role} of {instance}"));
        let mut host = |name, certificate: &str, needed_for| {
            table.part(name, needed_for, |node| {
                let host = node.parse()?;
                seen.claim(&host, certificate, node);
                Some(host)
            })
        };
        Self {
            authorisation: host("as", &s1, "`/par` and `/token`"),
            resource: host("rs", &s1, "the APIs of the resource server"),
            headless_heimdall: host("hh", &s3, "Headless Heimdall"),
            consent_manager: host("cm", &s3, "the Consent Manager"),
        }
    }

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

    /// The hosts that S1 covers: one at least.
    pub(super) fn of_s1(&self) -> Result<Vec<HostName>, MissingPart> {
        at_least_one([&self.authorisation, &self.resource])
    }

    /// The hosts that S3 covers: one at least.
    pub(super) fn of_s3(&self) -> Result<Vec<HostName>, MissingPart> {
        at_least_one([&self.headless_heimdall, &self.consent_manager])
    }

    /// Where the Hub serves this instance, as far as this view tells.
    pub(super) fn known(&self) -> impl Iterator<Item = &HostName> {
        [&self.authorisation, &self.resource, &self.headless_heimdall, &self.consent_manager]
            .into_iter()
            .filter_map(Part::known)
    }
}

/// What an LFI's S4 must prove beyond its organisation (FACTS section 2: the published walkthrough yields a certificate that names
/// no host).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ServerNameRule {
    /// The host of the Ozone Connect URL: the default.
    #[default]
    Host,
    /// Nothing: the organisation alone proves it. S1 and S3, which the API Hub holds in the same organisation, would do as well.
    OrganisationOnly,
}

/// What may stand once only among instances.
pub(super) struct Seen {
    hosts: Distinct<HostName>,
    providers: Distinct<ProviderId>,
    issuers: Distinct<Issuer>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { hosts: Distinct::new(), providers: Distinct::new(), issuers: Distinct::new() }
    }
}

/// RFC 8414 section 2: an `https` URL without query and fragment; the scheme in lower case, as every reader compares octet by octet.
fn is_issuer_url(text: &str) -> bool {
    text.starts_with("https://") && !text.contains('?') && text.parse::<HttpsUrl>().is_ok()
}

fn at_least_one([first, second]: [&Part<HostName>; 2]) -> Result<Vec<HostName>, MissingPart> {
    let mut hosts = vec![first.get().or_else(|missing| second.known().ok_or(missing))?.clone()];
    // One host may stand for both.
    hosts.extend(second.known().filter(|second| !hosts.contains(second)).cloned());
    Ok(hosts)
}
