//! Revocation: lists, the policy, and what a path needs of both.

mod content;
mod error;
mod file;
mod link;
mod list;
mod number;
mod policy;
mod scope;
mod succession;

use std::fmt;
use std::sync::Arc;

use rustls_pki_types::UnixTime;
use webpki::VerifiedPath;

pub use self::error::{MAX_REVOCATION_LIST_OCTETS, RevocationListError, RevocationListRule};
use self::link::{Link, links};
pub use self::list::RevocationList;
pub use self::number::RevocationListNumber;
pub use self::policy::{RevocationDepth, RevocationPolicy};
use crate::authority::Authority;
use crate::rule::CertificateRule;

/// The lists and the policy of a trust framework.
#[derive(Clone, Default)]
pub(crate) struct Revocation {
    policy: RevocationPolicy,
    lists: Vec<Arc<RevocationList>>,
}

impl Revocation {
    pub(crate) fn policy(&self) -> RevocationPolicy {
        self.policy
    }

    pub(crate) fn lists(&self) -> impl Iterator<Item = &RevocationList> {
        self.lists.iter().map(AsRef::as_ref)
    }

    pub(crate) fn with_policy(&self, policy: RevocationPolicy) -> Self {
        Self { policy, lists: self.lists.clone() }
    }

    /// With these lists, each by one of these CAs, and in the place of the one that is held of the same CA.
    pub(crate) fn with_lists(
        &self,
        lists: impl IntoIterator<Item = RevocationList>,
        authorities: &[Authority],
    ) -> Result<Self, RevocationListError> {
        let mut taken: Vec<Arc<RevocationList>> = Vec::new();
        let mut revocation = self.clone();
        for list in lists.into_iter().map(Arc::new) {
            if !list.is_by_one_of(authorities) {
                return Err(list.refused(RevocationListRule::UnknownIssuer));
            }
            if taken.iter().any(|other| other.has_issuer_of(&list)) {
                return Err(list.refused(RevocationListRule::Twice));
            }
            revocation.replace(Arc::clone(&list))?;
            taken.push(list);
        }
        Ok(revocation)
    }

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

    /// Refuses a path without the lists that the policy requires, current at `now`, and tells when the first of them expires.
    pub(crate) fn require_current(
        &self,
        path: &VerifiedPath<'_>,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, CertificateRule> {
        links(path).take(self.policy.depth()).try_fold(None, |first: Option<UnixTime>, link| {
            let list = self.list_for(&link).filter(|list| list.covers(&link)).ok_or_else(|| link.missing())?;
            let next_update = list.next_update();
            if now >= next_update {
                return Err(CertificateRule::RevocationListExpired {
                    issuer: list.issuer().to_owned(),
                    next_update: next_update.as_secs(),
                    now: now.as_secs(),
                });
            }
            Ok(Some(first.map_or(next_update, |first| first.min(next_update))))
        })
    }

    /// The list of the CA that issued a certificate: of its name, and of the key that the certificate's signature was verified with.
    fn list_for(&self, link: &Link<'_>) -> Option<&RevocationList> {
        self.lists().find(|list| list.is_by(link.certificate.issuer(), &link.issuer_key))
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} revocation lists, {:?}", self.lists.len(), self.policy)
    }
}
