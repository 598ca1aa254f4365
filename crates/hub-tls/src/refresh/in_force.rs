//! The trust framework in force, and who follows it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use hub_roles::{RevocationList, RevocationListError, RevocationPolicy, TrustFramework};

use super::error::RefresherError;
use super::follower::TrustFollower;
use super::following::Following;
use crate::error::ConfigError;

/// A trust framework whose lists and bundle are replaced one at a time, by everybody who follows it.
pub(super) struct InForce {
    trust: ArcSwap<TrustFramework>,
    /// Held while the trust framework is replaced.
    followers: Mutex<Vec<Follower>>,
}

struct Follower {
    /// Until its [`Following`] is dropped.
    follower: Weak<dyn TrustFollower>,
    /// Why it did not take what is in force.
    behind: Option<ConfigError>,
}

impl InForce {
    pub(super) fn new(trust: TrustFramework) -> Self {
        Self { trust: ArcSwap::from_pointee(trust), followers: Mutex::new(Vec::new()) }
    }

    pub(super) fn trust(&self) -> TrustFramework {
        TrustFramework::clone(&self.trust.load())
    }

    /// What keeps followers from what is in force.
    pub(super) fn refusals(&self) -> Vec<ConfigError> {
        self.followers().iter().filter_map(|follower| follower.behind.clone()).collect()
    }

    /// Adds a follower, if it takes what is in force.
    pub(super) fn follow(&self, follower: Arc<dyn TrustFollower>) -> Result<Following, ConfigError> {
        let mut followers = self.followers();
        let closed = follower.follow(&self.trust())?;
        followers.push(Follower { follower: Arc::downgrade(&follower), behind: None });
        Ok(Following::new(follower, closed))
    }

    /// Takes newer lists, and tells whether any of them was not in force. A follower that refuses stays behind, and is asked again
    /// with the next list.
    pub(super) fn take(&self, lists: Vec<RevocationList>) -> Result<bool, RevocationListError> {
        let mut followers = self.followers();
        let current = self.trust();
        let changed = !lists.iter().all(|list| current.revocation_lists().any(|held| held == list));
        let next = if changed { current.holding_revocation_lists(lists)? } else { current };
        for follower in followers.iter_mut().filter(|follower| changed || follower.behind.is_some()) {
            follower.tell(&next);
        }
        // Not before all were told: had one panicked, all would have to be told again.
        self.trust.store(next.into());
        Ok(changed)
    }

    /// Puts another bundle in force, with the lists that are; at every follower or at none.
    pub(super) fn succeed(&self, trust: &TrustFramework) -> Result<usize, RefresherError> {
        let (found, expected) = (trust.environment().clone(), self.trust.load().environment().clone());
        if found != expected {
            return Err(RefresherError::Environment { found, expected });
        }
        self.replace(|current| trust.succeeding(current))
    }

    /// Puts another policy in force; at every follower or at none.
    pub(super) fn set_policy(&self, policy: RevocationPolicy) -> Result<usize, RefresherError> {
        self.replace(|current| current.with_revocation_policy(policy))
    }

    fn replace(&self, next: impl FnOnce(&TrustFramework) -> TrustFramework) -> Result<usize, RefresherError> {
        let mut followers = self.followers();
        let current = self.trust();
        let next = next(&current);
        let mut closed = 0;
        for follower in followers.iter() {
            match follower.follow(&next) {
                Ok(its) => closed += its,
                Err(refused) => {
                    // Lists do not go back, so those that came with the bundle stay.
                    let back = current.succeeding(&next).with_revocation_policy(current.revocation_policy());
                    followers.iter_mut().for_each(|follower| follower.tell(&back));
                    self.trust.store(back.into());
                    return Err(refused.into());
                }
            }
        }
        followers.iter_mut().for_each(|follower| follower.behind = None);
        self.trust.store(next.into());
        Ok(closed)
    }

    /// Those that have not left.
    fn followers(&self) -> MutexGuard<'_, Vec<Follower>> {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.retain(|follower| follower.follower.strong_count() > 0);
        followers
    }
}

impl Follower {
    /// One that has left this very moment closes nothing and refuses nothing.
    fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        self.follower.upgrade().map_or(Ok(0), |follower| follower.follow(trust))
    }

    fn tell(&mut self, trust: &TrustFramework) {
        self.behind = match self.follow(trust) {
            Ok(closed) => {
                tracing::debug!(closed, "refreshed trust framework followed");
                None
            }
            Err(refused) => {
                tracing::error!(code = refused.code(), reason = %refused, "refreshed trust framework refused by a follower");
                Some(refused)
            }
        };
    }
}
