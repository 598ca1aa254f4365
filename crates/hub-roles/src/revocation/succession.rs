//! Revocation lists never go back: not by a newer bundle either.

use std::sync::Arc;

use super::{Revocation, RevocationListError, RevocationListRule};
use crate::trust::TrustFramework;

impl TrustFramework {
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
        let Revocation { mut policy, mut lists } = self.revocation().clone();
        if previous.revocation_policy().depth() > policy.depth() {
            policy = previous.revocation_policy();
        }
        for list in previous.revocation().lists.iter().filter(|list| list.is_by_one_of(self.authorities())) {
            match lists.iter_mut().find(|held| held.has_issuer_of(list)) {
                Some(held) if held.is_older_than(list) => *held = Arc::clone(list),
                Some(_) => {}
                None => lists.push(Arc::clone(list)),
            }
        }
        self.with_revocation(Revocation { policy, lists })
    }

    /// Whether this trust framework may take another one's place: of every CA that both bundles have, it holds a list that is no
    /// older, if the other one holds one.
    ///
    /// Else whoever is listed there might be accepted again. [`succeeding`](Self::succeeding) makes one that may.
    ///
    /// # Errors
    /// [`RevocationListError`] with [`RevocationListRule::Older`] or [`RevocationListRule::Lost`], naming the issuer.
    pub fn check_succession(&self, previous: &Self) -> Result<(), RevocationListError> {
        for list in previous.revocation_lists().filter(|list| list.is_by_one_of(self.authorities())) {
            match self.revocation_lists().find(|held| held.has_issuer_of(list)) {
                Some(held) => held.check_not_older_than(list)?,
                None => {
                    let rule = RevocationListRule::Lost { held: list.this_update().as_secs() };
                    return Err(list.refused(rule));
                }
            }
        }
        Ok(())
    }
}
