//! Certificate revocation lists, sound and broken.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_CE_DELTA_CRL_INDICATOR, ID_CE_ISSUING_DISTRIBUTION_POINT};
use der::asn1::{BitString, Null, OctetString};
use der::{Decode, Encode};
use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope, Issuer, KeyIdMethod,
    RevokedCertParams, SerialNumber,
};
use rustls_pki_types::{CertificateRevocationListDer, UnixTime};
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::{IssuingDistributionPoint, Reasons};

use crate::ca;
use crate::keys::pem;
use crate::sign::{CertificateSigner, SignatureScheme};
use crate::spec::{DAY, HOUR, Validity};
use crate::{Error, TestKey};

/// What a CRL is to say.
///
/// ```
/// use core::time::Duration;
/// use hub_testkit::{Authority, CrlSpec, KeyPool};
/// use rustls_pki_types::UnixTime;
///
/// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
/// let authority = Authority::sandbox(&KeyPool::new(), now)?;
/// let crl = authority.crl(&CrlSpec::current(now).revoking(0x1002))?;
/// assert!(crl.pem()?.starts_with("-----BEGIN X509 CRL-----"));
/// # Ok::<(), hub_testkit::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CrlSpec {
    /// The serial numbers it lists, revoked at `this_update`.
    pub revoked: Vec<u64>,
    /// When it says it was made.
    pub this_update: UnixTime,
    /// When it says the next one is due.
    pub next_update: UnixTime,
    /// Its CRL number.
    pub number: u64,
    /// The address it says it is published at, and so limited to the certificates that name this address (RFC 5280 section 5.2.5).
    pub published_at: Option<String>,
    /// Limited to certificates of end entities (`true`) or of CAs (`false`); only a CRL with an address can be.
    pub end_entities: Option<bool>,
}

impl CrlSpec {
    /// CRL number 1, made an hour before `now`, the next due in a day, listing nothing.
    #[must_use]
    pub fn current(now: UnixTime) -> Self {
        let Validity { not_before, not_after } = Validity::around(now, HOUR, DAY);
        Self {
            revoked: Vec::new(),
            this_update: not_before,
            next_update: not_after,
            number: 1,
            published_at: None,
            end_entities: None,
        }
    }

    /// Lists a serial number as well.
    #[must_use]
    pub fn revoking(mut self, serial: u64) -> Self {
        self.revoked.push(serial);
        self
    }

    /// Uses this CRL number instead of 1.
    #[must_use]
    pub fn with_number(mut self, number: u64) -> Self {
        self.number = number;
        self
    }

    /// Uses these dates instead of an hour ago and in a day.
    #[must_use]
    pub fn with_updates(mut self, this_update: UnixTime, next_update: UnixTime) -> Self {
        self.this_update = this_update;
        self.next_update = next_update;
        self
    }

    /// Says that it is published at this address.
    #[must_use]
    pub fn published_at(mut self, url: impl Into<String>) -> Self {
        self.published_at = Some(url.into());
        self
    }

    /// Says that it is limited to end entities, or to CAs.
    #[must_use]
    pub fn limited_to_end_entities(mut self, end_entities: bool) -> Self {
        self.end_entities = Some(end_entities);
        self
    }

    fn issuing_distribution_point(&self) -> Option<CrlIssuingDistributionPoint> {
        let uris = vec![self.published_at.clone()?];
        Some(CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint { uris },
            scope: self.end_entities.map(|only| if only { CrlScope::UserCertsOnly } else { CrlScope::CaCertsOnly }),
        })
    }
}

/// What can be wrong with a CRL besides what a [`CrlSpec`] says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CrlDefect {
    /// It does not say when the next one is due.
    NoNextUpdate,
    /// It holds only what changed since CRL number 1.
    Delta,
    /// It speaks of other issuers' certificates.
    Indirect,
    /// It lists only certificates whose key was compromised.
    SomeReasons,
    /// It has a critical extension that nobody knows.
    UnknownCriticalExtension,
    /// It has no extensions at all, not even a number.
    NoExtensions,
    /// It is signed with SHA-1.
    Sha1Signature,
    /// It is signed with another key.
    ForgedSignature,
}

impl CrlDefect {
    fn spoil(self, list: &mut CertificateList) -> Result<(), Error> {
        let content = &mut list.tbs_cert_list;
        let extension = match self {
            Self::NoNextUpdate => {
                content.next_update = None;
                return Ok(());
            }
            Self::NoExtensions => {
                content.crl_extensions = None;
                return Ok(());
            }
            Self::Sha1Signature | Self::ForgedSignature => return Ok(()),
            Self::Delta => (ID_CE_DELTA_CRL_INDICATOR, 1u8.to_der()?),
            Self::Indirect => (ID_CE_ISSUING_DISTRIBUTION_POINT, partial(true, None).to_der()?),
            Self::SomeReasons => {
                (ID_CE_ISSUING_DISTRIBUTION_POINT, partial(false, Some(Reasons::KeyCompromise)).to_der()?)
            }
            Self::UnknownCriticalExtension => (UNKNOWN_EXTENSION, Null.to_der()?),
        };
        let (extn_id, value) = extension;
        let extension = Extension { extn_id, critical: true, extn_value: OctetString::new(value)? };
        content.crl_extensions.get_or_insert_default().push(extension);
        Ok(())
    }
}

fn partial(indirect_crl: bool, only_some_reasons: Option<Reasons>) -> IssuingDistributionPoint {
    IssuingDistributionPoint {
        distribution_point: None,
        only_contains_user_certs: false,
        only_contains_ca_certs: false,
        only_some_reasons: only_some_reasons.map(Into::into),
        indirect_crl,
        only_contains_attribute_certs: false,
    }
}

/// A signed CRL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crl(CertificateRevocationListDer<'static>);

impl Crl {
    pub(crate) fn new(issuer: &Issuer<'_, CertificateSigner<'_>>, spec: &CrlSpec) -> Result<Self, Error> {
        let revocation_time = ca::date(spec.this_update)?;
        let revoked_certs = spec
            .revoked
            .iter()
            .map(|&serial| RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time,
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: revocation_time,
            next_update: ca::date(spec.next_update)?,
            crl_number: SerialNumber::from(spec.number),
            issuing_distribution_point: spec.issuing_distribution_point(),
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(Self(params.signed_by(issuer)?.into()))
    }

    /// Makes it wrong and signs it again.
    pub(crate) fn broken(&self, defect: CrlDefect, key: &TestKey) -> Result<Self, Error> {
        let scheme = match defect {
            CrlDefect::Sha1Signature => SignatureScheme::Sha1,
            _ => SignatureScheme::Sha256,
        };
        let mut list = CertificateList::from_der(&self.0)?;
        defect.spoil(&mut list)?;
        list.signature_algorithm = scheme.identifier();
        list.tbs_cert_list.signature = scheme.identifier();
        list.signature = BitString::from_bytes(&scheme.sign(key, &list.tbs_cert_list.to_der()?)?)?;
        Ok(Self(list.to_der()?.into()))
    }

    /// The CRL, in the form rustls takes.
    #[must_use]
    pub fn der(&self) -> &CertificateRevocationListDer<'static> {
        &self.0
    }

    /// The CRL as a PEM file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if it is too long for PEM.
    pub fn pem(&self) -> Result<String, Error> {
        pem("X509 CRL", &self.0)
    }
}

/// An identifier under RFC 7299's arc that stands for no extension.
const UNKNOWN_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.9999");
