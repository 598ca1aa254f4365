//! Certificates that were used earlier than they are judged: their dates are judged then, their status now.

use hub_roles::{
    C1, Certificate, CertificateRule as Rule, Environment, RevocationDepth, RevocationPolicy, TrustFramework,
};
use hub_testkit::{Crl, CrlSpec, KeyUsagePurpose};
use proptest::prelude::*;
use rustls_pki_types::UnixTime;

use crate::support::{DAY, at, ecosystem, presented};

const REQUIRED: RevocationPolicy = RevocationPolicy::Required(RevocationDepth::EndEntity);
const POLICIES: [RevocationPolicy; 2] = [RevocationPolicy::IfPresent, REQUIRED];

fn verify(trust: &TrustFramework, used: UnixTime, now: UnixTime) -> Result<Certificate<C1>, Rule> {
    let chain = presented(ecosystem().issued::<C1>("acme").unwrap());
    let expected = ecosystem().holding::<C1>("acme").unwrap().expectation();
    trust.verify_used_at(&chain, expected, used, now).map_err(|refusal| refusal.rule().clone())
}

fn verdict(trust: &TrustFramework, used: UnixTime, now: UnixTime) -> Result<(), &'static str> {
    verify(trust, used, now).map(drop).map_err(|rule| rule.code())
}

/// When the certificate is used, and when that is judged: it has expired long since.
fn times() -> (UnixTime, UnixTime) {
    (ecosystem().now(), at(ecosystem().now().as_secs() + 500 * DAY))
}

fn list(spec: CrlSpec, from: UnixTime, days: u64) -> Crl {
    ecosystem().authority().crl(&spec.with_updates(from, at(from.as_secs() + days * DAY))).unwrap()
}

fn with(list: Option<&Crl>, policy: RevocationPolicy, now: UnixTime) -> TrustFramework {
    let lists: Vec<_> = list.into_iter().map(Crl::der).collect();
    ecosystem().trust().with_revocation_policy(policy).with_revocation_lists(&lists, now).unwrap()
}

#[test]
fn dates_are_judged_at_the_use_and_lists_now() {
    let (used, now) = times();
    let spec = || CrlSpec::current(used);
    let serial = ecosystem().issued::<C1>("acme").unwrap().serial;
    let current = list(spec(), now, 7);
    // Current when the certificate was used, which is of no use now.
    let expired = list(spec(), used, 7);
    let listed = list(spec().revoking(serial), now, 7);
    let listed_by_expired = list(spec().revoking(serial), used, 7);
    for (name, list, verdicts) in [
        ("no list", None, [Ok(()), Err("certificate.revocation-list-missing")]),
        ("current", Some(&current), [Ok(()), Ok(())]),
        ("expired", Some(&expired), [Ok(()), Err("certificate.revocation-list-expired")]),
        ("listed", Some(&listed), [Err("certificate.revoked"); 2]),
        ("listed by an expired list", Some(&listed_by_expired), [Err("certificate.revoked"); 2]),
    ] {
        for (policy, expected) in POLICIES.into_iter().zip(verdicts) {
            let trust = with(list, policy, now);
            assert_eq!(verdict(&trust, used, now), expected, "{name} under {policy:?}");
            assert!(verdict(&trust, now, now).is_err(), "it has expired: {name} under {policy:?}");
        }
    }
    // The neighbour of the expired list: judged while that was current.
    assert_eq!(verdict(&with(Some(&expired), REQUIRED, used), used, used), Ok(()));
}

#[test]
fn a_refusal_names_the_time_that_it_is_about() {
    let (used, now) = times();
    let expired = list(CrlSpec::current(used), used, 7);
    let refused = verify(&with(Some(&expired), REQUIRED, now), used, now).unwrap_err();
    assert!(matches!(refused, Rule::RevocationListExpired { now: told, .. } if told == now.as_secs()), "{refused}");

    let too_early = at(used.as_secs() - 400 * DAY);
    let refused = verify(ecosystem().trust(), too_early, now).unwrap_err();
    assert!(matches!(refused, Rule::NotYetValid { time, .. } if time == too_early.as_secs()), "{refused}");
}

#[test]
fn nobody_has_used_a_certificate_later_than_now() {
    let now = ecosystem().now();
    let next = at(now.as_secs() + 1);
    assert_eq!(verdict(ecosystem().trust(), now, now), Ok(()));
    assert_eq!(verdict(ecosystem().trust(), now, next), Ok(()));
    let refused = verify(ecosystem().trust(), next, now).unwrap_err();
    assert_eq!(refused, Rule::UsedInFuture { used: next.as_secs(), now: now.as_secs() });
    assert_eq!(refused.code(), "certificate.used-in-future");
    assert!(!verify(ecosystem().trust(), now, now).unwrap().path_validity().holds_for_use_at(next, now));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What was accepted for one pair of times holds for another exactly if it would be accepted there.
    #[test]
    fn what_holds_is_what_is_accepted(days in [0..900_u64, 0..900_u64]) {
        let first = ecosystem().now().as_secs() - 100 * DAY;
        let [used, now] = days.map(|days| at(first + days * DAY));
        let (accepted_at, _) = times();
        let list = list(CrlSpec::current(accepted_at), at(first), 400);
        for policy in POLICIES {
            let trust = with(Some(&list), policy, accepted_at);
            let path = verify(&trust, accepted_at, accepted_at).unwrap().path_validity();
            prop_assert_eq!(path.holds_for_use_at(used, now), verdict(&trust, used, now).is_ok());
        }
    }

    /// CAs that come and go, of the same name and key: where none does, the verdict stays.
    #[test]
    fn within_a_steady_period_the_same_is_found(days in [0..20_000_u64, 0..20_000_u64]) {
        let eco = ecosystem();
        let renewed = eco.authority().renewed_issuing(&[KeyUsagePurpose::KeyCertSign]).unwrap();
        let bundle = vec![eco.authority().issuing().clone(), renewed, eco.authority().root().clone()];
        let trust = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
        let chain = presented(eco.issued::<C1>("acme").unwrap());
        let [one, other] = days.map(|days| at(eco.now().as_secs() - 10_000 * DAY + days * DAY));
        let now = at(eco.now().as_secs() + 10_000 * DAY);
        let steady = trust.steady_around(&chain, one);
        prop_assert!(steady.contains(one));
        if steady.contains(other) {
            prop_assert_eq!(verdict(&trust, one, now), verdict(&trust, other, now));
        }
        // No period reaches into the next.
        if let Some(next) = steady.not_after().as_secs().checked_add(1) {
            prop_assert!(!trust.steady_around(&chain, at(next)).contains(one));
        }
    }
}

#[test]
fn a_steady_period_ends_where_a_certificate_of_the_chain_or_of_the_bundle_does() {
    let eco = ecosystem();
    let chain = presented(eco.issued::<C1>("acme").unwrap());
    let own = chain.claimed_validity().unwrap();
    let around = |time| eco.trust().steady_around(&chain, time);
    assert_eq!(around(eco.now()), own, "it is the shortest");
    let after = at(own.not_after().as_secs() + 1);
    let path = verify(eco.trust(), eco.now(), eco.now()).unwrap().path_validity().certificates();
    assert_eq!(path, own);
    assert_eq!(around(after).not_before(), after);
    assert!(around(after).contains(at(after.as_secs() + DAY)), "until a CA ends");
    assert_ne!(around(after).not_after(), at(u64::MAX), "a CA ends");
}
