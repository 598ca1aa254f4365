//! A certificate that was verified for one role.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use der::Decode;
use x509_cert::Certificate as X509;

use crate::chain::CertificateChain;
use crate::end_entity::EndEntity;
use crate::environment::Environment;
use crate::id::{KeyId, OrganisationId};
use crate::key::RsaPublicKey;
use crate::path_validity::PathValidity;
use crate::role::Role;
use crate::subject::Subject;
use crate::validity::Validity;

/// A certificate that [`TrustFramework::verify`](crate::TrustFramework::verify) accepted for role `R`: its path, its usage and its
/// registration were right at the time of verification, or of the use that was [judged](crate::TrustFramework::verify_used_at). There is no other way to one. Cloning is cheap.
///
/// It proves nothing about who presents it: a chain is public. Who holds the key is known to whoever ran the handshake or
/// verified the signature.
pub struct Certificate<R: Role> {
    inner: Arc<Inner>,
    role: PhantomData<fn() -> R>,
}

struct Inner {
    chain: CertificateChain,
    /// Put together when it is first asked for: a handshake need not.
    kid: OnceLock<KeyId>,
    environment: Environment,
    end_entity: EndEntity,
    path_validity: PathValidity,
}

impl<R: Role> Certificate<R> {
    pub(crate) fn new(
        chain: CertificateChain,
        environment: Environment,
        end_entity: EndEntity,
        path_validity: PathValidity,
    ) -> Self {
        let kid = OnceLock::new();
        Self { inner: Arc::new(Inner { chain, kid, environment, end_entity, path_validity }), role: PhantomData }
    }

    /// The chain, end entity first.
    #[must_use]
    pub fn chain(&self) -> &CertificateChain {
        &self.inner.chain
    }

    /// The `kid`: base64url of the SHA-256 of its DER.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.inner.kid.get_or_init(|| self.inner.chain.kid())
    }

    /// The environment of the trust framework that verified it.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.inner.end_entity.subject
    }

    /// The organisation it is registered in: the subject's OU.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.subject().organisation()
    }

    /// The issuer's name in the form of RFC 4514, for people. It is put together each time, which costs more than reading the certificate
    /// did: a handshake has no use for it.
    #[must_use]
    pub fn issuer(&self) -> String {
        let x509 = X509::from_der(self.chain().end_entity());
        // What was verified parses.
        x509.map(|x509| x509.tbs_certificate().issuer().to_string()).unwrap_or_default()
    }

    /// The DNS names of its subject alternative name extension, in lower case.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.inner.end_entity.dns_names
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &RsaPublicKey {
        &self.inner.end_entity.public_key
    }

    /// Its own validity.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.inner.end_entity.validity
    }

    /// How long its verified path holds: the period in which every certificate of it is valid, and when the first revocation list that
    /// is required for it expires.
    #[must_use]
    pub fn path_validity(&self) -> PathValidity {
        self.inner.path_validity
    }
}

impl<R: Role> Clone for Certificate<R> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), role: PhantomData }
    }
}

/// Equal if the end-entity certificates are the same, octet by octet.
impl<R: Role> PartialEq for Certificate<R> {
    fn eq(&self, other: &Self) -> bool {
        self.inner.chain.end_entity() == other.inner.chain.end_entity()
    }
}

impl<R: Role> Eq for Certificate<R> {}

impl<R: Role> fmt::Debug for Certificate<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate<{}>(kid {}, {})", R::ID, self.kid(), self.subject())
    }
}
