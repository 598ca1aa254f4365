//! The key that is made together with a request.

use std::fmt;

use der::pem::LineEnding;
use zeroize::Zeroizing;

use crate::key::{KeyError, SoftwareKey};

/// A new RSA-2048 key: the one place where a private key can be read, so that its holder can store it.
///
/// The text is cleared from memory when this is dropped. Keep production keys in a hardware module instead, and make the request
/// with [`CertificateRequest::for_key`](crate::CertificateRequest::for_key) (FACTS section 6).
pub struct NewPrivateKey {
    key: SoftwareKey,
    pem: Zeroizing<String>,
}

impl NewPrivateKey {
    pub(super) fn generate() -> Result<Self, KeyError> {
        let (key, document) = SoftwareKey::generate()?;
        let pem = document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|_| KeyError::Failed)?;
        Ok(Self { key, pem })
    }

    /// The key as PEM `PRIVATE KEY` (PKCS #8), not encrypted. Every copy made of it is the caller's to clear.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The key for use in this process; its text is cleared.
    #[must_use]
    pub fn into_key(self) -> SoftwareKey {
        self.key
    }

    pub(super) fn key(&self) -> &SoftwareKey {
        &self.key
    }
}

impl fmt::Debug for NewPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPrivateKey")
    }
}
