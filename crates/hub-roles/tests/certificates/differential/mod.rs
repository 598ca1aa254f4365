//! Our verification beside that of rustls-webpki as it comes: nothing that webpki refuses is accepted, and what webpki accepts is
//! refused only by a rule that THREATS section 4 or FACTS section 2 lists.

mod case;
mod change;
mod pki;
mod stock;

use std::cell::RefCell;
use std::collections::BTreeMap;

use hub_roles::{C3, C4, CertificateRule as Rule, S4, TrustError};
use hub_testkit::{Defect, Ecosystem, Held};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use self::case::Case;
use self::change::changes;
use self::pki::Pki;
use crate::support::ecosystem;

/// Sound chains of any depth, with up to three things changed.
#[test]
fn changed_chains_are_judged_as_by_webpki_and_the_listed_rules() {
    changed_chains::<C3>("bank");
    changed_chains::<C4>(Ecosystem::HUB);
    changed_chains::<S4>("bank");
}

fn changed_chains<R: Held>(holder: &str) {
    let tally = RefCell::new(BTreeMap::new());
    TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() })
        .run(&(0..=3_usize, changes()), |(depth, changes)| {
            let mut pki = Pki::sound(ecosystem().holding::<R>(holder).unwrap().spec(), depth);
            changes.iter().for_each(|change| change.apply(&mut pki));
            *tally.borrow_mut().entry(verdict::<R>(holder, &pki.issue())?).or_default() += 1;
            Ok(())
        })
        .unwrap();
    every_verdict_occurs(&tally.into_inner(), CASES / 40);
}

/// The material of the negative tables, with the intermediates that belong to it and without.
#[test]
fn defects_are_judged_as_by_webpki_and_the_listed_rules() {
    defects::<C3>("bank");
    defects::<C4>(Ecosystem::HUB);
    defects::<S4>("bank");
}

fn defects<R: Held>(holder: &str) {
    let eco = ecosystem();
    let spec = eco.holding::<R>(holder).unwrap().spec();
    let sound = (eco.authority().issue(spec).unwrap(), eco.authority().bundle());
    let broken = Defect::ALL.iter().filter(|defect| defect.concerns(spec.kind)).map(|defect| {
        let broken = defect.build(eco.authority(), spec).unwrap();
        (broken.presented, broken.bundle)
    });
    let mut tally = BTreeMap::new();
    for (presented, bundle) in broken.chain([sound]) {
        for others in [presented.intermediates.clone(), Vec::new()] {
            let case = Case::new(presented.certificate.clone(), others, bundle.clone(), eco.now());
            *tally.entry(verdict::<R>(holder, &case).unwrap()).or_default() += 1;
        }
    }
    every_verdict_occurs(&tally, 2);
}

const CASES: u32 = 300;

/// What both say of a case.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    BothAccept,
    BothRefuse,
    OursRefuses,
}

/// None of the verdicts may come up too rarely to mean anything.
fn every_verdict_occurs(tally: &BTreeMap<Verdict, u32>, least: u32) {
    for verdict in [Verdict::BothAccept, Verdict::BothRefuse, Verdict::OursRefuses] {
        let count = tally.get(&verdict).copied().unwrap_or_default();
        assert!(count >= least, "{verdict:?}: {tally:?}");
    }
}

/// What both say of a case, if that is as it should be.
fn verdict<R: Held>(holder: &str, case: &Case) -> Result<Verdict, TestCaseError> {
    let expected = ecosystem().holding::<R>(holder).unwrap().expectation();
    let trust = match case.trust() {
        Ok(trust) => trust,
        // Whoever has no trust framework accepts nobody.
        Err(TrustError::Authority { .. }) => return Ok(Verdict::OursRefuses),
        Err(error) => return Err(TestCaseError::fail(format!("no trust framework: {error}"))),
    };
    let ours = case.chain().and_then(|chain| {
        trust.verify(&chain, expected, case.time).map(drop).map_err(|refusal| refusal.rule().clone())
    });
    match (ours, stock::verdict(case, R::ID.kind(), expected.hosts().first())) {
        (Ok(()), Ok(())) => Ok(Verdict::BothAccept),
        (Err(_), Err(_)) => Ok(Verdict::BothRefuse),
        (Err(rule), Ok(())) if is_listed(&rule) => Ok(Verdict::OursRefuses),
        (Err(rule), Ok(())) => Err(TestCaseError::fail(format!("accepted by webpki, and refused by {rule:?}"))),
        (Ok(()), Err(error)) => Err(TestCaseError::fail(format!("accepted, and webpki says {error:?}"))),
    }
}

/// Whether a certificate may break this rule and webpki not mind.
fn is_listed(rule: &Rule) -> bool {
    match rule {
        // "over-long chain or oversized certificate"
        Rule::Chain(_)
        // "an anchor that is not a CA or out of its validity, a CA whose key usage lacks keyCertSign"
        | Rule::AnchorValidity
        | Rule::Authority { .. }
        // "RSA below 2048 or e other than 65537 in leaf or CA, a leaf key that is not rsaEncryption"
        | Rule::Key(_)
        // "a transport leaf whose key usage lacks digitalSignature", "EKU missing"
        | Rule::KeyUsage { .. }
        | Rule::ExtendedKeyUsageMissing { .. }
        // "pin mismatch (other organisation, other application)", "wrong role"
        | Rule::Organisation { .. }
        | Rule::Application { .. }
        | Rule::RegisteredForAnotherRole { .. }
        // "revoked, CRL stale or missing under `Required`, a listed serial in a stale CRL under `IfPresent`"
        | Rule::Revoked { .. }
        | Rule::RevocationListMissing { .. }
        | Rule::RevocationListExpired { .. }
        // FACTS section 2: sha256WithRSA and sha512WithRSA; the subject's form.
        | Rule::SignatureAlgorithm
        | Rule::Subject(_) => true,
        // Here webpki has the last word, and what it accepts is not refused.
        Rule::Environment { .. }
        | Rule::NotPresented
        | Rule::Malformed
        | Rule::UnknownIssuer { .. }
        | Rule::BadSignature
        | Rule::PathTooLong
        | Rule::Constraint
        | Rule::Expired { .. }
        | Rule::NotYetValid { .. }
        | Rule::IsAuthority
        | Rule::ExtendedKeyUsage { .. }
        | Rule::NoDnsName { .. }
        | Rule::HostName { .. } => false,
        other => panic!("{other:?} is new: is it listed?"),
    }
}
