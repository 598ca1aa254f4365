//! What is read out of an end-entity certificate, once, after its path was verified.

use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Encode, Sequence};
use rustls_pki_types::CertificateDer;
use x509_cert::Certificate as X509;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time;

use crate::key::RsaPublicKey;
use crate::rule::CertificateRule;
use crate::subject::Subject;
use crate::validity::Validity;

#[derive(Debug)]
pub(crate) struct EndEntity {
    pub(crate) subject: Subject,
    pub(crate) validity: Validity,
    pub(crate) public_key: RsaPublicKey,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(crate) dns_names: Vec<String>,
}

impl EndEntity {
    pub(crate) fn parse(der: &CertificateDer<'_>) -> Result<Self, CertificateRule> {
        let signed = Signed::from_der(der).map_err(|_| CertificateRule::Malformed)?;
        let content = signed.content;
        let names: Option<SubjectAltName> = content.extension()?;
        Ok(Self {
            subject: Subject::from_name(&content.subject)?,
            validity: Validity::of(&content.validity),
            public_key: RsaPublicKey::from_spki(&content.public_key).map_err(CertificateRule::Key)?,
            key_usage: content.extension()?,
            extended_key_usage: content.extension()?,
            dns_names: names.map(|names| dns_names(&names)).unwrap_or_default(),
        })
    }
}

/// A `Certificate` of RFC 5280 section 4.1 as far as it is looked at here: reading all of it into memory of its own, as [`X509`] is,
/// takes a tenth of what verifying it takes.
#[derive(Sequence)]
struct Signed<'a> {
    content: Content<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// Its `TBSCertificate`. Algorithm and issuer webpki has compared, octet by octet, with what it knows.
#[derive(Sequence)]
struct Content<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: Version,
    serial: SerialNumber,
    algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: time::Validity,
    subject: Name,
    public_key: SubjectPublicKeyInfoRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    subject_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension<'a>>>,
}

#[derive(Sequence)]
struct Extension<'a> {
    id: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: &'a OctetStringRef,
}

impl<'a> Content<'a> {
    fn extension<T: Decode<'a, Error = der::Error> + AssociatedOid>(&self) -> Result<Option<T>, CertificateRule> {
        let all = self.extensions.iter().flatten().map(|extension| (extension.id, extension.value.as_bytes()));
        only(T::OID, all).map_err(|_| CertificateRule::Malformed)
    }
}

pub(crate) fn public_key(x509: &X509) -> Result<RsaPublicKey, CertificateRule> {
    let spki = x509.tbs_certificate().subject_public_key_info().to_der().map_err(|_| CertificateRule::Malformed)?;
    RsaPublicKey::from_spki_der(&spki).map_err(CertificateRule::Key)
}

/// The extension of this kind among `all`, if it is there. One that occurs twice or does not parse is refused.
pub(crate) fn only<'a, T: Decode<'a, Error = der::Error>>(
    id: ObjectIdentifier,
    all: impl Iterator<Item = (ObjectIdentifier, &'a [u8])>,
) -> der::Result<Option<T>> {
    let mut found = all.filter(|(other, _)| *other == id);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((_, octets)), None) => T::from_der(octets).map(Some),
        (Some(_), Some(_)) => Err(der::ErrorKind::Failed.into()),
    }
}

/// The extension, if it is there. One that occurs twice or does not parse is refused.
pub(crate) fn extension<'a, T>(x509: &'a X509) -> Result<Option<T>, CertificateRule>
where
    T: Decode<'a> + AssociatedOid,
{
    x509.tbs_certificate()
        .get_extension::<T>()
        .map(|found| found.map(|(_critical, extension)| extension))
        .map_err(|_| CertificateRule::Malformed)
}

fn dns_names(names: &SubjectAltName) -> Vec<String> {
    names
        .0
        .iter()
        .filter_map(|name| match name {
            GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}
