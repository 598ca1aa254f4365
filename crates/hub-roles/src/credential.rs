//! A certificate with its private key.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::certificate::Certificate;
use crate::id::KeyId;
use crate::key::{KeyError, PrivateKey, Ps256Key, SignatureScheme};
use crate::role::{Role, RoleId, Signing, Transport};

/// Our own certificate for a role, with the private key that belongs to it.
///
/// That the two belong together is checked once, here: a `kid` that does not belong to the key that signs is the commonest
/// rotation mistake (FACTS section 6).
pub struct Credential<R: Role> {
    certificate: Certificate<R>,
    key: Arc<dyn PrivateKey>,
}

impl<R: Role> Credential<R> {
    /// Joins a verified certificate and its key.
    ///
    /// # Errors
    /// [`CredentialError::KeyMismatch`] if the certificate is another key's.
    pub fn new(certificate: Certificate<R>, key: impl PrivateKey + 'static) -> Result<Self, CredentialError> {
        Self::with_shared_key(certificate, Arc::new(key))
    }

    /// As [`Self::new`], for a key that others hold as well: an LFI's brands may share one (seed, "Certificate reuse across
    /// brands").
    ///
    /// # Errors
    /// [`CredentialError::KeyMismatch`] if the certificate is another key's.
    pub fn with_shared_key(certificate: Certificate<R>, key: Arc<dyn PrivateKey>) -> Result<Self, CredentialError> {
        if certificate.public_key() != key.public_key() {
            return Err(CredentialError::KeyMismatch { role: R::ID, kid: certificate.kid().clone() });
        }
        Ok(Self { certificate, key })
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate<R> {
        &self.certificate
    }

    /// The certificate's `kid`.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.certificate.kid()
    }

    /// Whether the key waits for something outside this process to sign or decrypt: see [`PrivateKey::is_remote`].
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.key.is_remote()
    }

    pub(crate) fn private_key(&self) -> &Arc<dyn PrivateKey> {
        &self.key
    }
}

impl<R: Transport> Credential<R> {
    /// Signs a TLS handshake transcript (RFC 8446 section 4.4.3, RFC 5246 section 7.4.3).
    ///
    /// # Errors
    /// [`KeyError::Failed`] if the key's module fails, [`KeyError::Unsupported`] if it does not sign so.
    pub fn sign_handshake(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(scheme, message)
    }
}

impl<R: Signing> Credential<R> {
    /// Signs a message with PS256 (RFC 7518 section 3.5).
    ///
    /// # Errors
    /// [`KeyError::Failed`] if the key's module fails.
    pub fn sign_ps256(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(SignatureScheme::RsaPssSha256, message)
    }

    /// Whether [`Self::sign_ps256`] has verified what it returns: see [`PrivateKey::verifies_own_signatures`].
    #[must_use]
    pub fn verifies_own_signatures(&self) -> bool {
        self.key.verifies_own_signatures()
    }

    /// Verifies that a signature, wherever it was made, is the PS256 signature of this credential's key over `message`.
    ///
    /// # Errors
    /// [`KeyError::Failed`] if it is not: another key, other padding, a salt of another length than 32 octets, another message.
    pub fn verify_ps256(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        Ps256Key::new(self.certificate.public_key())?.verify(message, signature)
    }
}

impl<R: Role> Clone for Credential<R> {
    fn clone(&self) -> Self {
        Self { certificate: self.certificate.clone(), key: Arc::clone(&self.key) }
    }
}

impl<R: Role> fmt::Debug for Credential<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential<{}>(kid {}, {})", R::ID, self.kid(), self.certificate.subject())
    }
}

/// Why a certificate and a key make no credential.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The certificate carries another public key.
    #[error(
        "{role}: the private key does not belong to the certificate with kid {kid}: use the key its CSR was made with"
    )]
    KeyMismatch {
        /// The role.
        role: RoleId,
        /// The certificate's `kid`.
        kid: KeyId,
    },
}

impl CredentialError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyMismatch { .. } => "credential.key-mismatch",
        }
    }
}
