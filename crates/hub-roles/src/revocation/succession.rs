//! Revocation lists never go back: not by a newer bundle either.

use std::sync::Arc;

use super::Revocation;
use super::error::{RevocationListError, RevocationListRule};
use crate::authority::Authority;

impl Revocation {
    /// With the newest list of each CA that either held one of, if it is one of these. The policy is the stricter of both.
    pub(crate) fn succeeding(&self, previous: &Self, authorities: &[Authority]) -> Self {
        let Self { mut policy, mut lists } = self.clone();
        if previous.policy.depth() > policy.depth() {
            policy = previous.policy;
        }
        for list in previous.lists.iter().filter(|list| list.is_by_one_of(authorities)) {
            match lists.iter_mut().find(|held| held.has_issuer_of(list)) {
                Some(held) if held.is_older_than(list) => *held = Arc::clone(list),
                Some(_) => {}
                None => lists.push(Arc::clone(list)),
            }
        }
        Self { policy, lists }
    }

    /// Whether of each of these CAs it holds a list that is no older, if `previous` holds one.
    pub(crate) fn check_succession(
        &self,
        previous: &Self,
        authorities: &[Authority],
    ) -> Result<(), RevocationListError> {
        for list in previous.lists().filter(|list| list.is_by_one_of(authorities)) {
            match self.lists().find(|held| held.has_issuer_of(list)) {
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
