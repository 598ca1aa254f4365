//! How each defect is made: by another spec, another issuer, or an edit of the finished certificate.

use core::net::{IpAddr, Ipv4Addr};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::{COMMON_NAME, ORGANIZATIONAL_UNIT_NAME};
use const_oid::db::rfc5280::ID_CE_BASIC_CONSTRAINTS;
use const_oid::db::rfc5912::ID_RSASSA_PSS;
use der::{Encode, Tag};
use rcgen::IsCa;
use rustls_pki_types::CertificateDer;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::Defect;
use super::draft::Draft;
use crate::ca::{Ca, CaSpec};
use crate::sign::{CertificateSigner, SignatureScheme};
use crate::spec::{DAY, ExtendedKeyUsagePurpose, KeyUsagePurpose, LeafKind, Validity};
use crate::{Authority, Error, Issued, LeafSpec, Profile, TestKey};

/// A sound authority and a sound spec, to make unsound material from.
pub(super) struct Workshop<'a> {
    authority: &'a Authority,
    spec: LeafSpec,
}

impl<'a> Workshop<'a> {
    pub(super) fn new(authority: &'a Authority, spec: &LeafSpec) -> Result<Self, Error> {
        let mut workshop = Self { authority, spec: spec.clone() };
        if workshop.spec.key.is_none() {
            workshop.spec.key = Some(workshop.key("leaf")?);
        }
        Ok(workshop)
    }

