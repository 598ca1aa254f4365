//! The links of a verified path: certificates, each with the key of its issuer.

use std::iter::once;

use der::Decode;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use webpki::{Cert, VerifiedPath, spki_for_anchor};
use x509_cert::Certificate as X509;

use crate::rule::{CertificateRule, MAX_SHOWN_NAME};

/// A certificate of a path, and the key of the CA above it.
pub(super) struct Link<'p> {
    pub(super) certificate: &'p Cert<'p>,
    pub(super) issuer_key: SubjectPublicKeyInfoDer<'static>,
    pub(super) is_authority: bool,
}

impl Link<'_> {
    pub(super) fn x509(&self) -> Option<X509> {
        X509::from_der(&self.certificate.der()).ok()
    }

    pub(super) fn missing(&self) -> CertificateRule {
        let issuer = self.x509().map(|x509| x509.tbs_certificate().issuer().to_string()).unwrap_or_default();
        CertificateRule::RevocationListMissing { issuer: issuer.chars().take(MAX_SHOWN_NAME).collect() }
    }
}

/// From the end entity up to the certificate that the trust anchor issued.
pub(super) fn links<'p>(path: &'p VerifiedPath<'p>) -> impl Iterator<Item = Link<'p>> {
    let end_entity: &Cert<'_> = path.end_entity();
    let certificates = once((end_entity, false)).chain(path.intermediate_certificates().map(|ca| (ca, true)));
    let keys = path.intermediate_certificates().map(Cert::subject_public_key_info);
    let keys = keys.chain(once(path.anchor()).map(spki_for_anchor));
    certificates.zip(keys).map(|((certificate, is_authority), issuer_key)| Link {
        certificate,
        issuer_key,
        is_authority,
    })
}
