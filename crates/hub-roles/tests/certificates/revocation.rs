//! Revoked certificates, and certificates whose status is unknown, under each policy.

use std::time::{Duration, Instant};

use der::Decode;
use hub_roles::{
    C1, Certificate, CertificateRule as Rule, Environment, RevocationDepth, RevocationPolicy, TrustFramework,
};
use hub_testkit::{Authority, Crl, CrlSpec, Issued, KeyPool, KeyUsagePurpose, Profile};
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_cert::Certificate as X509;

use crate::support::{DAY, at, ca, ecosystem, issue, presented};

const IF_PRESENT: RevocationPolicy = RevocationPolicy::IfPresent;
const REQUIRED: RevocationPolicy = RevocationPolicy::Required(RevocationDepth::EndEntity);
const CHAIN: RevocationPolicy = RevocationPolicy::Required(RevocationDepth::Chain);
const POLICIES: [RevocationPolicy; 3] = [IF_PRESENT, REQUIRED, CHAIN];

/// `acme`'s C1.
fn c1() -> &'static Issued {
    ecosystem().issued::<C1>("acme").unwrap()
}

fn current() -> CrlSpec {
    CrlSpec::current(ecosystem().now())
}

fn stale() -> CrlSpec {
    let now = ecosystem().now().as_secs();
    current().with_updates(at(now - DAY), at(now))
}

fn by_issuing(spec: &CrlSpec) -> Crl {
    ecosystem().authority().crl(spec).unwrap()
}

fn by_root(spec: &CrlSpec) -> Crl {
    ecosystem().authority().root_crl(spec).unwrap()
}

fn trust(policy: RevocationPolicy, lists: &[Crl]) -> TrustFramework {
    with(ecosystem().trust(), policy, lists)
}

fn with(trust: &TrustFramework, policy: RevocationPolicy, lists: &[Crl]) -> TrustFramework {
    let files: Vec<_> = lists.iter().map(Crl::der).collect();
    trust.with_revocation_policy(policy).with_revocation_lists(&files, ecosystem().now()).unwrap()
}

fn verify(trust: &TrustFramework, issued: &Issued, time: UnixTime) -> Result<Certificate<C1>, Rule> {
    let expected = ecosystem().holding::<C1>("acme").unwrap().expectation();
    trust.verify(&presented(issued), expected, time).map_err(|refusal| refusal.rule().clone())
}

fn verdict(trust: &TrustFramework, issued: &Issued) -> Result<(), &'static str> {
    verify(trust, issued, ecosystem().now()).map(drop).map_err(|rule| rule.code())
}

fn serial(certificate: &CertificateDer<'_>) -> u64 {
    let x509 = X509::from_der(certificate).unwrap();
    let octets = x509.tbs_certificate().serial_number().as_bytes().iter();
    octets.fold(0, |serial, octet| serial << 8 | u64::from(*octet))
}

#[test]
fn what_each_policy_makes_of_each_list() {
    const REVOKED: Result<(), &str> = Err("certificate.revoked");
    const MISSING: Result<(), &str> = Err("certificate.revocation-list-missing");
    const EXPIRED: Result<(), &str> = Err("certificate.revocation-list-expired");

    let (leaf, issuing) = (c1().serial, serial(ecosystem().authority().issuing()));
    let fresh_root = || by_root(&current());
    let cases = [
        ("no list", vec![], [Ok(()), MISSING, MISSING]),
        ("a current list", vec![by_issuing(&current())], [Ok(()), Ok(()), MISSING]),
        ("both CAs' lists", vec![by_issuing(&current()), fresh_root()], [Ok(()); 3]),
        ("the root's alone", vec![fresh_root()], [Ok(()), MISSING, MISSING]),
        ("a stale list", vec![by_issuing(&stale()), fresh_root()], [Ok(()), EXPIRED, EXPIRED]),
        ("the root's stale", vec![by_issuing(&current()), by_root(&stale())], [Ok(()), Ok(()), EXPIRED]),
        ("another is listed", vec![by_issuing(&current().revoking(leaf + 1)), fresh_root()], [Ok(()); 3]),
        ("it is listed", vec![by_issuing(&current().revoking(leaf)), fresh_root()], [REVOKED; 3]),
        ("listed by a stale list", vec![by_issuing(&stale().revoking(leaf))], [REVOKED; 3]),
        ("its CA is listed", vec![by_issuing(&current()), by_root(&current().revoking(issuing))], [REVOKED; 3]),
        (
            "its CA's number listed by that CA",
            vec![by_issuing(&current().revoking(issuing)), fresh_root()],
            [Ok(()); 3],
        ),
        (
            "its number listed by the root",
            vec![by_issuing(&current()), by_root(&current().revoking(leaf))],
            [Ok(()); 3],
        ),
    ];
    for (name, lists, verdicts) in cases {
        for (policy, expected) in POLICIES.into_iter().zip(verdicts) {
            assert_eq!(verdict(&trust(policy, &lists), c1()), expected, "{name} under {policy:?}");
        }
    }
}

