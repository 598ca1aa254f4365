//! Revocation: the lists in a trust framework's snapshot, and what a path needs of them.

mod error;
mod list;
mod number;
mod scope;
mod succession;

use std::fmt;
use std::iter::once;
use std::sync::Arc;

use der::Decode;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateRevocationListDer, SubjectPublicKeyInfoDer, UnixTime};
use webpki::{Cert, VerifiedPath, spki_for_anchor};
use x509_cert::Certificate as X509;

pub use error::{RevocationListError, RevocationListRule};
pub use list::{MAX_REVOCATION_LIST_OCTETS, RevocationList};
pub use number::RevocationListNumber;

use crate::rule::{CertificateRule, MAX_SHOWN_NAME};
use crate::trust::{MAX_BUNDLE, TrustFramework};
use crate::validity::Validity;

/// What a [`TrustFramework`] asks of revocation lists.
///
/// Under every policy a certificate that is listed is refused, wherever it stands in the path, on hold or for good, and by a list that
/// has expired as well. Only a newer list ends a hold (RFC 5280 section 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RevocationPolicy {
    /// Nothing more: without a list, or with an expired one, whoever is not listed is accepted. An outage of the place that lists are
    /// fetched from refuses nobody.
    #[default]
    IfPresent,
    /// Certificates down to this depth need a list that covers them and has not expired.
    Required(RevocationDepth),
}

/// Which certificates of a path need a revocation list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RevocationDepth {
    /// The end entity: the list of the issuing CA.
    #[default]
    EndEntity,
    /// Every certificate below the trust anchor: the lists of all CAs, the root's with them.
    Chain,
}

impl RevocationPolicy {
    /// How many certificates of a path need a list, from the end entity up.
    const fn depth(self) -> usize {
        match self {
            Self::IfPresent => 0,
            Self::Required(RevocationDepth::EndEntity) => 1,
            Self::Required(RevocationDepth::Chain) => usize::MAX,
        }
    }
}

/// The lists and the policy of a snapshot.
#[derive(Clone, Default)]
pub(crate) struct Revocation {
    policy: RevocationPolicy,
    lists: Vec<Arc<RevocationList>>,
}

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
        lists_in(file)?.iter().map(|der| RevocationList::read(der, self.authorities(), now)).collect()
    }

    /// The same trust framework with lists that were [read](Self::read_revocation_lists), each in the place of the one it held from
    /// the same CA.
    ///
    /// # Errors
    /// [`RevocationListError`], naming the issuer: the bundle does not have it ([`RevocationListRule::UnknownIssuer`], where another
    /// trust framework read the list), there are two lists of one CA, or a newer one is held.
    pub fn holding_revocation_lists(
        &self,
        lists: impl IntoIterator<Item = RevocationList>,
    ) -> Result<Self, RevocationListError> {
        let mut taken: Vec<Arc<RevocationList>> = Vec::new();
        let mut revocation = self.revocation().clone();
        for list in lists.into_iter().map(Arc::new) {
            if !list.is_by_one_of(self.authorities()) {
                return Err(list.refused(RevocationListRule::UnknownIssuer));
            }
            if taken.iter().any(|other| other.has_issuer_of(&list)) {
                return Err(list.refused(RevocationListRule::Twice));
            }
            revocation.replace(Arc::clone(&list))?;
            taken.push(list);
        }
        Ok(self.with_revocation(revocation))
    }

    /// The same trust framework under this policy. A new trust framework has [`RevocationPolicy::IfPresent`].
    #[must_use]
    pub fn with_revocation_policy(&self, policy: RevocationPolicy) -> Self {
        self.with_revocation(Revocation { policy, lists: self.revocation().lists.clone() })
    }

    /// Its policy.
    #[must_use]
    pub fn revocation_policy(&self) -> RevocationPolicy {
        self.revocation().policy
    }

    /// The lists it holds, one for each CA that any was loaded of.
    pub fn revocation_lists(&self) -> impl Iterator<Item = &RevocationList> {
        self.revocation().lists.iter().map(AsRef::as_ref)
    }
}

