//! Public keys that know their role and their owner.
//!
//! A key is registered for one party. Whoever verifies compares that party with the one it expects, so a token of client A
//! under client B's key is refused even where B's key is perfectly valid (THREATS section 1, "whose key").

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};

use crate::certificate::Certificate;
use crate::id::KeyId;
use crate::key::{KeyError, Ps256Key, RsaPublicKey};
use crate::party::PartyId;
use crate::role::{Encryption, Role, Signing};

/// The public key that verifies tokens of one signing role of one party.
pub struct VerificationKey<R: Signing>(Arc<Registered<R, Ps256Key>>);

/// The public key that payloads to one encryption role of one party are encrypted to.
pub struct EncryptionKey<R: Encryption>(Arc<Registered<R, OaepPublicEncryptingKey>>);

struct Registered<R: Role, K> {
    owner: R::Owner,
    kid: KeyId,
    public: RsaPublicKey,
    parsed: K,
}

impl<R: Signing> VerificationKey<R> {
    /// The key `kid` as registered by `owner`: from the owner's key set, or out of band.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the cryptographic library refuses what [`RsaPublicKey`] accepted.
    pub fn registered(owner: R::Owner, kid: KeyId, public: RsaPublicKey) -> Result<Self, KeyError> {
        let parsed = Ps256Key::new(&public)?;
        Ok(Self(Arc::new(Registered { owner, kid, public, parsed })))
    }

    /// The key of a certificate that was verified for this role.
    ///
    /// # Errors
    /// [`KeyError::OtherOwner`] if the certificate names another organisation than the owner, and as [`Self::registered`].
    pub fn of_certificate(owner: R::Owner, certificate: &Certificate<R>) -> Result<Self, KeyError> {
        check_owner(&owner, certificate)?;
        Self::registered(owner, certificate.kid().clone(), certificate.public_key().clone())
    }

    /// Verifies a PS256 signature: RSASSA-PSS with SHA-256, MGF1-SHA256 and a 32-octet salt (RFC 7518 section 3.5).
    ///
    /// # Errors
    /// [`KeyError::Failed`] if the signature is not this key's over this message, of exactly the modulus' length.
    pub fn verify_ps256(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        self.0.parsed.verify(message, signature)
    }
}

impl<R: Encryption> EncryptionKey<R> {
    /// The key `kid` as registered by `owner`: from the owner's key set, or out of band.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the cryptographic library refuses what [`RsaPublicKey`] accepted.
    pub fn registered(owner: R::Owner, kid: KeyId, public: RsaPublicKey) -> Result<Self, KeyError> {
        let parsed = PublicEncryptingKey::from_der(&public.to_spki_der()?)
            .map_err(|_| KeyError::Malformed)
            .and_then(|key| OaepPublicEncryptingKey::new(key).map_err(|_| KeyError::Malformed))?;
        Ok(Self(Arc::new(Registered { owner, kid, public, parsed })))
    }

    /// The key of a certificate that was verified for this role.
    ///
    /// # Errors
    /// [`KeyError::OtherOwner`] if the certificate names another organisation than the owner, and as [`Self::registered`].
    pub fn of_certificate(owner: R::Owner, certificate: &Certificate<R>) -> Result<Self, KeyError> {
        check_owner(&owner, certificate)?;
        Self::registered(owner, certificate.kid().clone(), certificate.public_key().clone())
    }

    /// Encrypts a content encryption key with RSA-OAEP-256 (RFC 7518 section 4.3).
    ///
    /// # Errors
    /// [`KeyError::Failed`] if `secret` is too long for the modulus.
    pub fn encrypt_oaep(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut ciphertext = vec![0; self.0.parsed.ciphertext_size()];
        let length = self
            .0
            .parsed
            .encrypt(&OAEP_SHA256_MGF1SHA256, secret, &mut ciphertext, None)
            .map_err(|_| KeyError::Failed)?
            .len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }
}

/// An organisation owns what names it as OU; whether a client owns a certificate, only its registration tells.
fn check_owner<R: Role>(owner: &R::Owner, certificate: &Certificate<R>) -> Result<(), KeyError> {
    match R::ID.registrant() {
        PartyId::Tpp => Ok(()),
        PartyId::Lfi | PartyId::Ozone if owner.to_string() == certificate.organisation().to_string() => Ok(()),
        PartyId::Lfi | PartyId::Ozone => Err(KeyError::OtherOwner),
    }
}

macro_rules! registered {
    ($name:ident, $bound:ident) => {
        impl<R: $bound> $name<R> {
            /// Whose key it is.
            #[must_use]
            pub fn owner(&self) -> &R::Owner {
                &self.0.owner
            }

            /// The `kid` it is registered under.
            #[must_use]
            pub fn kid(&self) -> &KeyId {
                &self.0.kid
            }

            /// The key itself.
            #[must_use]
            pub fn public_key(&self) -> &RsaPublicKey {
                &self.0.public
            }
        }

        impl<R: $bound> Clone for $name<R> {
            fn clone(&self) -> Self {
                Self(Arc::clone(&self.0))
            }
        }

        impl<R: $bound> fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}<{}>(owner {}, kid {})", stringify!($name), R::ID, self.0.owner, self.0.kid)
            }
        }
    };
}

registered!(VerificationKey, Signing);
registered!(EncryptionKey, Encryption);