#[test]
fn a_refusal_names_the_list_and_the_entry() {
    let now = ecosystem().now();
    let issuer = ca("Al Tareq Sandbox Trust Framework Issuing CA - G1");
    let listing = current().revoking(c1().serial);
    let refused = verify(&trust(IF_PRESENT, &[by_issuing(&listing)]), c1(), now).unwrap_err();
    let revoked = listing.this_update.as_secs();
    assert_eq!(refused, Rule::Revoked { issuer: issuer.clone(), serial: format!("{:04x}", c1().serial), revoked });

    let refused = verify(&trust(REQUIRED, &[]), c1(), now).unwrap_err();
    assert_eq!(refused, Rule::RevocationListMissing { issuer: issuer.clone() });

    let refused = verify(&trust(REQUIRED, &[by_issuing(&stale())]), c1(), now).unwrap_err();
    let (next_update, now) = (stale().next_update.as_secs(), now.as_secs());
    assert_eq!(refused, Rule::RevocationListExpired { issuer, next_update, now });
}

#[test]
fn a_path_holds_no_longer_than_a_required_list_and_no_other_ends_it() {
    let now = ecosystem().now().as_secs();
    let until = |days: u64| current().with_updates(at(now), at(now + days * DAY));
    let lists = [by_issuing(&until(7)), by_root(&until(3))];
    let path = |policy, lists: &[Crl]| verify(&trust(policy, lists), c1(), at(now)).unwrap().path_validity();
    let free = path(IF_PRESENT, &lists);
    assert_eq!((free, free.lists_expire()), (path(IF_PRESENT, &[]), None));
    assert!(free.holds_at(free.certificates().not_after()));
    for (policy, days) in [(REQUIRED, 7), (CHAIN, 3)] {
        let held = path(policy, &lists);
        let end = at(now + days * DAY);
        assert_eq!((held.certificates(), held.lists_expire()), (free.certificates(), Some(end)), "{policy:?}");
        let trust = trust(policy, &lists);
        let last = at(end.as_secs() - 1);
        assert!(held.holds_at(last) && verify(&trust, c1(), last).is_ok());
        let next = verify(&trust, c1(), end).unwrap_err();
        assert_eq!((held.holds_at(end), next.code()), (false, "certificate.revocation-list-expired"));
    }
}

#[test]
fn a_newer_list_takes_the_place_of_the_older() {
    let on_hold = with(ecosystem().trust(), REQUIRED, &[by_issuing(&current().revoking(c1().serial))]);
    assert_eq!(verdict(&on_hold, c1()), Err("certificate.revoked"));
    let released = with(&on_hold, REQUIRED, &[by_issuing(&current().with_number(2))]);
    assert_eq!(verdict(&released, c1()), Ok(()));
    let root_only = with(&on_hold, REQUIRED, &[by_root(&current())]);
    assert_eq!(verdict(&root_only, c1()), Err("certificate.revoked"), "the other CA's list stays");
}

#[test]
fn a_revoked_ca_is_no_way_up_and_a_revoked_end_entity_has_none() {
    let eco = ecosystem();
    let (old, root) = (eco.authority().issuing().clone(), eco.authority().root().clone());
    let renewed = eco.authority().renewed_issuing(&[KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]).unwrap();
    let unfit = eco.authority().renewed_issuing(&[KeyUsagePurpose::CrlSign]).unwrap();
    let framework = |bundle: &[&CertificateDer<'static>]| {
        let bundle = bundle.iter().map(|&der| der.clone()).collect();
        TrustFramework::from_der(Environment::Sandbox, bundle).unwrap()
    };
    let old_revoked = by_root(&current().revoking(serial(&old)));
    let both_revoked = by_root(&current().revoking(serial(&old)).revoking(serial(&renewed)));
    let (sound, leaf_revoked) = (by_issuing(&current()), by_issuing(&current().revoking(c1().serial)));
    let mut sends_unfit = c1().clone();
    sends_unfit.intermediates = vec![old.clone(), unfit];
    for policy in POLICIES {
        let judge = |bundle: &[&CertificateDer<'static>], lists: [&Crl; 2], issued: &Issued| {
            verdict(&with(&framework(bundle), policy, &lists.map(Clone::clone)), issued)
        };
        // The peer sends the old certificate of its CA; the bundle has both, in any order.
        assert_eq!(judge(&[&old, &root], [&sound, &old_revoked], c1()), Err("certificate.revoked"), "{policy:?}");
        assert_eq!(judge(&[&old, &renewed, &root], [&sound, &old_revoked], c1()), Ok(()), "{policy:?}");
        assert_eq!(judge(&[&renewed, &old, &root], [&sound, &old_revoked], c1()), Ok(()), "{policy:?}");
        let refused = judge(&[&old, &renewed, &root], [&sound, &both_revoked], c1());
        assert_eq!(refused, Err("certificate.revoked"), "{policy:?}");
        for issued in [c1(), &sends_unfit] {
            let refused = judge(&[&old, &renewed, &root], [&leaf_revoked, &old_revoked], issued);
            assert_eq!(refused, Err("certificate.revoked"), "{policy:?}");
        }
        assert_eq!(judge(&[&old, &renewed, &root], [&sound, &old_revoked], &sends_unfit), Ok(()), "{policy:?}");
    }
}

