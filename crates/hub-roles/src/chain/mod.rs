//! Certificate chains as they arrive: sized, ordered, not yet trusted.

pub(crate) mod error;

use std::fmt;
use std::sync::Arc;

use der::Decode;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::BasicConstraints;

pub use self::error::{ChainError, MAX_CERTIFICATE_OCTETS, MAX_CERTIFICATES};
use crate::end_entity::public_key;
use crate::id::KeyId;
use crate::key::RsaPublicKey;
use crate::rule::{CertificateRule, MAX_SHOWN_NAME};
use crate::validity::Validity;

/// One end-entity certificate and the CA certificates sent with it, none of them trusted yet.
///
/// The end entity comes first. In PEM files and DER lists the order does not matter; a chain that a peer presented keeps the
/// order of the protocol. Cloning shares the octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificateChain(Arc<[CertificateDer<'static>]>);

impl CertificateChain {
    /// From PEM `CERTIFICATE` blocks in any order; blocks of other kinds are passed over.
    ///
    /// # Errors
    /// As [`Self::from_der`], and [`ChainError::Pem`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, ChainError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).take(MAX_CERTIFICATES + 1).collect();
        Self::from_der(certificates.map_err(|_| ChainError::Pem)?)
    }

    /// From DER certificates in any order: the one that is not a CA is the end entity, and the others are put in issuing order
    /// behind it, as TLS wants them sent. A single certificate is taken as it is.
    ///
    /// # Errors
    /// [`ChainError::Empty`], [`ChainError::TooMany`], [`ChainError::TooLarge`], [`ChainError::Malformed`],
    /// [`ChainError::EndEntities`] if not exactly one certificate is an end entity, [`ChainError::Unrelated`] if one issued none
    /// of the others.
    pub fn from_der(certificates: Vec<CertificateDer<'static>>) -> Result<Self, ChainError> {
        check_limits(&certificates)?;
        if certificates.len() == 1 {
            return Ok(Self(certificates.into()));
        }
        in_issuing_order(certificates).map(|ordered| Self(ordered.into()))
    }

    /// From what a TLS peer presented, or an `x5c` header: the end entity comes first by definition (RFC 8446 section 4.4.2).
    ///
    /// # Errors
    /// [`ChainError::TooMany`], [`ChainError::TooLarge`].
    pub fn from_peer(end_entity: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Result<Self, ChainError> {
        if others.len() >= MAX_CERTIFICATES {
            return Err(ChainError::TooMany);
        }
        let certificates: Vec<_> =
            std::iter::once(end_entity).chain(others).map(|certificate| certificate.clone().into_owned()).collect();
        check_limits(&certificates)?;
        Ok(Self(certificates.into()))
    }

    /// The certificates, end entity first.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }

    /// The `kid` of the end entity.
    #[must_use]
    pub fn kid(&self) -> KeyId {
        KeyId::of_certificate(self.end_entity())
    }

    /// The public key that the end entity claims. Nothing is verified by reading it: it tells whether other claims agree.
    ///
    /// # Errors
    /// [`CertificateRule::Malformed`](crate::CertificateRule::Malformed), [`CertificateRule::Key`](crate::CertificateRule::Key).
    pub fn claimed_key(&self) -> Result<RsaPublicKey, CertificateRule> {
        public_key(&self.parsed()?)
    }

    /// The validity that the end entity claims, unverified as [`Self::claimed_key`].
    ///
    /// # Errors
    /// [`CertificateRule::Malformed`](crate::CertificateRule::Malformed).
    pub fn claimed_validity(&self) -> Result<Validity, CertificateRule> {
        self.parsed().map(|x509| Validity::of(x509.tbs_certificate().validity()))
    }

    /// The subject that the end entity claims, unverified as [`Self::claimed_key`]: in the form of RFC 4514, cut to 256 characters. It is a
    /// stranger's text, so a log escapes it.
    ///
    /// # Errors
    /// [`CertificateRule::Malformed`](crate::CertificateRule::Malformed).
    pub fn claimed_subject(&self) -> Result<String, CertificateRule> {
        self.parsed().map(|x509| x509.tbs_certificate().subject().to_string().chars().take(MAX_SHOWN_NAME).collect())
    }

    fn parsed(&self) -> Result<X509, CertificateRule> {
        X509::from_der(self.end_entity()).map_err(|_| CertificateRule::Malformed)
    }

    pub(crate) fn end_entity(&self) -> &CertificateDer<'static> {
        static NONE: CertificateDer<'static> = CertificateDer::from_slice(&[]);
        // Every constructor refuses an empty chain; an empty certificate parses as nothing.
        self.0.first().unwrap_or(&NONE)
    }

    pub(crate) fn others(&self) -> &[CertificateDer<'static>] {
        self.0.get(1..).unwrap_or_default()
    }
}

impl fmt::Debug for CertificateChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateChain({} certificates, kid {})", self.0.len(), self.kid())
    }
}

fn check_limits(certificates: &[CertificateDer<'_>]) -> Result<(), ChainError> {
    if certificates.is_empty() {
        return Err(ChainError::Empty);
    }
    if certificates.len() > MAX_CERTIFICATES {
        return Err(ChainError::TooMany);
    }
    match certificates.iter().map(|certificate| certificate.len()).find(|&octets| octets > MAX_CERTIFICATE_OCTETS) {
        Some(found) => Err(ChainError::TooLarge { found }),
        None => Ok(()),
    }
}

fn in_issuing_order(certificates: Vec<CertificateDer<'static>>) -> Result<Vec<CertificateDer<'static>>, ChainError> {
    let parsed: Result<Vec<_>, ChainError> = certificates
        .into_iter()
        .map(|der| X509::from_der(&der).map(|x509| (x509, der)).map_err(|_| ChainError::Malformed))
        .collect();
    let (mut authorities, mut end_entities): (Vec<_>, Vec<_>) = parsed?.into_iter().partition(|(x509, _)| is_ca(x509));
    let (Some(end_entity), true) = (end_entities.pop(), end_entities.is_empty()) else {
        let found = if end_entities.is_empty() { 0 } else { end_entities.len() + 1 };
        return Err(ChainError::EndEntities { found });
    };
    let mut ordered = vec![end_entity];
    while !authorities.is_empty() {
        // Of a CA that is cross-signed there are two certificates, and not every issuer need be there.
        let is_issuer = |(authority, _): &(X509, _)| {
            let subject = authority.tbs_certificate().subject();
            ordered.iter().any(|(issued, _)| issued.tbs_certificate().issuer() == subject)
        };
        let position = authorities.iter().position(is_issuer).ok_or(ChainError::Unrelated)?;
        ordered.push(authorities.remove(position));
    }
    Ok(ordered.into_iter().map(|(_, der)| der).collect())
}

fn is_ca(x509: &X509) -> bool {
    matches!(x509.tbs_certificate().get_extension::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca)
}
