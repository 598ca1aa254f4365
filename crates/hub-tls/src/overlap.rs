//! Two C1 at a time: access tokens stay bound to the one they were asked for with.

use std::time::Duration;

use hub_roles::{C1, Credential, KeyId, TppToHub};
use rustls_pki_types::UnixTime;

use crate::connector::Connector;
use crate::error::ConfigError;
use crate::reaching::Reaching;
use crate::rotation::Rotation;

impl Connector<TppToHub> {
    /// The thumbprint of the C1 that its connections present from now on: what access tokens that are asked for over them are bound to
    /// (`x5t#S256` in `cnf`, RFC 8705 section 3.1).
    ///
    /// Connections that are open already present what they began with, and a pool of them may have both. So an HTTP client for tokens
    /// and what they open is best made over the connector of one thumbprint, by [`presenting`](Self::presenting), and a new one after a
    /// swap. [`Connected::local_certificate`](crate::Connected::local_certificate) tells it of each connection.
    #[must_use]
    pub fn thumbprint(&self) -> KeyId {
        self.only.clone().unwrap_or_else(|| self.shared.reaching.load().current.kid().clone())
    }

    /// The same connector, for whoever holds an access token that is bound to the C1 with this thumbprint: it presents that one
    /// whatever is current, and no other one in its place. `None` if that C1 is neither current nor
    /// [kept](Rotation::swap_credential_keeping_old).
    ///
    /// It shares everything with this one, follows what is swapped, and its connections are closed by the same rules. When the C1 is
    /// presented no longer, its handshakes, and those of its exported configuration, fail with
    /// [`HandshakeError::OwnCertificateRetired`](crate::HandshakeError::OwnCertificateRetired); its open connections stay.
    #[must_use]
    pub fn presenting(&self, thumbprint: &KeyId) -> Option<Self> {
        let only = Self { only: Some(thumbprint.clone()), ..self.clone() };
        only.generation().is_ok().then_some(only)
    }
}

impl Rotation<Connector<TppToHub>> {
    /// Presents this certificate from now on, and keeps the one it replaces for that long for the requests whose access tokens are
    /// bound to it: [`Connector::presenting`] presents it.
    ///
    /// An access token lives ten minutes (FACTS section 4). The old C1 is not kept beyond its own end, nor at all if it has ended.
    /// Up to eight may be kept, each for its time. At the first swap of whatever kind after that, the key is dropped as well.
    ///
    /// A new trust framework and a new deployment are checked with the kept ones too: one that does not fit any more is dropped, and
    /// logged.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hub_roles::{C1, TppToHub};
    /// # use hub_testkit::Ecosystem;
    /// # use hub_tls::Connector;
    /// # use rustls_pki_types::UnixTime;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut eco = Ecosystem::sandbox(UnixTime::now())?;
    /// # let tpp = eco.tpp("acme")?;
    /// let connector = Connector::<TppToHub>::new(eco.trust(), tpp.deployment(), tpp.c1())?;
    /// let bound_to = connector.thumbprint();          // stored with each access token
    ///
    /// # eco.rotate::<C1>("acme")?;
    /// # let new = eco.tpp("acme")?.c1();
    /// let overlap = connector.rotation().swap_credential_keeping_old(new, Duration::from_secs(600))?;
    /// assert_eq!(*overlap.old_thumbprint(), bound_to);
    /// assert_eq!(*overlap.new_thumbprint(), connector.thumbprint());
    ///
    /// let old = connector.presenting(&bound_to).ok_or("the token has ended as well")?;
    /// assert_eq!(old.thumbprint(), bound_to);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`]: the certificate is registered at no instance of the deployment, or [`ConfigError::TooManyOverlaps`].
    pub fn swap_credential_keeping_old(
        &self,
        credential: Credential<C1>,
        period: Duration,
    ) -> Result<Overlap, ConfigError> {
        let shared = &self.of.shared;
        let end = UnixTime::since_unix_epoch(Duration::from_secs(
            shared.settings.clock.now().as_secs().saturating_add(period.as_secs()),
        ));
        let until =
            |replaced: &Reaching<TppToHub>| replaced.current.credential.certificate().validity().not_after().min(end);
        let new = credential.kid().clone();
        let next = |current: &Reaching<TppToHub>| {
            let foundation = current.basis.again(&shared.settings)?;
            current.overlapping(&foundation, &shared.tls, credential, until(current))
        };
        shared.reaching.replace(next, |replaced| Overlap {
            old: replaced.current.kid().clone(),
            new,
            until: until(replaced),
        })
    }
}

/// Two C1 at a time: what [`Rotation::swap_credential_keeping_old`] made of the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    old: KeyId,
    new: KeyId,
    until: UnixTime,
}

impl Overlap {
    /// The thumbprint of the C1 that was replaced: access tokens from before the swap name it.
    #[must_use]
    pub fn old_thumbprint(&self) -> &KeyId {
        &self.old
    }

    /// The thumbprint of the C1 in its place.
    #[must_use]
    pub fn new_thumbprint(&self) -> &KeyId {
        &self.new
    }

    /// The last second in which the old one is presented.
    #[must_use]
    pub fn until(&self) -> UnixTime {
        self.until
    }
}
