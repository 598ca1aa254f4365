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

#[cfg(test)]
mod tests {
    use std::future::{Future, ready};
    use std::pin::Pin;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    use hub_roles::{RevocationDepth, RevocationPolicy, RsaPublicKey, Sig1};
    use hub_testkit::{CrlSpec, Ecosystem, Issued, Validity};

    use super::*;

    const DAY: u64 = 86_400;
    const NOW: u64 = 1_780_000_000;

    #[derive(Debug)]
    struct At(AtomicU64);

    impl Clock for At {
        fn now(&self) -> UnixTime {
            at(self.0.load(Ordering::Relaxed))
        }

        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }

        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(ready(()))
        }
    }

    /// The keys of `acme`, and what was found of them.
    struct Scene {
        eco: Ecosystem,
        trust: Trust,
        clock: At,
        verdicts: Verdicts,
    }

    impl Scene {
        fn new() -> Self {
            let eco = Ecosystem::sandbox(at(NOW)).unwrap();
            let trust = Trust::new(eco.trust().clone(), CertificatePolicy::Required);
            Self { eco, trust, clock: At(NOW.into()), verdicts: Verdicts::default() }
        }

        /// A certificate of `acme`'s that lasts for so many days.
        fn lasting(&self, days: u64) -> Jwk {
            let mut spec = self.eco.holding::<Sig1>("acme").unwrap().spec().clone();
            spec.validity = Some(Validity { not_before: at(NOW - DAY), not_after: at(NOW + days * DAY) });
            jwk(&self.eco.authority().issue(&spec).unwrap())
        }

        fn judge(&self, key: &Jwk, used: Option<u64>, now: u64) -> Result<(), &'static str> {
            self.clock.0.store(now, Ordering::Relaxed);
            let expectation = self.eco.holding::<Sig1>("acme").unwrap().expectation();
            let (used, clock) = (used.map(at), &self.clock);
            let check = Check { trust: &self.trust, expectation, registered_kid: None, used, clock };
            let judged = check.judge(key, &self.verdicts, |_| {});
            judged.map_err(|cause| cause.code())
        }
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn jwk(issued: &Issued) -> Jwk {
        let key = RsaPublicKey::from_spki_der(&issued.key.public_key()).unwrap();
        let x5c: Vec<String> = issued.chain().iter().map(|der| Base64::encode_string(der)).collect();
        let json = serde_json::json!({
            "kty": "RSA", "use": "sig", "kid": issued.kid(), "x5c": x5c,
            "n": Base64UrlUnpadded::encode_string(key.modulus()),
            "e": Base64UrlUnpadded::encode_string(key.exponent()),
        });
        Jwk::from_json(json.to_string().as_bytes()).unwrap()
    }

    /// What passes for `key` with whoever does not look at its chain.
    fn double(key: &Jwk, chain_of: &Jwk) -> Jwk {
        Jwk { certified: chain_of.certified.clone(), ..key.clone() }
    }

    #[test]
    fn what_was_accepted_is_not_looked_into_again_until_its_path_or_list_ends() {
        let mut scene = Scene::new();
        let list = CrlSpec::current(at(NOW)).with_updates(at(NOW), at(NOW + 7 * DAY));
        let list = scene.eco.authority().crl(&list).unwrap();
        let framework = scene.eco.trust().with_revocation_lists(&[list.der()], at(NOW)).unwrap();
        let framework = framework.with_revocation_policy(RevocationPolicy::Required(RevocationDepth::EndEntity));
        scene.trust = Trust::new(framework, CertificatePolicy::Required);
        let key = scene.lasting(3);
        let other = double(&key, &jwk(scene.eco.issued::<Sig1>("other-tpp").unwrap()));
        assert_eq!(scene.judge(&other, None, NOW), Err("certificate.organisation"), "who looks at it refuses it");
        scene.verdicts = Verdicts::default();
        assert_eq!(scene.judge(&key, None, NOW), Ok(()));
        assert_eq!(scene.judge(&other, None, NOW + 3 * DAY), Ok(()), "remembered");
        assert_eq!(scene.judge(&other, None, NOW + 3 * DAY + 1), Err("certificate.organisation"), "the path has ended");
        let of_retired = |now| scene.judge(&other, Some(NOW), now);
        assert_eq!(of_retired(NOW + 7 * DAY - 1), Ok(()), "remembered, of a use while the path held");
        assert_eq!(of_retired(NOW + 7 * DAY), Err("certificate.revocation-list-expired"));
    }

    #[test]
    fn what_was_refused_is_not_looked_into_again_for_a_minute_where_dates_make_no_difference() {
        let mut scene = Scene::new();
        let (short, long) = (scene.lasting(3), scene.lasting(300));
        let long = double(&short, &long);
        let now = NOW + 100 * DAY;
        let after = NOW + 50 * DAY;
        assert_eq!(scene.judge(&long, Some(after), now), Ok(()), "who looks at it accepts it");
        scene.verdicts = Verdicts::default();
        assert_eq!(scene.judge(&short, Some(after), now), Err("certificate.expired"));
        for used in [after, after + 1, NOW + 3 * DAY + 1, now] {
            assert_eq!(scene.judge(&long, Some(used), now + 59), Err("certificate.expired"), "remembered, {used}");
        }
        assert_eq!(scene.judge(&long, Some(NOW + 3 * DAY), now + 59), Ok(()), "it had not expired then");
        assert_eq!(scene.judge(&long, Some(NOW - DAY - 1), now + 59), Err("certificate.not-yet-valid"));
        assert_eq!(scene.judge(&long, Some(after), now + 59), Err("certificate.expired"), "neither takes its place");
        assert_eq!(scene.judge(&long, Some(after), now + 60), Ok(()), "a minute has passed");
    }

    #[test]
    fn a_refusal_that_is_found_again_and_again_has_nothing_else_forgotten() {
        let scene = Scene::new();
        let key = scene.lasting(3);
        let other = double(&key, &jwk(scene.eco.issued::<Sig1>("other-tpp").unwrap()));
        let now = NOW + 100 * DAY;
        assert_eq!(scene.judge(&key, Some(NOW), now), Ok(()));
        for minute in 0..10 {
            let refused = scene.judge(&key, Some(NOW + 50 * DAY), now + 60 * minute);
            assert_eq!(refused, Err("certificate.expired"));
        }
        assert_eq!(scene.judge(&other, Some(NOW), now + 600), Ok(()), "remembered");
    }

    #[test]
    fn a_key_in_use_is_accepted_from_its_first_second() {
        let scene = Scene::new();
        let key = scene.lasting(3);
        assert_eq!(scene.judge(&key, None, NOW - DAY - 1), Err("certificate.not-yet-valid"));
        assert_eq!(scene.judge(&key, None, NOW - DAY), Ok(()));
    }
}
