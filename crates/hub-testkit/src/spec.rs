//! What a certificate is to say: its subject, names, usages, validity and key.

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use rcgen::{DistinguishedName, DnType, DnValue};
pub use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use rustls_pki_types::UnixTime;

use crate::{Error, TestKey};

/// What a participant's certificate is to say. The presets follow FACTS section 2; every field may be changed before
/// issuing.
///
/// ```
/// use hub_testkit::{LeafSpec, SubjectSpec};
///
/// let subject = SubjectSpec::new("Example Bank PJSC", "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11");
/// let s4 = LeafSpec::server_transport(subject).with_dns_name("ozone-connect.bank.example");
/// assert_eq!(s4.dns_names, ["ozone-connect.bank.example"]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeafSpec {
    /// The Trust Framework's certificate type.
    pub kind: LeafKind,
    /// The subject.
    pub subject: SubjectSpec,
    /// DNS names of the subject alternative name extension.
    pub dns_names: Vec<String>,
    /// IP addresses of the subject alternative name extension.
    pub ip_names: Vec<IpAddr>,
    /// The key usage extension, critical; absent when empty.
    pub key_usages: Vec<KeyUsagePurpose>,
    /// The extended key usage extension; absent when empty.
    pub extended_key_usages: Vec<ExtendedKeyUsagePurpose>,
    /// From when to when it is valid; `None` is an hour ago to thirteen months later, as the authority's clock stands.
    pub validity: Option<Validity>,
    /// The key; `None` takes the next one of the authority's pool.
    pub key: Option<TestKey>,
}

impl LeafSpec {
    /// `OPF UAE CLIENT TRANSPORT`: C1, C3, C4.
    #[must_use]
    pub fn client_transport(subject: SubjectSpec) -> Self {
        Self::new(LeafKind::ClientTransport, subject)
    }

    /// `OPF UAE SERVER TRANSPORT`: S1, S3, S4. Give it a DNS name.
    #[must_use]
    pub fn server_transport(subject: SubjectSpec) -> Self {
        Self::new(LeafKind::ServerTransport, subject)
    }

    /// `OPF UAE CLIENT SIGNING`: Sig1 to Sig4.
    #[must_use]
    pub fn signing(subject: SubjectSpec) -> Self {
        Self::new(LeafKind::Signing, subject)
    }

    /// `SERVER ENCKEY` and `OPF UAE CLIENT ENCRYPTION`: Enc1, Enc2.
    #[must_use]
    pub fn encryption(subject: SubjectSpec) -> Self {
        Self::new(LeafKind::Encryption, subject)
    }

    /// Adds a DNS name.
    #[must_use]
    pub fn with_dns_name(mut self, name: impl Into<String>) -> Self {
        self.dns_names.push(name.into());
        self
    }

    /// Uses this key instead of the pool's next one.
    #[must_use]
    pub fn with_key(mut self, key: TestKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Uses this validity instead of the default thirteen months.
    #[must_use]
    pub fn with_validity(mut self, validity: Validity) -> Self {
        self.validity = Some(validity);
        self
    }

    fn new(kind: LeafKind, subject: SubjectSpec) -> Self {
        Self {
            kind,
            subject,
            dns_names: Vec::new(),
            ip_names: Vec::new(),
            key_usages: kind.key_usages(),
            extended_key_usages: kind.extended_key_usages(),
            validity: None,
            key: None,
        }
    }
}

/// The kinds of participants' certificates that differ in their usages (the seed's "Trust Framework certificate
/// types").
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LeafKind {
    /// TLS client.
    ClientTransport,
    /// TLS server.
    ServerTransport,
    /// Signs tokens.
    Signing,
    /// Receives encrypted payloads.
    Encryption,
}

impl LeafKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::ClientTransport, Self::ServerTransport, Self::Signing, Self::Encryption];

    /// Whether certificates of this kind are used in TLS.
    #[must_use]
    pub const fn is_transport(self) -> bool {
        matches!(self, Self::ClientTransport | Self::ServerTransport)
    }

    fn key_usages(self) -> Vec<KeyUsagePurpose> {
        use KeyUsagePurpose::{ContentCommitment, DataEncipherment, DigitalSignature, KeyEncipherment};
        match self {
            Self::ClientTransport | Self::ServerTransport => vec![DigitalSignature, KeyEncipherment],
            Self::Signing => vec![DigitalSignature, ContentCommitment],
            Self::Encryption => vec![KeyEncipherment, DataEncipherment],
        }
    }

    fn extended_key_usages(self) -> Vec<ExtendedKeyUsagePurpose> {
        match self {
            Self::ClientTransport => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Self::ServerTransport => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Self::Signing | Self::Encryption => Vec::new(),
        }
    }
}

impl fmt::Display for LeafKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientTransport => "client transport",
            Self::ServerTransport => "server transport",
            Self::Signing => "signing",
            Self::Encryption => "encryption",
        })
    }
}

/// A subject, written in the Trust Framework's order: C, O, OU, CN (FACTS section 2).
///
/// C is a PrintableString, the others are UTF8Strings.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SubjectSpec {
    /// C; `AE` unless changed (Ozone's own subject may read `UK`).
    pub country: String,
    /// O, the legal name.
    pub organisation: String,
    /// OU, the organisation ID; left out when `None`.
    pub organisational_unit: Option<String>,
    /// CN, for client certificates the software statement ID; left out when `None`.
    pub common_name: Option<String>,
}

impl SubjectSpec {
    /// A subject of the organisation with this legal name and organisation ID, without CN.
    #[must_use]
    pub fn new(organisation: impl Into<String>, organisation_id: impl Into<String>) -> Self {
        Self {
            country: "AE".to_owned(),
            organisation: organisation.into(),
            organisational_unit: Some(organisation_id.into()),
            common_name: None,
        }
    }

    /// Adds a CN.
    #[must_use]
    pub fn with_common_name(mut self, common_name: impl Into<String>) -> Self {
        self.common_name = Some(common_name.into());
        self
    }

    pub(crate) fn distinguished_name(&self) -> Result<DistinguishedName, Error> {
        let mut name = DistinguishedName::new();
        let country = self.country.as_str().try_into()?;
        name.push(DnType::CountryName, DnValue::PrintableString(country));
        name.push(DnType::OrganizationName, self.organisation.as_str());
        if let Some(unit) = &self.organisational_unit {
            name.push(DnType::OrganizationalUnitName, unit.as_str());
        }
        if let Some(common_name) = &self.common_name {
            name.push(DnType::CommonName, common_name.as_str());
        }
        Ok(name)
    }
}

/// From when to when something is valid, both ends included, in whole seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// The first second.
    pub not_before: UnixTime,
    /// The last second.
    pub not_after: UnixTime,
}

impl Validity {
    /// From `before` ahead of `now` until `after` past it, stopping at the epoch.
    #[must_use]
    pub fn around(now: UnixTime, before: Duration, after: Duration) -> Self {
        let seconds = now.as_secs();
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        Self {
            not_before: at(seconds.saturating_sub(before.as_secs())),
            not_after: at(seconds.saturating_add(after.as_secs())),
        }
    }

    /// What the Trust Framework gives: thirteen months (395 days), here since an hour before `now`.
    #[must_use]
    pub fn thirteen_months(now: UnixTime) -> Self {
        Self::around(now, HOUR, 395 * DAY - HOUR)
    }
}

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