    /// What is presented, and the bundle it is judged by.
    pub(super) fn make(&self, defect: Defect) -> Result<(Issued, Vec<CertificateDer<'static>>), Error> {
        let presented = match defect {
            Defect::Expired => self.respecified(|spec| spec.validity = Some(self.past())),
            Defect::NotYetValid => self.respecified(|spec| spec.validity = Some(self.future())),

            Defect::OppositeExtendedKeyUsage => self.respecified(|spec| {
                spec.extended_key_usages = vec![match spec.kind {
                    LeafKind::ServerTransport => ExtendedKeyUsagePurpose::ClientAuth,
                    _ => ExtendedKeyUsagePurpose::ServerAuth,
                }];
            }),
            Defect::NoExtendedKeyUsage => self.respecified(|spec| spec.extended_key_usages.clear()),
            Defect::AnyExtendedKeyUsageOnly => self.respecified(|spec| {
                spec.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
            }),
            Defect::KeyUsageLacksPurpose => self.respecified(|spec| {
                spec.key_usages = vec![match spec.kind {
                    LeafKind::Encryption => KeyUsagePurpose::DataEncipherment,
                    _ => KeyUsagePurpose::KeyEncipherment,
                }];
            }),
            Defect::LeafIsCa => self.redrafted(|draft| {
                let ca = BasicConstraints { ca: true, path_len_constraint: None };
                draft.set_extension(ID_CE_BASIC_CONSTRAINTS, true, &ca.to_der()?)
            }),

            Defect::NoSubjectAltName => self.respecified(|spec| spec.dns_names.clear()),
            Defect::OtherHostName => self.respecified(|spec| {
                spec.dns_names = vec!["elsewhere.example".to_owned()];
            }),
            Defect::IpAddressOnly => self.respecified(|spec| {
                spec.dns_names.clear();
                spec.ip_names = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
            }),
            Defect::WildcardHostName => self.respecified(|spec| {
                for name in &mut spec.dns_names {
                    *name = format!("*.{}", name.splitn(3, '.').last().unwrap_or_default());
                }
            }),

            Defect::UnknownRoot => self.by(Profile::named("Unknown")),
            Defect::ImpostorAuthority => self.by(self.authority.profile().clone()),
            Defect::OtherEnvironment => self.by(match self.authority.profile().environment() {
                "Sandbox" => Profile::production(),
                _ => Profile::sandbox(),
            }),
            Defect::ForgedSignature => self.resigned(|_| Ok(()), SignatureScheme::Sha256, &self.key("forger")?),
            Defect::SelfSigned => self.self_signed(),
            Defect::MissingIntermediate => self.below(|_| ()).map(|mut issued| {
                issued.intermediates.clear();
                issued
            }),
            Defect::IntermediateNotCa => self.below(|ca| ca.is_ca = IsCa::ExplicitNoCa),
            Defect::IntermediateWithoutCertSign => self.below(|ca| {
                ca.key_usages = vec![KeyUsagePurpose::CrlSign];
            }),
            Defect::IntermediateExpired => self.below(|ca| ca.validity = self.past()),
            Defect::ChainTooLong => self.far_below(),

            Defect::ShortKey => self.keyed(TestKey::rsa_1024()?),
            Defect::SmallExponent => self.keyed(TestKey::rsa_2048_exponent_3()?),
            Defect::EllipticCurveKey => self.keyed(TestKey::ec_p256()?),
            Defect::PssKey => self.redrafted(|draft| {
                let algorithm = AlgorithmIdentifierOwned { oid: ID_RSASSA_PSS, parameters: None };
                draft.public_key.algorithm = algorithm;
                Ok(())
            }),
            Defect::OtherKey => self.authority.issue(&self.spec).and_then(|mut issued| {
                issued.key = self.key("another")?;
                Ok(issued)
            }),
            Defect::IntermediateShortKey => {
                let key = TestKey::rsa_1024()?;
                self.below(|ca| ca.key = key)
            }
            Defect::IntermediateSmallExponent => {
                let key = TestKey::rsa_2048_exponent_3()?;
                self.below(|ca| ca.key = key)
            }
            Defect::Sha1Signature => self.resigned(|_| Ok(()), SignatureScheme::Sha1, &self.authority.issuing_ca().key),

            Defect::DuplicateOrganisationalUnit => self.redrafted(|draft| {
                draft.push_attribute(ORGANIZATIONAL_UNIT_NAME, Tag::Utf8String, OTHER_ID.as_bytes())
            }),
            Defect::DuplicateCommonName => self.redrafted(|draft| {
                if self.spec.subject.common_name.is_none() {
                    draft.push_attribute(COMMON_NAME, Tag::Utf8String, b"application")?;
                }
                draft.push_attribute(COMMON_NAME, Tag::Utf8String, OTHER_ID.as_bytes())
            }),
            Defect::MultiValuedRdn => self.redrafted(Draft::join_attributes),
            Defect::NoOrganisationalUnit => self.respecified(|spec| spec.subject.organisational_unit = None),
            Defect::OrganisationalUnitNotUuid => self.respecified(|spec| {
                spec.subject.organisational_unit = Some("Payments".to_owned());
            }),
            Defect::TeletexOrganisationalUnit => self.redrafted(|draft| {
                let unit = self.organisational_unit();
                draft.replace_attribute(ORGANIZATIONAL_UNIT_NAME, Tag::TeletexString, unit.as_bytes())
            }),
            Defect::BmpOrganisationalUnit => self.redrafted(|draft| {
                let unit: Vec<u8> = self.organisational_unit().encode_utf16().flat_map(u16::to_be_bytes).collect();
                draft.replace_attribute(ORGANIZATIONAL_UNIT_NAME, Tag::BmpString, &unit)
            }),

            Defect::UnknownCriticalExtension => {
                self.redrafted(|draft| draft.set_extension(UNKNOWN_EXTENSION, true, ASN1_NULL))
            }
            Defect::Oversized => self.respecified(|spec| {
                let padding = (0..500).map(|n| format!("padding-{n:03}.oversized-certificate.example"));
                spec.dns_names.extend(padding);
            }),

            Defect::AnchorNotCa => return self.anchored(|root| root.is_ca = IsCa::ExplicitNoCa),
            Defect::AnchorWithoutCertSign => {
                return self.anchored(|root| root.key_usages = vec![KeyUsagePurpose::CrlSign]);
            }
            Defect::AnchorExpired => return self.anchored(|root| root.validity = self.past()),
        };
        Ok((presented?, self.authority.bundle()))
    }

    /// Issued soundly, from another spec.
    fn respecified(&self, edit: impl FnOnce(&mut LeafSpec)) -> Result<Issued, Error> {
        let mut spec = self.spec.clone();
        edit(&mut spec);
        self.authority.issue(&spec)
    }

    fn keyed(&self, key: TestKey) -> Result<Issued, Error> {
        self.respecified(|spec| spec.key = Some(key))
    }

