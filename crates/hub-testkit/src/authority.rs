//! The Trust Framework's certification authority.

use core::sync::atomic::{AtomicU64, Ordering};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_AD_CA_ISSUERS, ID_AD_OCSP};
use der::Encode;
use der::asn1::Ia5String;
use rcgen::{CertificateParams, CrlDistributionPoint, CustomExtension, IsCa, SanType};
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, CertificatePolicies};

use crate::ca::{self, Ca, CaSpec};
use crate::crl::{Crl, CrlDefect, CrlSpec};
use crate::issued::{Issued, certificates_pem};
use crate::spec::{DAY, LeafSpec, Validity};
use crate::{Error, KeyPool, KeyUsagePurpose, Profile, TestKey};

/// A root CA and the issuing CA below it, in the shape of the Trust Framework's (FACTS section 2).
///
/// Two authorities made from fresh pools, the same profile and the same `now`, asked for the same certificates in the
/// same order, issue the same bytes.
///
/// ```
/// use core::time::Duration;
/// use hub_testkit::{Authority, KeyPool, LeafSpec, SubjectSpec};
/// use rustls_pki_types::UnixTime;
///
/// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
/// let sandbox = Authority::sandbox(&KeyPool::new(), now)?;
/// let subject = SubjectSpec::new("Example TPP LLC", "0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c001")
///     .with_common_name("5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001");
/// let c1 = sandbox.issue(&LeafSpec::client_transport(subject))?;
///
/// assert_eq!(c1.chain().len(), 2);
/// assert!(c1.key_pem()?.starts_with("-----BEGIN PRIVATE KEY-----"));
/// assert_eq!(sandbox.bundle_pem()?.matches("BEGIN CERTIFICATE").count(), 2);
/// # Ok::<(), hub_testkit::Error>(())
/// ```
#[derive(Debug)]
pub struct Authority {
    profile: Profile,
    now: UnixTime,
    keys: KeyPool,
    serials: AtomicU64,
    root: Ca,
    issuing: Ca,
}

