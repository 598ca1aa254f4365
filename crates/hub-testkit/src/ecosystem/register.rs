//! Who takes part: identifiers, hosts and subjects, all derived from the names a test chose.

use core::str::FromStr;
use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use hub_roles::{
    ClientId, Environment, HostError, HttpsUrl, IdError, InstanceId, Issuer, KeyId, OrganisationId, ProviderId,
    SoftwareStatementId,
};
use uuid::Builder;

use crate::{Error, LeafSpec, LfiSpec, Profile, SubjectSpec};

/// What the Trust Framework's directory holds.
#[derive(Debug)]
pub(super) struct Register {
    pub(super) environment: Environment,
    pub(super) keystore: HttpsUrl,
    pub(super) hub: HubEntry,
    pub(super) tpps: Vec<TppEntry>,
    pub(super) lfis: Vec<LfiEntry>,
    /// The registered encryption keys, by the name of their holder.
    pub(super) kids: BTreeMap<String, KeyId>,
}

impl Register {
    /// The register of these participants.
    pub(super) fn new(profile: &Profile, tpps: &[String], lfis: &[LfiSpec]) -> Result<Self, Error> {
        let environment = identifier(profile.environment())?;
        Ok(Self {
            keystore: keystore(&environment)?,
            hub: HubEntry::new()?,
            tpps: tpps.iter().map(|name| TppEntry::new(&environment, name)).collect::<Result<_, _>>()?,
            lfis: lfis.iter().map(|spec| LfiEntry::new(&environment, spec)).collect::<Result<_, _>>()?,
            environment,
            kids: BTreeMap::new(),
        })
    }

    /// All brands, with their LFIs.
    pub(super) fn brands(&self) -> impl Iterator<Item = (&LfiEntry, &BrandEntry)> {
        self.lfis.iter().flat_map(|lfi| lfi.brands.iter().map(move |brand| (lfi, brand)))
    }

    /// Whether any LFI uses JWT Auth: only then Ozone needs a Sig3.
    pub(super) fn uses_jwt_auth(&self) -> bool {
        self.lfis.iter().any(|lfi| lfi.spec.jwt_auth)
    }
}

/// The environment's keystore (FACTS section 3).
fn keystore(environment: &Environment) -> Result<HttpsUrl, Error> {
    let url = match environment {
        Environment::Sandbox => "https://keystore.sandbox.directory.openfinance.ae",
        Environment::Production => "https://keystore.directory.openfinance.ae",
        Environment::Custom(_) => "https://keystore.example",
    };
    url.parse().map_err(|reason: HostError| Error::rejected("the keystore's URL", reason))
}

/// Ozone.
#[derive(Clone, Debug)]
pub(super) struct HubEntry {
    pub(super) organisation: OrganisationId,
}

impl HubEntry {
    fn new() -> Result<Self, Error> {
        Ok(Self { organisation: derived("ozone/organisation")? })
    }

    pub(super) fn c4(&self) -> LeafSpec {
        LeafSpec::client_transport(self.subject())
    }

    pub(super) fn sig3(&self) -> LeafSpec {
        LeafSpec::signing(self.subject())
    }

    /// C is not always AE, and there may be no CN (FACTS section 2).
    fn subject(&self) -> SubjectSpec {
        let mut subject = SubjectSpec::new("OZONE FINANCIAL TECHNOLOGY LIMITED", self.organisation.to_string());
        subject.country = "UK".to_owned();
        subject
    }
}

/// A TPP with one application.
#[derive(Clone, Debug)]
pub(super) struct TppEntry {
    pub(super) name: String,
    pub(super) organisation: OrganisationId,
    pub(super) software_statement: SoftwareStatementId,
    pub(super) client_id: ClientId,
}

impl TppEntry {
    fn new(environment: &Environment, name: &str) -> Result<Self, Error> {
        let client = uuid(&format!("{name}/client"));
        Ok(Self {
            name: name.to_owned(),
            organisation: derived(&format!("{name}/organisation"))?,
            software_statement: derived(&format!("{name}/application"))?,
            // FACTS section 1.
            client_id: identifier(&match environment {
                Environment::Sandbox => {
                    format!("https://rp.sandbox.directory.openfinance.ae/openid_relying_party/{client}")
                }
                _ => client,
            })?,
        })
    }

    pub(super) fn c1(&self) -> LeafSpec {
        LeafSpec::client_transport(self.subject())
    }

    pub(super) fn sig1(&self) -> LeafSpec {
        LeafSpec::signing(self.subject())
    }

    pub(super) fn enc2(&self) -> LeafSpec {
        LeafSpec::encryption(self.subject())
    }

    fn subject(&self) -> SubjectSpec {
        SubjectSpec::new(format!("{} LLC", title(&self.name)), self.organisation.to_string())
            .with_common_name(self.software_statement.to_string())
    }
}

