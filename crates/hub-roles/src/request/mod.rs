//! Certificate signing requests, per role (FACTS sections 2 and 6).

mod content;
mod error;
mod new_key;
mod subject;

use std::fmt;
use std::marker::PhantomData;

use der::pem::LineEnding;
use der::{Encode, EncodePem};

use self::content::Content;
pub use self::error::RequestError;
pub use self::new_key::NewPrivateKey;
pub use self::subject::RequestedSubject;
use crate::certificate::Certificate;
use crate::host::HostName;
use crate::key::PrivateKey;
use crate::role::Role;

/// A PKCS #10 request for a certificate of role `R`, signed with the key it is for (RFC 2986).
///
/// It follows the Trust Framework's rules: RSA, signed with SHA-256, subject in the order C, O, OU, CN, with the application's
/// software statement ID as CN where the role is an application's, and at least one DNS name for server roles.
/// [`RoleId::responsibility`](crate::RoleId::responsibility) says who uploads it, and where.
///
/// ```
/// use hub_roles::{CertificateRequest, HostName, RequestedSubject, S4};
///
/// let organisation = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11".parse()?;
/// let subject = RequestedSubject::for_organisation("Example Bank PJSC", organisation)?;
/// let host: HostName = "ozone-connect.bank.example".parse()?;
/// let (request, key) = CertificateRequest::<S4>::generate(&subject, &[host])?;
///
/// assert!(request.pem().starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
/// assert!(key.pem().starts_with("-----BEGIN PRIVATE KEY-----")); // to be stored by its holder, and nowhere else
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CertificateRequest<R: Role> {
    der: Vec<u8>,
    pem: String,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> CertificateRequest<R> {
    /// A request for a new RSA-2048 key, and the key.
    ///
    /// # Errors
    /// [`RequestError::ApplicationRequired`] or [`RequestError::OrganisationRequired`] if the subject does not fit the role,
    /// [`RequestError::NoDnsName`] if a server role has none, [`RequestError::Key`] if no key can be made.
    pub fn generate(subject: &RequestedSubject, dns_names: &[HostName]) -> Result<(Self, NewPrivateKey), RequestError> {
        Self::with_new_key(Content::new::<R>(subject, dns_names)?)
    }

    /// A request for a key that exists already, in a hardware module for instance.
    ///
    /// # Errors
    /// As [`Self::generate`], and [`RequestError::WrongSignature`] if the key's public half is not that of the key that signed.
    pub fn for_key(
        key: &dyn PrivateKey,
        subject: &RequestedSubject,
        dns_names: &[HostName],
    ) -> Result<Self, RequestError> {
        Self::signed(&Content::new::<R>(subject, dns_names)?, key)
    }

    /// A request to replace a certificate: a new RSA-2048 key, the old subject octet by octet, the old DNS names and `more`.
    ///
    /// A peer that pins the subject accepts the new certificate without a change (FACTS section 6). `more` is how an S4 that was
    /// issued without a DNS name gets one.
    ///
    /// # Errors
    /// [`RequestError::NoDnsName`] if a server role has none, [`RequestError::Key`] if no key can be made.
    pub fn renew(old: &Certificate<R>, more: &[HostName]) -> Result<(Self, NewPrivateKey), RequestError> {
        Self::with_new_key(Content::repeating(old, more)?)
    }

    /// As [`Self::renew`], for a key that exists already and is not the old certificate's.
    ///
    /// # Errors
    /// [`RequestError::SameKey`] if it is the old one's; else as [`Self::renew`] and [`Self::for_key`].
    pub fn renew_for_key(key: &dyn PrivateKey, old: &Certificate<R>, more: &[HostName]) -> Result<Self, RequestError> {
        if key.public_key() == old.public_key() {
            return Err(RequestError::SameKey { role: R::ID, kid: old.kid().clone() });
        }
        Self::signed(&Content::repeating(old, more)?, key)
    }

    /// The request in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as a PEM `CERTIFICATE REQUEST`, as the Trust Framework takes it.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    fn with_new_key(content: Content) -> Result<(Self, NewPrivateKey), RequestError> {
        let key = NewPrivateKey::generate().map_err(|reason| RequestError::Key { role: R::ID, reason })?;
        Ok((Self::signed(&content, key.key())?, key))
    }

    fn signed(content: &Content, key: &dyn PrivateKey) -> Result<Self, RequestError> {
        let request = content.sign(R::ID, key)?;
        Ok(Self { der: request.to_der()?, pem: request.to_pem(LineEnding::LF)?, role: PhantomData })
    }
}

impl<R: Role> fmt::Debug for CertificateRequest<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest<{}>({} octets)", R::ID, self.der.len())
    }
}
