//! The CAs of a bundle, and what makes a certificate acceptable as one.

use rustls_pki_types::SubjectPublicKeyInfoDer;
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::end_entity::{extension, public_key};
use crate::rule::{AuthorityCause, CertificateRule};

/// A CA of the bundle, as the issuer of others and of revocation lists.
#[derive(Clone)]
pub(crate) struct Authority {
    /// In the form of RFC 4514.
    pub(crate) name: String,
    /// The content of its DER.
    pub(crate) subject: Vec<u8>,
    pub(crate) key: SubjectPublicKeyInfoDer<'static>,
    /// Its key usage allows cRLSign, or it has none.
    pub(crate) signs_lists: bool,
}

/// A CA must say that it is one, may not lack keyCertSign, and needs a key within limits: webpki looks at the first only, and not
/// for anchors.
pub(crate) fn check_authority(x509: &X509) -> Result<(), AuthorityCause> {
    let constraints: Option<BasicConstraints> = extension(x509).map_err(|_| AuthorityCause::Malformed)?;
    if !constraints.is_some_and(|constraints| constraints.ca) {
        return Err(AuthorityCause::NotAnAuthority);
    }
    let usage: Option<KeyUsage> = extension(x509).map_err(|_| AuthorityCause::Malformed)?;
    if usage.is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(AuthorityCause::KeyUsage);
    }
    match public_key(x509) {
        Ok(_) => Ok(()),
        Err(CertificateRule::Key(reason)) => Err(AuthorityCause::Key(reason)),
        Err(_) => Err(AuthorityCause::Malformed),
    }
}

/// The most certificates a bundle may have.
pub(crate) const MAX_BUNDLE: usize = 64;
