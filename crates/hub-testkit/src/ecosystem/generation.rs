//! One certificate and its key, as issued and as verified.

use core::fmt;
use std::sync::Arc;

use hub_roles::{Certificate, Credential, KeyId, PrivateKey, Role};

use crate::Issued;

/// One certificate of a [`Holding`](crate::Holding).
#[derive(Clone)]
pub struct Generation<R: Role> {
    issued: Issued,
    credential: Credential<R>,
    pub(super) key: Arc<dyn PrivateKey>,
}

impl<R: Role> Generation<R> {
    /// What the authority issued.
    #[must_use]
    pub fn issued(&self) -> &Issued {
        &self.issued
    }

    /// Certificate and key, the certificate verified for the role.
    #[must_use]
    pub fn credential(&self) -> &Credential<R> {
        &self.credential
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate<R> {
        self.credential.certificate()
    }

    /// The certificate's `kid`.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.credential.kid()
    }

    pub(super) fn new(issued: Issued, credential: Credential<R>, key: Arc<dyn PrivateKey>) -> Self {
        Self { issued, credential, key }
    }
}

impl<R: Role> fmt::Debug for Generation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Generation<{}>(kid {})", R::ID, self.kid())
    }
}
