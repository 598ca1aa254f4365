//! The private key as a set of operations: nothing may ask for its octets.

use std::fmt;

use zeroize::Zeroizing;

use crate::key::{KeyError, RsaPublicKey};

/// An RSA private key, wherever it lives.
///
/// A key in a hardware module or a key service implements this trait and fits wherever a software key does. Which operation a
/// caller can reach is decided by the role: a [`Credential`](crate::Credential) of a transport role signs handshakes, one of a
/// signing role signs PS256, and a [`DecryptionKey`](crate::DecryptionKey) decrypts; every role's key signs its own CSR.
///
/// An implementation offers what its role needs and leaves the other method as it is. Its `Debug` must show no secret. One that offers
/// neither, for a service that the caller asks by itself, is [`RemoteKey`](crate::RemoteKey).
pub trait PrivateKey: fmt::Debug + Send + Sync {
    /// The public half.
    fn public_key(&self) -> &RsaPublicKey;

    /// Whether an operation waits for something outside this process, such as a hardware module or a key service. Connections run
    /// the handshakes of such a key where waiting holds up nobody else; tokens are signed and opened in two steps, or on a thread
    /// that may wait.
    fn is_remote(&self) -> bool {
        false
    }

    /// Whether [`Self::sign`] has verified with the public key what it returns. A signature that went wrong, by a fault of the machine for one,
    /// can give the key away; so tokens of a key that does not say so are verified before they leave.
    fn verifies_own_signatures(&self) -> bool {
        false
    }

    /// Signs `message` (the message, not its digest) and returns a signature of exactly the modulus' length.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] if the key does not sign, [`KeyError::Failed`] if it could not.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let _ = message;
        Err(KeyError::Unsupported { operation: scheme.name() })
    }

    /// Decrypts RSA-OAEP with SHA-256 for both hash and mask, no label (RFC 7518 section 4.3).
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] if the key does not decrypt, whatever the ciphertext; [`KeyError::Failed`] if it could not. Callers
    /// must not let the difference between a bad ciphertext and a bad content show outside.
    fn decrypt_oaep(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let _ = ciphertext;
        Err(KeyError::Unsupported { operation: "RSA-OAEP-256" })
    }
}

/// How a message is hashed, padded and signed. PSS salts are as long as the digest (RFC 8446 section 4.2.3, RFC 7518 section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum SignatureScheme {
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    RsaPkcs1Sha256,
    RsaPkcs1Sha384,
    RsaPkcs1Sha512,
}

impl SignatureScheme {
    /// The name TLS gives it: `rsa_pss_rsae_sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaPssSha256 => "rsa_pss_rsae_sha256",
            Self::RsaPssSha384 => "rsa_pss_rsae_sha384",
            Self::RsaPssSha512 => "rsa_pss_rsae_sha512",
            Self::RsaPkcs1Sha256 => "rsa_pkcs1_sha256",
            Self::RsaPkcs1Sha384 => "rsa_pkcs1_sha384",
            Self::RsaPkcs1Sha512 => "rsa_pkcs1_sha512",
        }
    }
}
