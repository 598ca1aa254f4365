//! What an authority hands out: a certificate, its chain and its key.

use hub_roles::KeyId;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::keys::pem;
use crate::{Error, TestKey};

/// A participant's certificate with the chain it presents and the private key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// What is presented after it: the issuing CA, without the root.
    pub intermediates: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: TestKey,
    /// The serial number, for a [`CrlSpec`](crate::CrlSpec).
    pub serial: u64,
}

impl Issued {
    /// The certificate and its intermediates, in the order TLS sends them.
    #[must_use]
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        [&self.certificate].into_iter().chain(&self.intermediates).cloned().collect()
    }

    /// The chain as a PEM file, the certificate first.
    ///
    /// # Errors
    /// [`Error::Encoding`] if a certificate is too long for PEM.
    pub fn chain_pem(&self) -> Result<String, Error> {
        certificates_pem(&self.chain())
    }

    /// The certificate alone as a PEM file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if it is too long for PEM.
    pub fn certificate_pem(&self) -> Result<String, Error> {
        certificates_pem(core::slice::from_ref(&self.certificate))
    }

    /// The certificate's `kid`.
    #[must_use]
    pub fn kid(&self) -> KeyId {
        KeyId::of_certificate(&self.certificate)
    }

    /// The private key, in the form rustls takes.
    #[must_use]
    pub fn private_key(&self) -> PrivateKeyDer<'static> {
        self.key.private_key()
    }

    /// The private key as a PKCS#8 PEM file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if it is too long for PEM, which no key is.
    pub fn key_pem(&self) -> Result<String, Error> {
        self.key.to_pkcs8_pem()
    }
}

/// Certificates one after another as a PEM file.
pub(crate) fn certificates_pem(certificates: &[CertificateDer<'_>]) -> Result<String, Error> {
    certificates.iter().map(|certificate| pem("CERTIFICATE", certificate)).collect()
}