#[test]
fn a_list_of_another_ca_with_the_same_name_says_nothing() {
    let eco = ecosystem();
    let other = Authority::new(eco.authority().profile().clone(), eco.authority().keys(), eco.now()).unwrap();
    let bundle = [eco.authority().bundle(), other.bundle()].concat();
    let both = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
    let theirs = other.crl(&current().revoking(c1().serial)).unwrap();
    let ours = by_issuing(&current());
    assert_eq!(verdict(&with(&both, IF_PRESENT, std::slice::from_ref(&theirs)), c1()), Ok(()));
    let missing = verdict(&with(&both, REQUIRED, std::slice::from_ref(&theirs)), c1());
    assert_eq!(missing, Err("certificate.revocation-list-missing"));
    assert_eq!(verdict(&with(&both, REQUIRED, &[theirs, ours]), c1()), Ok(()));
}

#[test]
fn a_list_of_another_ca_with_the_same_key_says_nothing() {
    let eco = ecosystem();
    let authority = |profile: Profile| Authority::new(profile, &KeyPool::new(), eco.now()).unwrap();
    let [ours, rebranded] = [Profile::sandbox(), Profile::sandbox().rebranded()].map(authority);
    let bundle = [ours.bundle(), rebranded.bundle()].concat();
    let both = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
    let issued = ours.issue(eco.holding::<C1>("acme").unwrap().spec()).unwrap();
    let listing = current().revoking(issued.serial);
    let theirs = rebranded.crl(&listing).unwrap();
    assert_eq!(verdict(&with(&both, IF_PRESENT, &[theirs]), &issued), Ok(()));
    assert_eq!(verdict(&with(&both, IF_PRESENT, &[ours.crl(&listing).unwrap()]), &issued), Err("certificate.revoked"));
}

#[test]
fn a_limited_list_covers_what_it_says() {
    const MISSING: Result<(), &str> = Err("certificate.revocation-list-missing");
    let url = ecosystem().authority().profile().crl_url();
    let elsewhere = "http://crl.example/other.crl";
    // The end entity has a distribution point, the issuing CA has none.
    let here = || current().published_at(&url);
    let cases = [
        (here(), by_root(&current()), [Ok(()), Ok(())]),
        (here().limited_to_end_entities(true), by_root(&current()), [Ok(()), Ok(())]),
        (here().limited_to_end_entities(false), by_root(&current()), [MISSING, MISSING]),
        (current().published_at(elsewhere), by_root(&current()), [MISSING, MISSING]),
        (here(), by_root(&current().published_at(elsewhere)), [Ok(()), Ok(())]),
        (here(), by_root(&current().published_at(elsewhere).limited_to_end_entities(false)), [Ok(()), Ok(())]),
        (here(), by_root(&current().published_at(elsewhere).limited_to_end_entities(true)), [Ok(()), MISSING]),
    ];
    for (spec, root, verdicts) in cases {
        let lists = [by_issuing(&spec), root];
        assert_eq!(verdict(&trust(IF_PRESENT, &lists), c1()), Ok(()), "{spec:?}");
        for (policy, expected) in [REQUIRED, CHAIN].into_iter().zip(verdicts) {
            assert_eq!(verdict(&trust(policy, &lists), c1()), expected, "{spec:?} under {policy:?}");
        }
        let listing = by_issuing(&spec.revoking(c1().serial));
        assert_eq!(verdict(&trust(IF_PRESENT, &[listing]), c1()), Err("certificate.revoked"), "whatever its limits");
    }
}

#[test]
fn a_list_of_a_hundred_thousand_costs_a_verification_nothing() {
    let other = issue::<C1>("acme", |_| ());
    let mut long = current().revoking(other.serial);
    long.revoked.extend((0..100_000).map(|serial| u64::MAX - serial));
    let [short, long] = [current(), long].map(|spec| trust(REQUIRED, &[by_issuing(&spec)]));
    let cost = |trust: &TrustFramework| {
        let start = Instant::now();
        verify(trust, c1(), ecosystem().now()).unwrap();
        start.elapsed()
    };
    let runs: Vec<[Duration; 2]> = (0..50).map(|_| [cost(&short), cost(&long)]).collect();
    let [of_short, of_long] = [0, 1].map(|which| runs.iter().map(|run| run[which]).min().unwrap());
    assert!(of_long < 2 * of_short, "{of_long:?} with the long list, {of_short:?} with the short one");
    assert_eq!(verdict(&long, &other), Err("certificate.revoked"));
}