    /// Issued soundly, then edited and signed again by the issuing CA.
    fn redrafted(&self, edit: impl FnOnce(&mut Draft) -> Result<(), Error>) -> Result<Issued, Error> {
        self.resigned(edit, SignatureScheme::Sha256, &self.authority.issuing_ca().key)
    }

    /// Issued soundly, then edited and signed again by `key`.
    fn resigned(
        &self,
        edit: impl FnOnce(&mut Draft) -> Result<(), Error>,
        scheme: SignatureScheme,
        key: &TestKey,
    ) -> Result<Issued, Error> {
        let mut issued = self.authority.issue(&self.spec)?;
        let mut draft = Draft::of(&issued.certificate)?;
        edit(&mut draft)?;
        issued.certificate = draft.sign(scheme, key)?;
        Ok(issued)
    }

    fn self_signed(&self) -> Result<Issued, Error> {
        let mut issued = self.authority.issue(&self.spec)?;
        let params = self.authority.leaf_params(&self.spec, issued.serial)?;
        let signer = CertificateSigner::of_participants(&issued.key);
        issued.certificate = params.self_signed(&signer)?.into();
        issued.intermediates.clear();
        Ok(issued)
    }

    /// Issued by another authority.
    fn by(&self, profile: Profile) -> Result<Issued, Error> {
        let (root, issuing) = (self.key("root")?, self.key("issuing")?);
        Authority::with_keys(profile, self.authority.keys(), self.authority.now(), root, issuing)?.issue(&self.spec)
    }

    /// Issued by a second issuing CA under the trusted root.
    fn below(&self, edit: impl FnOnce(&mut CaSpec)) -> Result<Issued, Error> {
        let mut spec = self.authority.ca_spec("Second Issuing CA", self.key("issuing")?);
        edit(&mut spec);
        self.authority.issue_under(&self.authority.root_ca().subordinate(spec)?, &self.spec)
    }

    /// Issued nine CAs below the trusted root. They share a key: only their number is wrong.
    fn far_below(&self) -> Result<Issued, Error> {
        let key = self.key("issuing")?;
        let level = |n| self.authority.ca_spec(&format!("Level {n} CA"), key.clone());
        let mut ca = self.authority.root_ca().subordinate(level(1))?;
        for n in 2..=9 {
            ca = ca.subordinate(level(n))?;
        }
        self.authority.issue_under(&ca, &self.spec)
    }

    /// Issued soundly under a root that is not sound, and the bundle that trusts this root.
    fn anchored(&self, edit: impl FnOnce(&mut CaSpec)) -> Result<(Issued, Vec<CertificateDer<'static>>), Error> {
        let profile = self.authority.profile();
        let mut root = profile.root(1, self.key("root")?);
        edit(&mut root);
        let root = Ca::root(root)?;
        let issuing = root.subordinate(profile.issuing(2, self.key("issuing")?))?;
        let issued = self.authority.issue_under(&issuing, &self.spec)?;
        Ok((issued, vec![issuing.certificate, root.certificate]))
    }

    /// The key of this part, the same for all defects: a table over all of them must not spend the pool.
    fn key(&self, part: &str) -> Result<TestKey, Error> {
        self.authority.keys().named(&format!("broken/{part}"))
    }

    fn organisational_unit(&self) -> &str {
        self.spec.subject.organisational_unit.as_deref().unwrap_or_default()
    }

    /// Two years until a day ago.
    fn past(&self) -> Validity {
        let two_years_ago = Validity::around(self.authority.now(), 730 * DAY, DAY);
        let yesterday = Validity::around(self.authority.now(), DAY, DAY);
        Validity { not_before: two_years_ago.not_before, not_after: yesterday.not_before }
    }

    /// In a day until a year later.
    fn future(&self) -> Validity {
        let tomorrow = Validity::around(self.authority.now(), DAY, DAY);
        let next_year = Validity::around(self.authority.now(), DAY, 366 * DAY);
        Validity { not_before: tomorrow.not_after, not_after: next_year.not_after }
    }
}

/// An organisation, or application, of nobody.
const OTHER_ID: &str = "00000000-0000-4000-8000-000000000000";
/// Below the enterprise number reserved for examples (RFC 5612).
const UNKNOWN_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1");
const ASN1_NULL: &[u8] = &[5, 0];
