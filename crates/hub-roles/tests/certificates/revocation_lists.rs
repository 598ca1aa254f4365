//! Revocation lists when they are loaded: which are taken, and by which rule every other is refused.

use std::sync::LazyLock;

use hub_roles::{
    Environment, MAX_REVOCATION_LIST_OCTETS, RevocationListError, RevocationListRule as Rule, TrustFramework,
};
use hub_testkit::{Authority, Crl, CrlDefect, CrlSpec, KeyPool, KeyUsagePurpose, Profile};
use proptest::prelude::*;

use crate::support::{DAY, at, ca, ecosystem};

const ISSUING: &str = "Al Tareq Sandbox Trust Framework Issuing CA - G1";
const ROOT: &str = "Al Tareq Sandbox Trust Framework Root CA - G1";

fn load(trust: &TrustFramework, files: &[impl AsRef<[u8]>]) -> Result<TrustFramework, RevocationListError> {
    trust.with_revocation_lists(files, ecosystem().now())
}

fn verdict(crl: &Crl) -> Result<(), &'static str> {
    load(ecosystem().trust(), &[crl.der()]).map(drop).map_err(|refused| refused.code())
}

fn current() -> CrlSpec {
    CrlSpec::current(ecosystem().now())
}

fn issued(spec: &CrlSpec) -> Crl {
    ecosystem().authority().crl(spec).unwrap()
}

/// Another authority of the same names, whose keys are others.
fn impostor() -> Authority {
    let eco = ecosystem();
    Authority::new(Profile::sandbox(), eco.authority().keys(), eco.now()).unwrap()
}

#[test]
fn lists_of_several_cas_are_taken_as_der_and_as_pem() {
    let eco = ecosystem();
    let (issuing, root) = (issued(&current()), eco.authority().root_crl(&current()).unwrap());
    let root_pem = root.pem().unwrap();
    let together = format!("of both CAs\n{}{root_pem}", issuing.pem().unwrap());
    let forms: [&[&[u8]]; 3] = [
        &[issuing.der().as_ref(), root.der().as_ref()],
        &[together.as_bytes()],
        &[issuing.der().as_ref(), root_pem.as_bytes()],
    ];
    for files in forms {
        let trust = load(eco.trust(), files).unwrap();
        let held: Vec<_> = trust.revocation_lists().map(|list| list.issuer().to_owned()).collect();
        assert_eq!(held, [ca(ISSUING), ca(ROOT)]);
        for list in trust.revocation_lists() {
            assert_eq!((list.this_update(), list.next_update()), (current().this_update, current().next_update));
        }
    }
    assert_eq!(eco.trust().revocation_lists().count(), 0, "a snapshot never changes");
}

#[test]
fn what_a_list_may_not_be() {
    let eco = ecosystem();
    let broken = |defect| eco.authority().broken_crl(&current(), defect).unwrap();
    assert_eq!(verdict(&issued(&current())), Ok(()));
    for (defect, code) in [
        (CrlDefect::NoNextUpdate, "revocation-list.no-next-update"),
        (CrlDefect::Delta, "revocation-list.delta"),
        (CrlDefect::Indirect, "revocation-list.indirect"),
        (CrlDefect::SomeReasons, "revocation-list.partial"),
        (CrlDefect::UnknownCriticalExtension, "revocation-list.critical-extension"),
        (CrlDefect::NoExtensions, "revocation-list.malformed"),
        (CrlDefect::Sha1Signature, "revocation-list.signature-algorithm"),
        (CrlDefect::ForgedSignature, "revocation-list.bad-signature"),
    ] {
        assert_eq!(verdict(&broken(defect)), Err(code), "{defect:?}");
    }
    assert_eq!(verdict(&impostor().crl(&current()).unwrap()), Err("revocation-list.bad-signature"), "the same name");
    let stranger = Authority::production(&KeyPool::new(), eco.now()).unwrap();
    assert_eq!(verdict(&stranger.crl(&current()).unwrap()), Err("revocation-list.unknown-issuer"));
}

#[test]
fn a_list_is_not_of_the_future_and_may_have_expired() {
    let now = ecosystem().now().as_secs();
    for (this_update, next_update, verdict_expected) in [
        (now, now + DAY, Ok(())),
        (now + 1, now + DAY, Err("revocation-list.not-yet-valid")),
        (now - DAY, now - 1, Ok(())),
    ] {
        let spec = current().with_updates(at(this_update), at(next_update));
        assert_eq!(verdict(&issued(&spec)), verdict_expected, "{this_update} to {next_update}");
    }
}

#[test]
fn octets_that_are_no_list_are_refused_and_a_damaged_one_is() {
    let sound = issued(&current());
    let pem = sound.pem().unwrap();
    let certificate = ecosystem().authority().bundle_pem().unwrap();
    let mut cut = sound.der().to_vec();
    cut.truncate(100);
    let mut longer = sound.der().to_vec();
    longer.push(0);
    let cases: [(&[u8], &str); 7] = [
        (b"", "revocation-list.encoding"),
        (b"no list here", "revocation-list.encoding"),
        (certificate.as_bytes(), "revocation-list.encoding"),
        (pem.split_at(200).0.as_bytes(), "revocation-list.encoding"),
        (&cut, "revocation-list.malformed"),
        (&longer, "revocation-list.malformed"),
        (ecosystem().authority().root(), "revocation-list.malformed"),
    ];
    for (file, code) in cases {
        let refused = load(ecosystem().trust(), &[file]).unwrap_err();
        assert_eq!((refused.code(), refused.issuer()), (code, None));
    }
    assert!(load(ecosystem().trust(), &[pem.as_bytes()]).is_ok());
}

