//! Verifying PS256 with a public key that was parsed for it.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256};

use crate::key::{KeyError, RsaPublicKey};

/// A public key ready to verify RSASSA-PSS with SHA-256, MGF1-SHA256 and a 32-octet salt (RFC 7518 section 3.5).
pub(crate) struct Ps256Key {
    octets: usize,
    parsed: ParsedPublicKey,
}

impl Ps256Key {
    /// # Errors
    /// [`KeyError::Malformed`] if the cryptographic library refuses what [`RsaPublicKey`] accepted.
    pub(crate) fn new(public: &RsaPublicKey) -> Result<Self, KeyError> {
        let parsed =
            ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public.to_spki_der()?).map_err(|_| KeyError::Malformed)?;
        Ok(Self { octets: public.modulus_octets(), parsed })
    }

    /// # Errors
    /// [`KeyError::Failed`] if the signature is not this key's over this message, of exactly the modulus' length.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        if signature.len() != self.octets {
            return Err(KeyError::Failed);
        }
        self.parsed.verify_sig(message, signature).map_err(|_| KeyError::Failed)
    }
}
