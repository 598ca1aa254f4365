//! What was found of the certificates in one set, so that a key that is used often is judged once.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hub_roles::{CertificateRule, Expectation, KeyId, Refusal, Role, Validity};
use rustls_pki_types::UnixTime;

use super::Check;

/// The verdicts on one set: the last for each key and role, so never more than it has keys times the roles of its owner. They go with the set.
#[derive(Default)]
pub(crate) struct Verdicts(ArcSwap<HashMap<KeyId, Vec<Arc<Verdict>>>>);

struct Verdict {
    /// Of the trust framework that it was found under.
    generation: u64,
    /// The `Expectation<R>` that it was found by: it says for which role, too.
    expectation: Box<dyn Any + Send + Sync>,
    time: UnixTime,
    judged: Result<Validity, Refusal>,
}

impl Verdicts {
    /// What was found of this key by the same measure, if that still holds.
    pub(super) fn find<R: Role>(&self, check: &Check<'_, R>, kid: &KeyId) -> Option<Result<(), Refusal>> {
        let known = self.0.load();
        let verdict = known.get(kid)?.iter().find(|verdict| verdict.answers(check))?;
        Some(verdict.judged.clone().map(drop))
    }

    /// Remembers what was found, in the place of what was found before for the same role.
    pub(super) fn insert<R: Role>(&self, check: &Check<'_, R>, kid: &KeyId, judged: &Result<Validity, Refusal>) {
        let verdict = Arc::new(Verdict {
            generation: check.trust.generation,
            expectation: Box::new(check.expectation.clone()),
            time: check.time,
            judged: judged.clone(),
        });
        self.0.rcu(|known| {
            let mut known = HashMap::clone(known);
            let of_key = known.entry(kid.clone()).or_default();
            of_key.retain(|verdict| !verdict.expectation.is::<Expectation<R>>());
            of_key.push(Arc::clone(&verdict));
            known
        });
    }
}

impl Verdict {
    fn answers<R: Role>(&self, check: &Check<'_, R>) -> bool {
        self.generation == check.trust.generation
            && self.expectation.downcast_ref() == Some(check.expectation)
            && self.holds_at(check.time)
    }

    /// What was accepted is so while every certificate of the path is valid, and every revocation list that is required is current. What was refused is
    /// judged again soon, and at once where time may have mended it.
    fn holds_at(&self, time: UnixTime) -> bool {
        match &self.judged {
            Ok(validity) => validity.contains(time),
            Err(refusal) if matches!(refusal.rule(), CertificateRule::NotYetValid { .. }) => false,
            Err(_) => time.as_secs().checked_sub(self.time.as_secs()).is_some_and(|since| since < REFUSED_FOR),
        }
    }
}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verdicts({} keys)", self.0.load().len())
    }
}

/// How long a refusal is not looked into again, in seconds: else whoever publishes a bad certificate makes each of his tokens cost a verification.
const REFUSED_FOR: u64 = 60;
