//! The private key as a set of operations: nothing may ask for its octets.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::key::RsaPublicKey;

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

/// Why a key was refused, or an operation with it failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No key of a form we read.
    #[error("no private key found: expected one PEM block `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1)")]
    NoKey,
    /// More than one private key.
    #[error("{found} private keys found in one file: expected exactly one")]
    SeveralKeys {
        /// How many.
        found: usize,
    },
    /// A password-protected key.
    #[error("the private key is encrypted: decrypt it first, or implement `PrivateKey` over the module that holds it")]
    Encrypted,
    /// Another algorithm than RSA, or `rsaEncryption` with unusual parameters.
    #[error("not an RSA key: every role's key is RSA with the algorithm identifier rsaEncryption")]
    NotRsa,
    /// Damaged encoding, or components that do not belong together.
    #[error("the key is malformed or its components are inconsistent")]
    Malformed,
    /// A modulus outside 2048..=8192 bits.
    #[error("RSA modulus outside 2048 to 8192 bits")]
    Size,
    /// A public exponent other than 65537.
    #[error("RSA public exponent is not 65537")]
    Exponent,
    /// An even modulus.
    #[error("RSA modulus is even")]
    EvenModulus,
    /// A modulus with the fingerprint of CVE-2017-15361.
    #[error("RSA modulus has the ROCA fingerprint (CVE-2017-15361): replace the key")]
    Roca,
    /// A certificate's key, claimed for an organisation that the certificate does not name.
    #[error("the certificate belongs to another organisation than the key's owner")]
    OtherOwner,
    /// The key cannot do what was asked.
    #[error("the key does not support {operation}")]
    Unsupported {
        /// The operation.
        operation: &'static str,
    },
    /// The operation failed: a bad ciphertext, a bad signature, or a fault of the key's module.
    #[error("the key operation failed")]
    Failed,
}

impl KeyError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "key.none",
            Self::SeveralKeys { .. } => "key.several",
            Self::Encrypted => "key.encrypted",
            Self::NotRsa => "key.not-rsa",
            Self::Malformed => "key.malformed",
            Self::Size => "key.size",
            Self::Exponent => "key.exponent",
            Self::EvenModulus => "key.even-modulus",
            Self::Roca => "key.roca",
            Self::OtherOwner => "key.other-owner",
            Self::Unsupported { .. } => "key.unsupported",
            Self::Failed => "key.failed",
        }
    }
}
