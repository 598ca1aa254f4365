//! A certificate taken apart, so that one field can be made wrong and the whole signed again.

use const_oid::ObjectIdentifier;
use der::asn1::{Any, BitString, Int, OctetString};
use der::{Decode, Encode, Sequence, Tag};
use rustls_pki_types::CertificateDer;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::sign::SignatureScheme;
use crate::{Error, TestKey};

/// The signed part of a certificate (RFC 5280 section 4.1), every field open.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct Draft {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: Int,
    signature: AlgorithmIdentifierOwned,
    issuer: Any,
    validity: Any,
    subject: RdnSequence,
    pub(crate) public_key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

impl Draft {
    /// Takes a certificate apart.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        Ok(Signed::from_der(certificate)?.draft)
    }

    /// Signs it.
    pub(crate) fn sign(mut self, scheme: SignatureScheme, key: &TestKey) -> Result<CertificateDer<'static>, Error> {
        self.signature = scheme.identifier();
        let signature = scheme.sign(key, &self.to_der()?)?;
        let signed =
            Signed { algorithm: self.signature.clone(), signature: BitString::from_bytes(&signature)?, draft: self };
        Ok(signed.to_der()?.into())
    }

    /// Adds an attribute to the end of the subject, in an RDN of its own.
    pub(crate) fn push_attribute(&mut self, oid: ObjectIdentifier, tag: Tag, value: &[u8]) -> Result<(), Error> {
        let attribute = AttributeTypeAndValue { oid, value: Any::new(tag, value)? };
        self.subject.push(rdn([attribute])?);
        Ok(())
    }

    /// Puts another value in the place of an attribute of the subject.
    pub(crate) fn replace_attribute(&mut self, oid: ObjectIdentifier, tag: Tag, value: &[u8]) -> Result<(), Error> {
        let mut attributes = self.attributes();
        for attribute in attributes.iter_mut().filter(|attribute| attribute.oid == oid) {
            attribute.value = Any::new(tag, value)?;
        }
        self.subject = attributes.into_iter().map(|one| rdn([one])).collect::<Result<Vec<_>, _>>()?.into();
        Ok(())
    }

    /// Puts all attributes of the subject into one RDN.
    pub(crate) fn join_attributes(&mut self) -> Result<(), Error> {
        self.subject = vec![rdn(self.attributes())?].into();
        Ok(())
    }

    /// Adds an extension, or puts it in the place of the one with this OID.
    pub(crate) fn set_extension(
        &mut self,
        extn_id: ObjectIdentifier,
        critical: bool,
        value: &[u8],
    ) -> Result<(), Error> {
        self.extensions.retain(|extension| extension.extn_id != extn_id);
        self.extensions.push(Extension { extn_id, critical, extn_value: OctetString::new(value)? });
        Ok(())
    }

    fn attributes(&self) -> Vec<AttributeTypeAndValue> {
        self.subject.iter().flat_map(RelativeDistinguishedName::iter).cloned().collect()
    }
}

/// A `Certificate` of RFC 5280 section 4.1.
#[derive(Sequence)]
struct Signed {
    draft: Draft,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

fn rdn(attributes: impl IntoIterator<Item = AttributeTypeAndValue>) -> Result<RelativeDistinguishedName, Error> {
    let mut rdn = RelativeDistinguishedName::default();
    for attribute in attributes {
        rdn.insert(attribute)?;
    }
    Ok(rdn)
}