proptest! {
    #[test]
    fn no_octet_of_a_list_can_be_another(place in any::<prop::sample::Index>(), change in 1u8..) {
        static SOUND: LazyLock<Crl> = LazyLock::new(|| issued(&current().revoking(0x1002)));
        let mut octets = SOUND.der().to_vec();
        prop_assert!(load(ecosystem().trust(), &[&octets]).is_ok());
        let place = place.index(octets.len());
        octets[place] ^= change;
        prop_assert!(load(ecosystem().trust(), &[&octets]).is_err());
    }

    #[test]
    fn no_octets_make_the_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let der = [&[0x30, 0x82], &octets[..]].concat();
        prop_assert!(load(ecosystem().trust(), &[&octets]).is_err());
        prop_assert!(load(ecosystem().trust(), &[&der]).is_err());
    }
}

#[test]
fn size_is_limited_before_anything_is_parsed() {
    let mut octets = vec![0; MAX_REVOCATION_LIST_OCTETS];
    octets[..2].copy_from_slice(&[0x30, 0x83]);
    let rule = |octets: &[u8]| load(ecosystem().trust(), &[octets]).unwrap_err().rule().clone();
    assert_eq!(rule(&octets), Rule::Malformed);
    octets.push(0);
    assert_eq!(rule(&octets), Rule::TooLarge { found: MAX_REVOCATION_LIST_OCTETS + 1 });
}

#[test]
fn a_call_takes_one_list_of_each_ca() {
    let (one, two) = (issued(&current()), issued(&current().with_number(2)));
    for files in [[&one, &two], [&one, &one]] {
        let refused = load(ecosystem().trust(), &files.map(Crl::der)).unwrap_err();
        assert_eq!(refused.rule(), &Rule::Twice);
    }
    let root = ecosystem().authority().root_crl(&current()).unwrap();
    assert!(load(ecosystem().trust(), &[one.der(), root.der()]).is_ok());
}

#[test]
fn two_cas_of_one_name_have_a_list_each() {
    let (eco, other) = (ecosystem(), impostor());
    let bundle = [eco.authority().bundle(), other.bundle()].concat();
    let trust = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
    let (mine, theirs) = (issued(&current()), other.crl(&current()).unwrap());
    assert_eq!(load(&trust, &[mine.der(), theirs.der()]).unwrap().revocation_lists().count(), 2);
    let newer = load(&load(&trust, &[mine.der()]).unwrap(), &[theirs.der()]).unwrap();
    assert_eq!(newer.revocation_lists().count(), 2, "the one is not in the place of the other");
}

#[test]
fn a_list_never_goes_back() {
    let now = ecosystem().now().as_secs();
    let list = |number: u64, this_update: u64| {
        issued(&current().with_number(number).with_updates(at(this_update), at(now + DAY)))
    };
    // 255 and 256 differ in length as numbers of DER.
    let held = load(ecosystem().trust(), &[list(255, now - 100).der()]).unwrap();
    for (number, this_update, verdict) in [
        (255, now - 100, Ok(())),
        (256, now - 99, Ok(())),
        (256, now - 100, Ok(())),
        (255, now - 99, Ok(())),
        (254, now - 99, Err("revocation-list.older")),
        (256, now - 101, Err("revocation-list.older")),
    ] {
        let outcome = load(&held, &[list(number, this_update).der()]);
        assert_eq!(outcome.map(drop).map_err(|refused| refused.code()), verdict, "{number} of {this_update}");
    }
    let refused = load(&held, &[list(254, now - 200).der()]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "revocation list of {:?} refused: it is older than the one that is held: it is of {}, the other of {} (Unix time, seconds)",
            ca(ISSUING),
            now - 200,
            now - 100
        )
    );
}

#[test]
fn one_bad_list_refuses_them_all() {
    let eco = ecosystem();
    let root = eco.authority().root_crl(&current()).unwrap();
    let forged = eco.authority().broken_crl(&current(), CrlDefect::ForgedSignature).unwrap();
    assert!(load(eco.trust(), &[root.der(), forged.der()]).is_err());
    assert!(load(eco.trust(), &[root.der()]).is_ok());
}

#[test]
fn only_a_ca_that_may_sign_lists_has_one() {
    let eco = ecosystem();
    let renewed = |usages: &[KeyUsagePurpose]| eco.authority().renewed_issuing(usages).unwrap();
    let both = renewed(&[KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]);
    let without = renewed(&[KeyUsagePurpose::KeyCertSign]);
    let unlimited = renewed(&[]);
    let root = eco.authority().root();
    for (issuing, verdict) in [
        (vec![both.clone()], Ok(())),
        (vec![unlimited], Ok(())),
        (vec![without.clone()], Err("revocation-list.key-usage")),
        (vec![without, both], Ok(())),
    ] {
        let bundle = issuing.into_iter().chain([root.clone()]).collect();
        let trust = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
        let outcome = load(&trust, &[issued(&current()).der()]);
        assert_eq!(outcome.map(drop).map_err(|refused| refused.code()), verdict);
    }
}
