//! The private half of an encryption role.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::id::KeyId;
use crate::key::{KeyError, PrivateKey, RsaPublicKey};
use crate::role::Encryption;

/// A private key that opens payloads encrypted to one role, with the `kid` it was registered under.
///
/// Enc1 may have no certificate at all (`SERVER ENCKEY`), and a key outlives its certificate: it is kept until nothing encrypted
/// to it can still arrive (FACTS section 6). So there are three ways to one: [`From`] a [`Credential`], [`Self::bare`] and
/// [`Self::retired`].
pub struct DecryptionKey<R: Encryption> {
    kid: KeyId,
    key: Arc<dyn PrivateKey>,
    retired: bool,
    role: PhantomData<fn() -> R>,
}

impl<R: Encryption> DecryptionKey<R> {
    /// A key registered without a certificate, under a `kid` agreed at registration.
    #[must_use]
    pub fn bare(kid: KeyId, key: Arc<dyn PrivateKey>) -> Self {
        Self { kid, key, retired: false, role: PhantomData }
    }

    /// A key that is no longer published, whose certificate may have expired, kept for what was encrypted to it.
    #[must_use]
    pub fn retired(kid: KeyId, key: Arc<dyn PrivateKey>) -> Self {
        Self { kid, key, retired: true, role: PhantomData }
    }

    /// The `kid` senders name.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Whether nothing new should be encrypted to it any more.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.retired
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &RsaPublicKey {
        self.key.public_key()
    }

    /// Whether the key waits for something outside this process to decrypt: see [`PrivateKey::is_remote`].
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.key.is_remote()
    }

    /// Decrypts a content encryption key with RSA-OAEP-256 (RFC 7518 section 4.3).
    ///
    /// # Errors
    /// As [`PrivateKey::decrypt_oaep`]. The caller must continue with a random key, so that a refusal shows nothing (THREATS
    /// section 2, "oracle").
    pub fn decrypt_oaep(&self, encrypted_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.key.decrypt_oaep(encrypted_key)
    }
}

impl<R: Encryption> From<&Credential<R>> for DecryptionKey<R> {
    fn from(credential: &Credential<R>) -> Self {
        Self::bare(credential.kid().clone(), Arc::clone(credential.private_key()))
    }
}

impl<R: Encryption> Clone for DecryptionKey<R> {
    fn clone(&self) -> Self {
        Self { kid: self.kid.clone(), key: Arc::clone(&self.key), retired: self.retired, role: PhantomData }
    }
}

impl<R: Encryption> fmt::Debug for DecryptionKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKey<{}>(kid {})", R::ID, self.kid)
    }
}
