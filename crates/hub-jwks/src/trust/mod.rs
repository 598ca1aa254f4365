//! What a key's certificate has to show before the key is handed out (THREATS section 3, "identity").

mod told;
mod verdicts;

use hub_roles::{Expectation, KeyId, Refusal, RevocationListError, Role, RoleId, TrustFramework};
use rustls_pki_types::UnixTime;

use self::verdicts::Verdict;
pub(crate) use self::verdicts::Verdicts;
use crate::clock::Clock;
use crate::error::SelectCause;
use crate::jwk::Jwk;

/// What a [`Keystore`](crate::Keystore) that knows the Trust Framework makes of keys without a certificate.
///
/// Under either policy a certificate that a key has, the chain in its `x5c`, must hold: it leads to the Trust Framework, is valid, is not revoked, may
/// be used as the role asks, and belongs to the organisation and application that the deployment has registered for exactly this party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificatePolicy {
    /// Such a key is taken: what speaks for it is that it stands in the party's set, fetched over HTTPS.
    ///
    /// This finds certificates that are in the wrong place, expired or revoked. It does not stop whoever can write to the keystore, since he
    /// leaves `x5c` out.
    IfPresent,
    /// Such a key is refused, except an Enc1 whose `kid` is registered.
    ///
    /// An Enc1 of type `SERVER ENCKEY` may have no certificate (FACTS section 2). Then its registration names it, out of band, and
    /// nothing else does: without a registered `kid`, or for any other role, a key without a certificate is refused.
    Required,
}

/// What keys are judged by: a trust framework, and a policy.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    framework: TrustFramework,
    policy: CertificatePolicy,
    /// Counts the trust frameworks that came before: a verdict holds under the one that it was found under.
    generation: u64,
}

impl Trust {
    pub(crate) fn new(framework: TrustFramework, policy: CertificatePolicy) -> Self {
        Self { framework, policy, generation: 0 }
    }

    /// The same policy on another trust framework, whose revocation lists do not go back.
    pub(crate) fn succeeded_by(&self, framework: &TrustFramework) -> Result<Self, RevocationListError> {
        framework.check_succession(&self.framework)?;
        Ok(Self { framework: framework.clone(), policy: self.policy, generation: self.generation + 1 })
    }

    pub(crate) fn framework(&self) -> &TrustFramework {
        &self.framework
    }
}

/// What the keys of one party have to show for role `R`.
#[derive(Debug)]
pub(crate) struct Check<'c, R: Role> {
    pub(crate) trust: &'c Trust,
    pub(crate) expectation: &'c Expectation<R>,
    pub(crate) registered_kid: Option<&'c KeyId>,
    /// When the key was used, if that is not now.
    pub(crate) used: Option<UnixTime>,
    /// Read when a key is judged: a lookup may have waited until then.
    pub(crate) clock: &'c dyn Clock,
}

/// When a key was used, and when it is judged.
#[derive(Debug, Clone, Copy)]
struct Times {
    used: UnixTime,
    now: UnixTime,
}

impl<R: Role> Check<'_, R> {
    /// Whether a key holds. `verdicts`: what was found of the set that it is of. `tell` is told of a refusal, once a minute for each key and role.
    pub(crate) fn judge(&self, key: &Jwk, verdicts: &Verdicts, tell: impl FnOnce(&Refusal)) -> Result<(), SelectCause> {
        let Some(chain) = key.chain() else {
            return self.judge_bare(key);
        };
        let now = self.clock.now();
        let times = Times { used: self.used.unwrap_or(now), now };
        if let Some(known) = verdicts.find(self, key.kid(), times) {
            return known.map_err(refused);
        }
        let framework = &self.trust.framework;
        let refusal = match framework.verify_used_at(chain, self.expectation, times.used, now) {
            Ok(certificate) => {
                verdicts.insert(self, key.kid(), Verdict::Accepted(certificate.path_validity()));
                return Ok(());
            }
            Err(refusal) => refusal,
        };
        // A use that has not come yet costs no path building, and comes with the clock.
        if times.used <= now {
            let used = framework.steady_around(chain, times.used);
            verdicts.insert(self, key.kid(), Verdict::Refused { refusal: refusal.clone(), since: now, used });
        }
        if verdicts.told.is_due(key.kid(), R::ID, now) {
            tell(&refusal);
        }
        Err(refused(refusal))
    }

    fn judge_bare(&self, key: &Jwk) -> Result<(), SelectCause> {
        let is_registered_enc1 = R::ID == RoleId::Enc1 && self.registered_kid == Some(key.kid());
        match self.trust.policy {
            CertificatePolicy::IfPresent => Ok(()),
            CertificatePolicy::Required if is_registered_enc1 => Ok(()),
            CertificatePolicy::Required => Err(SelectCause::NoCertificate),
        }
    }
}

fn refused(refusal: Refusal) -> SelectCause {
    SelectCause::Certificate(Box::new(refusal))
}
