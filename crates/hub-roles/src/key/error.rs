//! Why a key is of no use.

use thiserror::Error;

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
