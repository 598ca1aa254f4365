//! What is read out of an end-entity certificate, once, after its path was verified.

use der::{Decode, Encode};
use rustls_pki_types::CertificateDer;
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, SubjectAltName};

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
        let x509 = X509::from_der(der).map_err(|_| CertificateRule::Malformed)?;
        let certificate = x509.tbs_certificate();
        let names: Option<SubjectAltName> = extension(&x509)?;
        Ok(Self {
            subject: Subject::from_name(certificate.subject())?,
            validity: Validity::of(certificate.validity()),
            public_key: public_key(&x509)?,
            key_usage: extension(&x509)?,
            extended_key_usage: extension(&x509)?,
            dns_names: names.map(|names| dns_names(&names)).unwrap_or_default(),
        })
    }
}

pub(crate) fn public_key(x509: &X509) -> Result<RsaPublicKey, CertificateRule> {
    let spki = x509.tbs_certificate().subject_public_key_info().to_der().map_err(|_| CertificateRule::Malformed)?;
    RsaPublicKey::from_spki_der(&spki).map_err(CertificateRule::Key)
}

/// The extension, if it is there. One that occurs twice or does not parse is refused.
pub(crate) fn extension<'a, T>(x509: &'a X509) -> Result<Option<T>, CertificateRule>
where
    T: Decode<'a> + const_oid::AssociatedOid,
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
