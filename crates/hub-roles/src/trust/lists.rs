//! The revocation lists of a trust framework: taken in, and handed on to its successor.

use rustls_pki_types::UnixTime;

use super::TrustFramework;
use crate::revocation::{RevocationList, RevocationListError, RevocationPolicy};

impl TrustFramework {
    /// The same trust framework with these revocation lists, each in the place of the one it held from the same CA.
    ///
    /// A file holds one list in DER, as CAs publish them (RFC 5280 section 4.2.1.13), or lists in PEM. The issuer is a CA of the bundle,
    /// and its signature is verified here, once: what [`verify`](Self::verify) costs does not grow with the lists. Nothing is ever
    /// fetched, and a list that has expired (`nextUpdate`) is taken: the [`RevocationPolicy`] says what it is good for.
    ///
    /// A CA that was renewed with its old name and key has one list, a CA with another key has its own. A list may be limited to end
    /// entities, to CAs, or to one distribution point (RFC 5280 section 5.2.5), never to some reasons.
    ///
    /// ```
    /// use hub_roles::{C1, RevocationDepth, RevocationPolicy};
    /// use hub_testkit::CrlSpec;
    ///
    /// # let now = rustls_pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
    /// # let eco = hub_testkit::Ecosystem::sandbox(now)?;
    /// # let c1 = eco.issued::<C1>("acme")?;
    /// # let chain = hub_roles::CertificateChain::from_peer(&c1.certificate, &c1.intermediates)?;
    /// # let expected = eco.holding::<C1>("acme")?.expectation().clone();
    /// # let published = eco.authority().crl(&CrlSpec::current(now).revoking(c1.serial))?;
    /// # let trust = eco.trust();
    /// trust.verify(&chain, &expected, now)?;
    /// let trust = trust
    ///     .with_revocation_policy(RevocationPolicy::Required(RevocationDepth::EndEntity))
    ///     .with_revocation_lists(&[published.der()], now)?;
    /// assert_eq!(trust.verify(&chain, &expected, now).unwrap_err().code(), "certificate.revoked");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RevocationListError`], naming the issuer. One bad list refuses them all: this trust framework stays as it is.
    pub fn with_revocation_lists(
        &self,
        files: &[impl AsRef<[u8]>],
        now: UnixTime,
    ) -> Result<Self, RevocationListError> {
        let lists = files.iter().map(|file| self.read_revocation_lists(file.as_ref(), now));
        self.holding_revocation_lists(lists.collect::<Result<Vec<_>, _>>()?.into_iter().flatten())
    }

    /// The lists in a file: checked as by [`with_revocation_lists`](Self::with_revocation_lists), and not held yet.
    ///
    /// For whoever wants to see whose list a file holds before it takes effect.
    ///
    /// # Errors
    /// [`RevocationListError`], naming the issuer. One bad list refuses the file.
    pub fn read_revocation_lists(
        &self,
        file: &[u8],
        now: UnixTime,
    ) -> Result<Vec<RevocationList>, RevocationListError> {
        RevocationList::read_file(file, self.authorities(), now)
    }

    /// The same trust framework with lists that were [read](Self::read_revocation_lists), each in the place of the one it held from
    /// the same CA.
    ///
    /// # Errors
    /// [`RevocationListError`], naming the issuer: the bundle does not have it ([`RevocationListRule::UnknownIssuer`](crate::RevocationListRule::UnknownIssuer), where another
    /// trust framework read the list), there are two lists of one CA, or a newer one is held.
    pub fn holding_revocation_lists(
        &self,
        lists: impl IntoIterator<Item = RevocationList>,
    ) -> Result<Self, RevocationListError> {
        let revocation = self.revocation().with_lists(lists, self.authorities())?;
        Ok(self.with_revocation(revocation))
    }

    /// The same trust framework under this policy. A new trust framework has [`RevocationPolicy::IfPresent`].
    #[must_use]
    pub fn with_revocation_policy(&self, policy: RevocationPolicy) -> Self {
        self.with_revocation(self.revocation().with_policy(policy))
    }

    /// Its policy.
    #[must_use]
    pub fn revocation_policy(&self) -> RevocationPolicy {
        self.revocation().policy()
    }

    /// The lists it holds, one for each CA that any was loaded of.
    pub fn revocation_lists(&self) -> impl Iterator<Item = &RevocationList> {
        self.revocation().lists()
    }

    /// This trust framework as the successor of another one, whose place it takes: a new bundle, which begins without lists.
    ///
    /// It holds the newest list of each CA that either held one of, if its own bundle still has the CA. Its policy is the stricter of
    /// both; [`with_revocation_policy`](Self::with_revocation_policy) afterwards says otherwise.
    ///
    /// ```
    /// use hub_roles::{Environment, RevocationDepth, RevocationPolicy, TrustFramework};
    /// use hub_testkit::CrlSpec;
    ///
    /// # let now = rustls_pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
    /// # let eco = hub_testkit::Ecosystem::sandbox(now)?;
    /// # let published = eco.authority().crl(&CrlSpec::current(now))?;
    /// let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    /// let in_force = eco.trust().with_revocation_lists(&[published.der()], now)?.with_revocation_policy(required);
    ///
    /// let new = TrustFramework::from_pem(Environment::Sandbox, eco.authority().bundle_pem()?.as_bytes())?;
    /// assert_eq!(new.check_succession(&in_force).unwrap_err().code(), "revocation-list.lost");
    ///
    /// let new = new.succeeding(&in_force);
    /// new.check_succession(&in_force)?;
    /// assert_eq!((new.revocation_lists().count(), new.revocation_policy()), (1, required));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn succeeding(&self, previous: &Self) -> Self {
        self.with_revocation(self.revocation().succeeding(previous.revocation(), self.authorities()))
    }

    /// Whether this trust framework may take another one's place: of every CA that both bundles have, it holds a list that is no
    /// older, if the other one holds one.
    ///
    /// Else whoever is listed there might be accepted again. [`succeeding`](Self::succeeding) makes one that may.
    ///
    /// # Errors
    /// [`RevocationListError`] with [`Older`](crate::RevocationListRule::Older) or [`Lost`](crate::RevocationListRule::Lost), naming the issuer.
    pub fn check_succession(&self, previous: &Self) -> Result<(), RevocationListError> {
        self.revocation().check_succession(previous.revocation(), self.authorities())
    }
}
