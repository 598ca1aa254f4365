//! One certification authority: a certificate, its key, and the way up to the root.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer, KeyUsagePurpose,
    SerialNumber,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;

use crate::sign::CertificateSigner;
use crate::spec::Validity;
use crate::{Error, TestKey};

/// What a CA certificate is to say.
#[derive(Clone, Debug)]
pub(crate) struct CaSpec {
    pub(crate) common_name: String,
    pub(crate) validity: Validity,
    pub(crate) serial: u64,
    pub(crate) key: TestKey,
    pub(crate) is_ca: IsCa,
    pub(crate) key_usages: Vec<KeyUsagePurpose>,
}

impl CaSpec {
    /// A sound CA: no path length constraint, keyCertSign and cRLSign.
    pub(crate) fn new(common_name: impl Into<String>, validity: Validity, serial: u64, key: TestKey) -> Self {
        Self {
            common_name: common_name.into(),
            validity,
            serial,
            key,
            is_ca: IsCa::Ca(BasicConstraints::Unconstrained),
            key_usages: vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
        }
    }

    fn params(&self) -> Result<CertificateParams, Error> {
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, DnValue::PrintableString("AE".try_into()?));
        name.push(DnType::OrganizationName, "Nebras Open Finance Company");
        name.push(DnType::OrganizationalUnitName, "Al Tareq Trust Framework");
        name.push(DnType::CommonName, self.common_name.as_str());

        let mut params = params(self.validity, self.serial)?;
        params.distinguished_name = name;
        params.is_ca = self.is_ca;
        params.key_usages = self.key_usages.clone();
        Ok(params)
    }
}

/// A certification authority that issues.
#[derive(Debug)]
pub(crate) struct Ca {
    /// Its own certificate.
    pub(crate) certificate: CertificateDer<'static>,
    /// What a leaf of it presents besides itself: its own certificate and those above, without the root.
    pub(crate) path: Vec<CertificateDer<'static>>,
    pub(crate) key: TestKey,
    params: CertificateParams,
}

impl Ca {
    /// A self-signed root.
    pub(crate) fn root(spec: CaSpec) -> Result<Self, Error> {
        let params = spec.params()?;
        let certificate = params.self_signed(&CertificateSigner::of_authorities(&spec.key))?.into();
        Ok(Self { certificate, path: Vec::new(), key: spec.key, params })
    }

    /// A CA below this one.
    pub(crate) fn subordinate(&self, spec: CaSpec) -> Result<Self, Error> {
        let params = spec.params()?;
        let certificate: CertificateDer<'static> = params.signed_by(&spec.key, &self.issuer_of_authorities())?.into();
        let path = [&certificate].into_iter().chain(&self.path).cloned().collect();
        Ok(Self { certificate, path, key: spec.key, params })
    }

    /// A participant's certificate by this CA.
    pub(crate) fn certify(&self, params: &CertificateParams, key: &TestKey) -> Result<CertificateDer<'static>, Error> {
        Ok(params.signed_by(key, &self.issuer())?.into())
    }

    /// This CA as rcgen's issuer of participants' certificates and CRLs.
    pub(crate) fn issuer(&self) -> Issuer<'_, CertificateSigner<'_>> {
        Issuer::from_params(&self.params, CertificateSigner::of_participants(&self.key))
    }

    /// This CA as rcgen's issuer of CAs and their CRLs.
    pub(crate) fn issuer_of_authorities(&self) -> Issuer<'_, CertificateSigner<'_>> {
        Issuer::from_params(&self.params, CertificateSigner::of_authorities(&self.key))
    }
}

/// Parameters with everything set that all certificates share.
pub(crate) fn params(validity: Validity, serial: u64) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    params.not_before = date(validity.not_before)?;
    params.not_after = date(validity.not_after)?;
    params.serial_number = Some(SerialNumber::from(serial));
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// `at` as rcgen takes it.
pub(crate) fn date(at: UnixTime) -> Result<OffsetDateTime, Error> {
    i64::try_from(at.as_secs())
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or(Error::Date(at.as_secs()))
}