impl Authority {
    /// The Sandbox authority.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn sandbox(keys: &KeyPool, now: UnixTime) -> Result<Self, Error> {
        Self::new(Profile::sandbox(), keys, now)
    }

    /// The Production authority.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn production(keys: &KeyPool, now: UnixTime) -> Result<Self, Error> {
        Self::new(Profile::production(), keys, now)
    }

    /// An authority of this profile, whose clock stands at `now` and whose keys come from `keys`.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Date`] or [`Error::Issue`] if its certificates cannot be made.
    pub fn new(profile: Profile, keys: &KeyPool, now: UnixTime) -> Result<Self, Error> {
        Self::with_keys(profile, keys, now, keys.take()?, keys.take()?)
    }

    pub(crate) fn with_keys(
        profile: Profile,
        keys: &KeyPool,
        now: UnixTime,
        root: TestKey,
        issuing: TestKey,
    ) -> Result<Self, Error> {
        let serials = AtomicU64::new(FIRST_SERIAL);
        let root = Ca::root(profile.root(next(&serials), root))?;
        let issuing = root.subordinate(profile.issuing(next(&serials), issuing))?;
        Ok(Self { profile, now, keys: keys.clone(), serials, root, issuing })
    }

    /// Issues a participant's certificate.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Date`], [`Error::Encoding`] or [`Error::Issue`] if the spec cannot be written as a
    /// certificate.
    pub fn issue(&self, spec: &LeafSpec) -> Result<Issued, Error> {
        self.issue_under(&self.issuing, spec)
    }

    /// A CRL of the issuing CA.
    ///
    /// # Errors
    /// [`Error::Date`] or [`Error::Issue`] if the spec cannot be written as a CRL.
    pub fn crl(&self, spec: &CrlSpec) -> Result<Crl, Error> {
        Crl::new(&self.issuing.issuer(), spec)
    }

    /// A CRL of the root, which lists issuing CAs.
    ///
    /// # Errors
    /// As [`Self::crl`].
    pub fn root_crl(&self, spec: &CrlSpec) -> Result<Crl, Error> {
        Crl::new(&self.root.issuer_of_authorities(), spec)
    }

    /// A CRL of the issuing CA that is wrong in one way.
    ///
    /// # Errors
    /// As [`Self::crl`], and [`Error::Key`] or [`Error::Encoding`] if the defect cannot be made.
    pub fn broken_crl(&self, spec: &CrlSpec, defect: CrlDefect) -> Result<Crl, Error> {
        let key = match defect {
            CrlDefect::ForgedSignature => &self.root.key,
            _ => &self.issuing.key,
        };
        self.crl(spec)?.broken(defect, key)
    }

    /// The issuing CA's certificate renewed: the same name and key, another serial number, and this key usage.
    ///
    /// # Errors
    /// [`Error::Issue`] if it cannot be issued.
    pub fn renewed_issuing(&self, key_usages: &[KeyUsagePurpose]) -> Result<CertificateDer<'static>, Error> {
        let mut spec = self.profile.issuing(next(&self.serials), self.issuing.key.clone());
        spec.key_usages = key_usages.to_vec();
        Ok(self.root.subordinate(spec)?.certificate)
    }

    /// What participants trust: the issuing CA, then the root.
    #[must_use]
    pub fn bundle(&self) -> Vec<CertificateDer<'static>> {
        vec![self.issuing.certificate.clone(), self.root.certificate.clone()]
    }

    /// The bundle as the PEM file the Trust Framework publishes.
    ///
    /// # Errors
    /// [`Error::Encoding`] if a certificate is too long for PEM, which these are not.
    pub fn bundle_pem(&self) -> Result<String, Error> {
        certificates_pem(&self.bundle())
    }

    /// The root certificate.
    #[must_use]
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root.certificate
    }

    /// The issuing CA's certificate.
    #[must_use]
    pub fn issuing(&self) -> &CertificateDer<'static> {
        &self.issuing.certificate
    }

    /// Names, dates and addresses.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Where the authority's clock stands.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.now
    }

    /// Where the keys come from.
    #[must_use]
    pub fn keys(&self) -> &KeyPool {
        &self.keys
    }

    pub(crate) fn root_ca(&self) -> &Ca {
        &self.root
    }

    pub(crate) fn issuing_ca(&self) -> &Ca {
        &self.issuing
    }

    /// A sound CA spec below this authority, valid now.
    pub(crate) fn ca_spec(&self, common_name: &str, key: TestKey) -> CaSpec {
        let validity = Validity::around(self.now, 365 * DAY, 365 * DAY);
        CaSpec::new(common_name, validity, next(&self.serials), key)
    }

    /// Issues by another CA than the issuing one.
    pub(crate) fn issue_under(&self, ca: &Ca, spec: &LeafSpec) -> Result<Issued, Error> {
        let key = spec.key.clone().map_or_else(|| self.keys.take(), Ok)?;
        let serial = next(&self.serials);
        let certificate = ca.certify(&self.leaf_params(spec, serial)?, &key)?;
        Ok(Issued { certificate, intermediates: ca.path.clone(), key, serial })
    }

    pub(crate) fn leaf_params(&self, spec: &LeafSpec, serial: u64) -> Result<CertificateParams, Error> {
        let validity = spec.validity.unwrap_or_else(|| Validity::thirteen_months(self.now));
        let mut params = ca::params(validity, serial)?;
        params.distinguished_name = spec.subject.distinguished_name()?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages.clone_from(&spec.key_usages);
        params.extended_key_usages.clone_from(&spec.extended_key_usages);
        for name in &spec.dns_names {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        params.subject_alt_names.extend(spec.ip_names.iter().copied().map(SanType::IpAddress));
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![self.profile.crl_url()] }];
        params.custom_extensions = vec![
            CustomExtension::from_oid_content(AUTHORITY_INFO_ACCESS, self.information_access()?),
            CustomExtension::from_oid_content(CERTIFICATE_POLICIES, policy()?),
        ];
        Ok(params)
    }

    /// Where to ask about a certificate (RFC 5280 section 4.2.2.1). Nothing may ever fetch these.
    fn information_access(&self) -> Result<Vec<u8>, Error> {
        let description = |access_method, url: String| -> Result<_, Error> {
            let url = Ia5String::new(&url)?;
            Ok(AccessDescription { access_method, access_location: GeneralName::UniformResourceIdentifier(url) })
        };
        Ok(AuthorityInfoAccessSyntax(vec![
            description(ID_AD_OCSP, self.profile.ocsp_url())?,
            description(ID_AD_CA_ISSUERS, self.profile.issuer_url())?,
        ])
        .to_der()?)
    }
}

/// The policy of the one published Sandbox certificate (FACTS section 2).
fn policy() -> Result<Vec<u8>, Error> {
    let policy = PolicyInformation { policy_identifier: POLICY, policy_qualifiers: None };
    Ok(CertificatePolicies(vec![policy]).to_der()?)
}

fn next(serials: &AtomicU64) -> u64 {
    serials.fetch_add(1, Ordering::Relaxed)
}

const FIRST_SERIAL: u64 = 0x1000;
const AUTHORITY_INFO_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
const CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.56623.114.1.2");
