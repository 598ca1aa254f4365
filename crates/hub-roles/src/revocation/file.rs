//! Files of revocation lists, as CAs publish them and as people keep them.

use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;

use super::error::{RevocationListError, RevocationListRule};
use crate::authority::MAX_BUNDLE;

/// The lists in a file, as DER. What begins like a long DER `SEQUENCE` is no text.
pub(super) fn lists_in(file: &[u8]) -> Result<Vec<CertificateRevocationListDer<'_>>, RevocationListError> {
    if matches!(file, [0x30, length, ..] if !length.is_ascii()) {
        return Ok(vec![file.into()]);
    }
    // With one more than the bundle has CAs, two are of one CA.
    let lists = CertificateRevocationListDer::pem_slice_iter(file).take(MAX_BUNDLE + 1).collect::<Result<Vec<_>, _>>();
    match lists {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        _ => Err(RevocationListError::of_unknown(RevocationListRule::Encoding)),
    }
}
