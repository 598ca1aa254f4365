//! One published key, and what it says of itself.

use std::collections::BTreeSet;
use std::fmt;

use hub_roles::{
    Certificate, CertificateChain, Expectation, KeyId, Refusal, Role, RsaPublicKey, TrustFramework, Validity,
};
use rustls_pki_types::UnixTime;

use crate::ready::Ready;

/// One public RSA key of a set: sound in itself, with members that agree, and not yet anybody's for any role.
///
/// From a [`KeySet`](crate::KeySet) it becomes a [`VerificationKey`](hub_roles::VerificationKey) or an
/// [`EncryptionKey`](hub_roles::EncryptionKey) by selection.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwk {
    pub(crate) kid: KeyId,
    pub(crate) public_key: RsaPublicKey,
    pub(crate) key_use: Option<KeyUse>,
    pub(crate) key_ops: Option<BTreeSet<String>>,
    pub(crate) alg: Option<String>,
    pub(crate) certified: Option<Certified>,
    /// As a key of its owner, once one was asked for.
    pub(crate) ready: Ready,
}

/// A chain whose first certificate has the key's `kid` and modulus. Nothing of it is verified.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Certified {
    pub(crate) chain: CertificateChain,
    pub(crate) validity: Validity,
}

impl Jwk {
    /// The `kid`.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The key.
    #[must_use]
    pub fn public_key(&self) -> &RsaPublicKey {
        &self.public_key
    }

    /// What `use` says, if it is there.
    #[must_use]
    pub fn key_use(&self) -> Option<KeyUse> {
        self.key_use
    }

    /// What `alg` says, if it is there. The keystore writes none (FACTS section 2).
    #[must_use]
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The chain of `x5c`, if it is there. Its first certificate has this key and this `kid`; it is not verified.
    #[must_use]
    pub fn chain(&self) -> Option<&CertificateChain> {
        self.certified.as_ref().map(|certified| &certified.chain)
    }

    /// Verifies the chain of `x5c` for role `R`; `None` if the key has none (THREATS section 3, "identity").
    ///
    /// `used` is when the key was used: for one of an inactive set, the consent's creation time, since it has usually expired by `now`; else `now`
    /// itself. Revocation lists are judged at `now`, as [`TrustFramework::verify_used_at`] says.
    ///
    /// # Errors
    /// [`Refusal`], as [`TrustFramework::verify_used_at`].
    pub fn verify_certificate<R: Role>(
        &self,
        trust: &TrustFramework,
        expectation: &Expectation<R>,
        used: UnixTime,
        now: UnixTime,
    ) -> Option<Result<Certificate<R>, Refusal>> {
        self.chain().map(|chain| trust.verify_used_at(chain, expectation, used, now))
    }

    /// Whether nothing speaks against `purpose`, else the member that does.
    pub(crate) fn check(&self, purpose: &Purpose) -> Result<(), &'static str> {
        if self.key_use.is_some_and(|key_use| key_use != purpose.key_use) {
            return Err("use");
        }
        if self.key_ops.as_ref().is_some_and(|ops| !purpose.operations.iter().any(|&operation| ops.contains(operation)))
        {
            return Err("key_ops");
        }
        if self.alg.as_ref().is_some_and(|alg| alg != purpose.algorithm) {
            return Err("alg");
        }
        Ok(())
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jwk(kid {}, use {:?}, {:?})", self.kid, self.key_use, self.public_key)
    }
}

/// What a key is for: the member `use` (RFC 7517 section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// `sig`.
    Signature,
    /// `enc`.
    Encryption,
    /// `tls`, as directories of this kind write for transport keys; no token is ever verified with one.
    Transport,
}

impl KeyUse {
    const ALL: [Self; 3] = [Self::Signature, Self::Encryption, Self::Transport];

    /// The text of the member.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "sig",
            Self::Encryption => "enc",
            Self::Transport => "tls",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_use| key_use.as_str() == text)
    }
}

/// What the roles of one kind ask of a key, where it says something at all.
pub(crate) struct Purpose {
    pub(crate) key_use: KeyUse,
    /// One of these must be among the key's.
    operations: &'static [&'static str],
    algorithm: &'static str,
}

/// Verifying PS256 signatures: a key for any other algorithm never verifies (THREATS section 1, "key confusion").
pub(crate) const SIGNING: Purpose = Purpose { key_use: KeyUse::Signature, operations: &["verify"], algorithm: "PS256" };

/// Encrypting content encryption keys with RSA-OAEP-256.
pub(crate) const ENCRYPTION: Purpose =
    Purpose { key_use: KeyUse::Encryption, operations: &["encrypt", "wrapKey"], algorithm: "RSA-OAEP-256" };
