//! What becomes of revocation lists when a new bundle comes: none is lost, and none goes back.

use hub_roles::{Environment, RevocationDepth, RevocationListRule as Rule, RevocationPolicy, TrustFramework};
use hub_testkit::{Authority, Crl, CrlSpec, KeyPool, Profile};

use crate::support::{DAY, at, ca, ecosystem};

const ISSUING: &str = "Al Tareq Sandbox Trust Framework Issuing CA - G1";

fn bundle() -> TrustFramework {
    TrustFramework::from_der(Environment::Sandbox, ecosystem().authority().bundle()).unwrap()
}

fn holding(bundle: &TrustFramework, lists: &[&Crl]) -> TrustFramework {
    let files: Vec<_> = lists.iter().map(|list| list.der()).collect();
    bundle.with_revocation_lists(&files, ecosystem().now()).unwrap()
}

fn spec(number: u64, minutes_old: u64) -> CrlSpec {
    let now = ecosystem().now().as_secs();
    CrlSpec::current(ecosystem().now()).with_number(number).with_updates(at(now - 60 * minutes_old), at(now + DAY))
}

fn issuing(number: u64, minutes_old: u64) -> Crl {
    ecosystem().authority().crl(&spec(number, minutes_old)).unwrap()
}

fn root(number: u64) -> Crl {
    ecosystem().authority().root_crl(&spec(number, 0)).unwrap()
}

/// The numbers of the lists that are held, by their issuer's common name.
fn numbers(trust: &TrustFramework) -> Vec<(bool, String)> {
    let mut numbers: Vec<_> = trust
        .revocation_lists()
        .map(|list| (list.issuer() == ca(ISSUING), list.number().unwrap().to_string()))
        .collect();
    numbers.sort();
    numbers
}

#[test]
fn a_successor_holds_the_newest_list_of_each_ca() {
    for (held, new, expected) in [
        (vec![&issuing(2, 10)], vec![], "0x2"),
        (vec![&issuing(2, 10)], vec![&issuing(3, 0)], "0x3"),
        (vec![&issuing(2, 10)], vec![&issuing(1, 20)], "0x2"),
        (vec![], vec![&issuing(1, 20)], "0x1"),
    ] {
        let held: Vec<_> = held.into_iter().chain([&root(7)]).cloned().collect();
        let in_force = holding(&bundle(), &held.iter().collect::<Vec<_>>());
        let next = holding(&bundle(), &new).succeeding(&in_force);
        assert_eq!(numbers(&next), [(false, "0x7".to_owned()), (true, expected.to_owned())]);
        next.check_succession(&in_force).unwrap();
    }
}

#[test]
fn who_was_revoked_is_so_under_a_new_bundle() {
    let eco = ecosystem();
    let c1 = eco.issued::<hub_roles::C1>("acme").unwrap();
    let verdict = |trust: &TrustFramework| {
        let expected = eco.holding::<hub_roles::C1>("acme").unwrap().expectation();
        trust.verify(&crate::support::presented(c1), expected, eco.now()).map(drop).map_err(|refused| refused.code())
    };
    let in_force = holding(&bundle(), &[&eco.authority().crl(&spec(1, 0).revoking(c1.serial)).unwrap()]);
    assert_eq!(verdict(&in_force), Err("certificate.revoked"));
    assert_eq!(verdict(&bundle()), Ok(()), "a bundle begins without lists");
    assert_eq!(verdict(&bundle().succeeding(&in_force)), Err("certificate.revoked"));
}

#[test]
fn a_list_that_is_lost_or_goes_back_makes_no_successor() {
    let in_force = holding(&bundle(), &[&issuing(2, 10)]);
    for (new, verdict) in [
        (vec![issuing(2, 10)], Ok(())),
        (vec![issuing(3, 0), root(1)], Ok(())),
        (vec![], Err("revocation-list.lost")),
        (vec![root(1)], Err("revocation-list.lost")),
        (vec![issuing(1, 0)], Err("revocation-list.older")),
        (vec![issuing(3, 20)], Err("revocation-list.older")),
    ] {
        let next = holding(&bundle(), &new.iter().collect::<Vec<_>>());
        assert_eq!(next.check_succession(&in_force).map_err(|refused| refused.code()), verdict);
    }
    let lost = bundle().check_succession(&in_force).unwrap_err();
    assert_eq!(lost.issuer(), Some(ca(ISSUING).as_str()));
    assert_eq!(lost.rule(), &Rule::Lost { held: ecosystem().now().as_secs() - 600 });
}

/// A CA that leaves the bundle takes its list with it: nobody is accepted under it.
#[test]
fn a_ca_of_another_key_inherits_nothing() {
    let other = Authority::new(Profile::sandbox(), ecosystem().authority().keys(), ecosystem().now()).unwrap();
    let theirs = TrustFramework::from_der(Environment::Sandbox, other.bundle()).unwrap();
    let in_force = holding(&bundle(), &[&issuing(2, 10)]);
    assert_eq!(numbers(&theirs.succeeding(&in_force)), []);
    theirs.check_succession(&in_force).unwrap();

    let both = [ecosystem().authority().bundle(), other.bundle()].concat();
    let both = TrustFramework::from_der(Environment::Sandbox, both).unwrap();
    assert_eq!(numbers(&both.succeeding(&in_force)), [(true, "0x2".to_owned())]);
    assert_eq!(both.check_succession(&in_force).unwrap_err().code(), "revocation-list.lost");
}

#[test]
fn the_stricter_policy_stays() {
    use RevocationDepth::{Chain, EndEntity};
    use RevocationPolicy::{IfPresent, Required};
    for (held, new, expected) in [
        (IfPresent, IfPresent, IfPresent),
        (Required(EndEntity), IfPresent, Required(EndEntity)),
        (IfPresent, Required(EndEntity), Required(EndEntity)),
        (Required(Chain), Required(EndEntity), Required(Chain)),
    ] {
        let [held, new] = [held, new].map(|policy| bundle().with_revocation_policy(policy));
        assert_eq!(new.succeeding(&held).revocation_policy(), expected);
    }
}

#[test]
fn a_list_is_held_only_by_a_bundle_that_has_its_ca() {
    let (eco, now) = (ecosystem(), ecosystem().now());
    let read = |crl: &Crl| eco.trust().read_revocation_lists(crl.der(), now).unwrap();
    let other = Authority::production(&KeyPool::new(), now).unwrap();
    let other = TrustFramework::from_der(Environment::Production, other.bundle()).unwrap();
    let refused = other.holding_revocation_lists(read(&issuing(1, 0))).unwrap_err();
    assert_eq!(refused.rule(), &Rule::UnknownIssuer);

    let trust = bundle().holding_revocation_lists(read(&issuing(1, 0))).unwrap();
    assert!(trust.revocation_lists().eq(&read(&issuing(1, 0))), "the same list");
    assert!(!trust.revocation_lists().eq(&read(&issuing(2, 0))), "the next one of the same CA");
    assert!(!trust.revocation_lists().eq(&read(&root(1))), "one of another CA");
}