impl Revocation {
    fn replace(&mut self, list: Arc<RevocationList>) -> Result<(), RevocationListError> {
        match self.lists.iter_mut().find(|held| held.has_issuer_of(&list)) {
            Some(held) => {
                list.check_not_older_than(held)?;
                *held = list;
            }
            None => self.lists.push(list),
        }
        Ok(())
    }

    /// Refuses a path with a certificate that its issuer lists, the end entity first.
    pub(crate) fn refuse_listed(&self, path: &VerifiedPath<'_>) -> Result<(), CertificateRule> {
        if self.lists.is_empty() {
            return Ok(());
        }
        links(path).filter_map(|link| self.list_for(&link)?.entry(link.certificate.serial())).next().map_or(Ok(()), Err)
    }

    /// Refuses a path without the lists that the policy requires, and tells the period in which those are current.
    pub(crate) fn require_current(&self, path: &VerifiedPath<'_>, time: UnixTime) -> Result<Validity, CertificateRule> {
        links(path).take(self.policy.depth()).try_fold(Validity::ALWAYS, |current, link| {
            let list = self.list_for(&link).filter(|list| list.covers(&link)).ok_or_else(|| link.missing())?;
            let next_update = list.next_update();
            if time >= next_update {
                return Err(CertificateRule::RevocationListExpired {
                    issuer: list.issuer().to_owned(),
                    next_update: next_update.as_secs(),
                    now: time.as_secs(),
                });
            }
            Ok(current.and(Validity::before(next_update)))
        })
    }

    /// The list of the CA that issued a certificate: of its name, and of the key that the certificate's signature was verified with.
    fn list_for(&self, link: &Link<'_>) -> Option<&RevocationList> {
        self.lists.iter().map(AsRef::as_ref).find(|list| list.is_by(link.certificate.issuer(), &link.issuer_key))
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} revocation lists, {:?}", self.lists.len(), self.policy)
    }
}

/// A certificate of a path, and the key of the CA above it.
struct Link<'p> {
    certificate: &'p Cert<'p>,
    issuer_key: SubjectPublicKeyInfoDer<'static>,
    is_authority: bool,
}

impl Link<'_> {
    fn x509(&self) -> Option<X509> {
        X509::from_der(&self.certificate.der()).ok()
    }

    fn missing(&self) -> CertificateRule {
        let issuer = self.x509().map(|x509| x509.tbs_certificate().issuer().to_string()).unwrap_or_default();
        CertificateRule::RevocationListMissing { issuer: issuer.chars().take(MAX_SHOWN_NAME).collect() }
    }
}

/// From the end entity up to the certificate that the trust anchor issued.
fn links<'p>(path: &'p VerifiedPath<'p>) -> impl Iterator<Item = Link<'p>> {
    let end_entity: &Cert<'_> = path.end_entity();
    let certificates = once((end_entity, false)).chain(path.intermediate_certificates().map(|ca| (ca, true)));
    let keys = path.intermediate_certificates().map(Cert::subject_public_key_info);
    let keys = keys.chain(once(path.anchor()).map(spki_for_anchor));
    certificates.zip(keys).map(|((certificate, is_authority), issuer_key)| Link {
        certificate,
        issuer_key,
        is_authority,
    })
}

/// The lists in a file, as DER. What begins like a long DER `SEQUENCE` is no text.
fn lists_in(file: &[u8]) -> Result<Vec<CertificateRevocationListDer<'_>>, RevocationListError> {
    if matches!(file, [0x30, length, ..] if !length.is_ascii()) {
        return Ok(vec![file.into()]);
    }
    // With one more than the bundle has CAs, two are of one CA.
    let lists = CertificateRevocationListDer::pem_slice_iter(file).take(MAX_BUNDLE + 1).collect::<Result<Vec<_>, _>>();
    match lists {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        _ => Err(RevocationListError::of_unknown(RevocationListRule::Encoding)),
    }
}