/// An LFI: what all its brands share.
#[derive(Clone, Debug)]
pub(super) struct LfiEntry {
    pub(super) spec: LfiSpec,
    pub(super) organisation: OrganisationId,
    pub(super) application: SoftwareStatementId,
    pub(super) ozone_connect_host: String,
    pub(super) brands: Vec<BrandEntry>,
}

impl LfiEntry {
    fn new(environment: &Environment, spec: &LfiSpec) -> Result<Self, Error> {
        let name = &spec.name;
        Ok(Self {
            organisation: derived(&format!("{name}/organisation"))?,
            application: derived(&format!("{name}/C3-hh-cm-client"))?,
            ozone_connect_host: format!("ozone-connect.{name}.example"),
            brands: spec.brands.iter().map(|brand| BrandEntry::new(environment, brand)).collect::<Result<_, _>>()?,
            spec: spec.clone(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.spec.name
    }

    pub(super) fn c3(&self) -> LeafSpec {
        LeafSpec::client_transport(self.application_subject())
    }

    pub(super) fn sig4(&self) -> LeafSpec {
        LeafSpec::signing(self.application_subject())
    }

    pub(super) fn s4(&self) -> LeafSpec {
        LeafSpec::server_transport(self.subject()).with_dns_name(&self.ozone_connect_host)
    }

    pub(super) fn enc1(&self) -> LeafSpec {
        LeafSpec::encryption(self.subject())
    }

    pub(super) fn s1(&self, brand: &BrandEntry) -> LeafSpec {
        let hosts = &brand.hosts;
        LeafSpec::server_transport(self.subject()).with_dns_name(&hosts.authorisation).with_dns_name(&hosts.resource)
    }

    pub(super) fn s3(&self, brand: &BrandEntry) -> LeafSpec {
        let hosts = &brand.hosts;
        LeafSpec::server_transport(self.subject())
            .with_dns_name(&hosts.headless_heimdall)
            .with_dns_name(&hosts.consent_manager)
    }

    pub(super) fn sig2(&self) -> LeafSpec {
        LeafSpec::signing(self.subject())
    }

    /// Of organisation certificates: CN repeats the organisation ID.
    fn subject(&self) -> SubjectSpec {
        self.subject_named(self.organisation.to_string())
    }

    /// Of the `C3-hh-cm-client` application.
    fn application_subject(&self) -> SubjectSpec {
        self.subject_named(self.application.to_string())
    }

    fn subject_named(&self, common_name: String) -> SubjectSpec {
        SubjectSpec::new(format!("{} PJSC", title(self.name())), self.organisation.to_string())
            .with_common_name(common_name)
    }
}

/// A brand: one API Hub instance. Its name is the instance ID and the LFI code.
#[derive(Clone, Debug)]
pub(super) struct BrandEntry {
    pub(super) instance: InstanceId,
    pub(super) provider: ProviderId,
    pub(super) issuer: Issuer,
    pub(super) hosts: Hosts,
}

/// The hosts Ozone allocates for an LFI code (FACTS section 4).
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    pub(super) authorisation: String,
    pub(super) resource: String,
    pub(super) headless_heimdall: String,
    pub(super) consent_manager: String,
}

impl BrandEntry {
    fn new(environment: &Environment, code: &str) -> Result<Self, Error> {
        let domain = match environment {
            Environment::Sandbox => format!("{code}.preprod.apihub.openfinance.ae"),
            Environment::Production => format!("{code}.apihub.openfinance.ae"),
            Environment::Custom(_) => format!("{code}.apihub.example"),
        };
        Ok(Self {
            instance: identifier(code)?,
            provider: identifier(code)?,
            issuer: identifier(&format!("https://auth1.{domain}"))?,
            hosts: Hosts {
                authorisation: format!("as1.{domain}"),
                resource: format!("rs1.{domain}"),
                headless_heimdall: format!("hh.{domain}"),
                consent_manager: format!("cm.{domain}"),
            },
        })
    }
}

/// The directory identifier that a label stands for.
fn derived<T: FromStr<Err = IdError>>(label: &str) -> Result<T, Error> {
    identifier(&uuid(label))
}

/// A UUID of version 8 (RFC 9562 section 5.8) out of a label's hash.
fn uuid(label: &str) -> String {
    let mut octets = [0; 16];
    for (octet, hashed) in octets.iter_mut().zip(digest(&SHA256, label.as_bytes()).as_ref()) {
        *octet = *hashed;
    }
    Builder::from_custom_bytes(octets).into_uuid().to_string()
}

fn identifier<T: FromStr<Err = IdError>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|reason| Error::rejected(&format!("the identifier {text:?}"), reason))
}

/// `other-bank` as `Other Bank`.
fn title(name: &str) -> String {
    let capitalised = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    capitalised.collect::<Vec<String>>().join(" ")
}
