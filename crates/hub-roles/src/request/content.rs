//! What a request says, before it is signed.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use const_oid::db::rfc5912::SHA_256_WITH_RSA_ENCRYPTION;
use der::asn1::{Any, BitString, Ia5String, SetOfVec};
use der::{Decode, Encode};
use x509_cert::Certificate as X509;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{RequestError, RequestedSubject};
use crate::certificate::Certificate;
use crate::host::HostName;
use crate::key::{PrivateKey, SignatureScheme};
use crate::role::{Role, RoleId, RoleKind};

pub(super) struct Content {
    subject: Name,
    dns_names: Vec<String>,
}

impl Content {
    pub(super) fn new<R: Role>(subject: &RequestedSubject, dns_names: &[HostName]) -> Result<Self, RequestError> {
        subject.check_fits(R::ID)?;
        Self::checked(R::ID, subject.to_name()?, &[], dns_names)
    }

    /// The subject is taken over as it stands in the old certificate, string types included.
    pub(super) fn repeating<R: Role>(old: &Certificate<R>, more: &[HostName]) -> Result<Self, RequestError> {
        let x509 = X509::from_der(old.chain().end_entity())?;
        Self::checked(R::ID, x509.tbs_certificate().subject().clone(), old.dns_names(), more)
    }

    pub(super) fn sign(&self, role: RoleId, key: &dyn PrivateKey) -> Result<CertReq, RequestError> {
        let with_role = |reason| RequestError::Key { role, reason };
        let public_key = key.public_key().to_spki_der().map_err(with_role)?;
        let info = CertReqInfo {
            version: Version::V1,
            subject: self.subject.clone(),
            public_key: SubjectPublicKeyInfoOwned::from_der(&public_key)?,
            attributes: self.attributes()?,
        };
        let message = info.to_der()?;
        let signature = key.sign(SignatureScheme::RsaPkcs1Sha256, &message).map_err(with_role)?;
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public_key)
            .map_err(|_| ())
            .and_then(|public_key| public_key.verify_sig(&message, &signature).map_err(|_| ()))
            .map_err(|()| RequestError::WrongSignature { role })?;
        let algorithm = AlgorithmIdentifierOwned { oid: SHA_256_WITH_RSA_ENCRYPTION, parameters: Some(Any::null()) };
        Ok(CertReq { info, algorithm, signature: BitString::from_bytes(&signature)? })
    }

    fn checked(role: RoleId, subject: Name, old: &[String], more: &[HostName]) -> Result<Self, RequestError> {
        let mut dns_names: Vec<String> = Vec::new();
        for name in old.iter().map(String::as_str).chain(more.iter().map(HostName::as_str)) {
            if !dns_names.iter().any(|known| known == name) {
                dns_names.push(name.to_owned());
            }
        }
        if role.kind() == RoleKind::ServerTransport && dns_names.is_empty() {
            return Err(RequestError::NoDnsName { role });
        }
        Ok(Self { subject, dns_names })
    }

    /// The names as a requested extension (RFC 2985 section 5.4.2); without names, no attribute.
    fn attributes(&self) -> der::Result<Attributes> {
        let mut attributes = SetOfVec::new();
        if !self.dns_names.is_empty() {
            let names: der::Result<Vec<_>> =
                self.dns_names.iter().map(|name| Ia5String::new(name).map(GeneralName::DnsName)).collect();
            let extension = SubjectAltName(names?).to_extension(&self.subject, &[])?;
            attributes.insert(Attribute::try_from(ExtensionReq(vec![extension]))?)?;
        }
        Ok(attributes)
    }
}
