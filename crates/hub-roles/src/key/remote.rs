//! A private key of which only the public half is here.

use crate::key::{PrivateKey, RsaPublicKey};

/// A key that lives in a hardware module or a key service which this program calls by itself: here is its public half.
///
/// With it a [`Credential`](crate::Credential) or a [`DecryptionKey`](crate::DecryptionKey) can be built without the private key. What
/// is asked of the key in one call ends in [`KeyError::Unsupported`](crate::KeyError::Unsupported); tokens are signed and opened in
/// two steps, with the call to the service between them (hub-jose, "Slow keys"). Handshakes have no second step: the key of a
/// transport role implements [`PrivateKey`].
///
/// ```
/// use hub_roles::{Certificate, Credential, CredentialError, RemoteKey, Sig1};
///
/// fn in_the_key_service(certificate: Certificate<Sig1>) -> Result<Credential<Sig1>, CredentialError> {
///     let key = RemoteKey::new(certificate.public_key().clone());
///     Credential::new(certificate, key)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RemoteKey {
    public: RsaPublicKey,
}

impl RemoteKey {
    /// The key whose public half is `public`: from its certificate, or as the service shows it.
    #[must_use]
    pub fn new(public: RsaPublicKey) -> Self {
        Self { public }
    }
}

impl PrivateKey for RemoteKey {
    fn public_key(&self) -> &RsaPublicKey {
        &self.public
    }

    fn is_remote(&self) -> bool {
        true
    }
}
