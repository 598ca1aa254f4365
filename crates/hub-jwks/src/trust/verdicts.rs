//! What was found of the certificates in one set, so that a key that is used often is judged once.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hub_roles::{Expectation, KeyId, PathValidity, Refusal, Role, Validity};
use rustls_pki_types::UnixTime;

use super::told::Told;
use super::{Check, Times};

/// The verdicts on one set: the last few for each key and role, so never more than so many times what it has of keys and its owner of roles.
/// They go with the set.
#[derive(Default)]
pub(crate) struct Verdicts {
    found: ArcSwap<HashMap<KeyId, Vec<Arc<Measured>>>>,
    pub(super) told: Told,
}

/// What was found of a key by one measure.
struct Measured {
    /// Of the trust framework.
    generation: u64,
    /// An `Expectation<R>`: it says for which role, too.
    expectation: Arc<dyn Any + Send + Sync>,
    /// Each of other times of use; the last one found comes last.
    verdicts: Vec<Arc<Verdict>>,
}

/// What was found, and of which times that is true.
pub(super) enum Verdict {
    Accepted(PathValidity),
    Refused {
        refusal: Refusal,
        /// When it was found.
        since: UnixTime,
        /// The times of use of which the same would be found.
        used: Validity,
    },
}

impl Verdicts {
    /// What was found of this key by the same measure, if that holds for these times.
    pub(super) fn find<R: Role>(&self, check: &Check<'_, R>, kid: &KeyId, times: Times) -> Option<Result<(), Refusal>> {
        let found = self.found.load();
        let measured = found.get(kid)?.iter().find(|measured| measured.is_by(check))?;
        measured.verdicts.iter().find(|verdict| verdict.answers(times)).map(|verdict| verdict.outcome())
    }

    /// Remembers what was found. By another measure than before for the same role, it takes the place of all that was found by that.
    pub(super) fn insert<R: Role>(&self, check: &Check<'_, R>, kid: &KeyId, verdict: Verdict) {
        let verdict = Arc::new(verdict);
        self.found.rcu(|found| {
            let mut found = HashMap::clone(found);
            let of_key = found.entry(kid.clone()).or_default();
            let of_role = of_key.iter().position(|measured| measured.expectation.is::<Expectation<R>>());
            let before = of_role.map(|index| of_key.swap_remove(index)).filter(|before| before.is_by(check));
            of_key.push(Arc::new(match before {
                Some(before) => before.with(&verdict),
                None => Measured {
                    generation: check.trust.generation,
                    expectation: Arc::new(check.expectation.clone()),
                    verdicts: vec![Arc::clone(&verdict)],
                },
            }));
            found
        });
    }
}

impl Measured {
    fn is_by<R: Role>(&self, check: &Check<'_, R>) -> bool {
        self.generation == check.trust.generation && self.expectation.downcast_ref() == Some(check.expectation)
    }

    fn with(&self, verdict: &Arc<Verdict>) -> Self {
        let others = self.verdicts.iter().filter(|other| !other.is_of_the_times_of(verdict));
        let mut verdicts: Vec<_> = others.chain([verdict]).cloned().collect();
        verdicts.drain(..verdicts.len().saturating_sub(MOST));
        Self { generation: self.generation, expectation: Arc::clone(&self.expectation), verdicts }
    }
}

impl Verdict {
    fn answers(&self, times: Times) -> bool {
        match self {
            Self::Accepted(path) => path.holds_for_use_at(times.used, times.now),
            Self::Refused { since, used, .. } => {
                times.used <= times.now && used.contains(times.used) && is_recent(*since, times.now)
            }
        }
    }

    fn is_of_the_times_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Accepted(path), Self::Accepted(other)) => path == other,
            (Self::Refused { used, .. }, Self::Refused { used: other, .. }) => used == other,
            _ => false,
        }
    }

    fn outcome(&self) -> Result<(), Refusal> {
        match self {
            Self::Accepted(_) => Ok(()),
            Self::Refused { refusal, .. } => Err(refusal.clone()),
        }
    }
}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verdicts({} keys)", self.found.load().len())
    }
}

/// Whether what was found, or told, is not to be found or told again.
pub(super) fn is_recent(since: UnixTime, now: UnixTime) -> bool {
    now.as_secs().checked_sub(since.as_secs()).is_some_and(|passed| passed < REFUSED_FOR)
}

/// How long a refusal is not looked into again, in seconds: else whoever publishes a bad certificate makes each of his tokens cost a verification.
const REFUSED_FOR: u64 = 60;
/// How many verdicts are kept of one key, role and measure. Times of use fall before a certificate's life, into it or behind it, and its CA may be renewed.
const MOST: usize = 4;
