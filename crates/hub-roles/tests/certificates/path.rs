//! From a leaf to an anchor, at one moment: dates, bundles, environments, and octets that are no certificate.

use hub_roles::{
    C1, C4, CertificateChain, CertificateRule as Rule, Enc1, Environment, MAX_CERTIFICATES, S4, TrustFramework,
    UnknownIssuerCause,
};
use hub_testkit::{Authority, Ecosystem, KeyPool, LeafSpec, Profile, SubjectSpec, Validity};
use proptest::prelude::*;

use crate::support::{DAY, at, ca, ecosystem, issue, judge_as, presented};

#[test]
fn an_expired_root_is_no_anchor_and_its_neighbour_in_time_is() {
    let eco = ecosystem();
    let chain = presented(eco.issued::<C1>("acme").unwrap());
    let expected = eco.holding::<C1>("acme").unwrap().expectation();
    let after_the_root = at(2_200_000_000);
    let refused = eco.trust().verify(&chain, expected, after_the_root).unwrap_err();
    assert_eq!(refused.rule(), &Rule::AnchorValidity);
    eco.trust().verify(&chain, expected, eco.now()).unwrap();
}

#[test]
fn what_is_expired_is_refused_from_the_second_after_its_last() {
    let eco = ecosystem();
    let chain = presented(eco.issued::<C1>("acme").unwrap());
    let expected = eco.holding::<C1>("acme").unwrap().expectation();
    let validity = eco.trust().verify(&chain, expected, eco.now()).unwrap().path_validity().certificates();
    let (first, last) = (validity.not_before().as_secs(), validity.not_after().as_secs());
    let code_at =
        |seconds| eco.trust().verify(&chain, expected, at(seconds)).map(drop).map_err(|refusal| refusal.code());
    assert_eq!(code_at(first - 1), Err("certificate.not-yet-valid"));
    assert_eq!(code_at(first), Ok(()));
    assert_eq!(code_at(last), Ok(()));
    assert_eq!(code_at(last + 1), Err("certificate.expired"));
}

#[test]
fn the_path_is_valid_no_longer_than_its_issuing_ca() {
    let eco = ecosystem();
    let forty_years = 40 * 365 * DAY;
    let long = issue::<Enc1>("bank", |spec| {
        let now = eco.now().as_secs();
        spec.validity = Some(Validity { not_before: at(now - DAY), not_after: at(now + forty_years) });
    });
    let certificate = judge_as::<Enc1>(&long, "bank").unwrap();
    let issuing =
        CertificateChain::from_der(vec![eco.authority().issuing().clone()]).unwrap().claimed_validity().unwrap();
    assert!(certificate.validity().not_after() > issuing.not_after());
    let path = certificate.path_validity().certificates();
    assert_eq!(path.not_after(), issuing.not_after());
    assert_eq!(path.not_before(), certificate.validity().not_before());
}

#[test]
fn a_certificate_alone_verifies_when_the_bundle_holds_its_issuing_ca() {
    let eco = ecosystem();
    let alone = CertificateChain::from_peer(&eco.issued::<C4>(Ecosystem::HUB).unwrap().certificate, &[]).unwrap();
    let expected = eco.holding::<C4>(Ecosystem::HUB).unwrap().expectation();
    eco.trust().verify(&alone, expected, eco.now()).unwrap();

    let root_only = TrustFramework::from_der(Environment::Sandbox, vec![eco.authority().root().clone()]).unwrap();
    let refused = root_only.verify(&alone, expected, eco.now()).unwrap_err();
    let issuer = ca("Al Tareq Sandbox Trust Framework Issuing CA - G1");
    assert_eq!(refused.rule(), &Rule::UnknownIssuer { cause: UnknownIssuerCause::IssuerNotAtHand { issuer } });
    root_only.verify(&presented(eco.issued::<C4>(Ecosystem::HUB).unwrap()), expected, eco.now()).unwrap();
}

#[test]
fn an_expectation_of_another_environment_is_refused_before_anything_is_read() {
    let eco = ecosystem();
    let production = Ecosystem::builder(eco.now()).environment(Profile::production()).tpp("acme").build().unwrap();
    let chain = presented(eco.issued::<C1>("acme").unwrap());
    let expected = production.holding::<C1>("acme").unwrap().expectation();
    let refused = eco.trust().verify(&chain, expected, eco.now()).unwrap_err();
    assert_eq!(refused.rule(), &Rule::Environment { trusted: Environment::Sandbox, expected: Environment::Production });
    assert_eq!(
        refused.to_string(),
        "certificate refused as C1 (TPP to API Hub): the deployment is of production, the trust framework of sandbox: the two PKIs never mix"
    );
}

#[test]
fn roots_of_one_name_are_soon_tried_in_every_order() {
    let eco = ecosystem();
    let pool = KeyPool::new();
    // Roots of one name and different keys: each may have issued any other, and none leads to an anchor.
    let roots: Vec<_> =
        (1..MAX_CERTIFICATES).map(|_| Authority::new(Profile::named("Bank"), &pool, eco.now()).unwrap()).collect();
    let others = roots.iter().map(Authority::root);
    let leaf = roots[0].issue(&LeafSpec::client_transport(SubjectSpec::new("A", "A"))).unwrap().certificate;
    let sent: Vec<_> = [roots[0].issuing()].into_iter().chain(others).take(MAX_CERTIFICATES - 1).cloned().collect();
    let chain = CertificateChain::from_peer(&leaf, &sent).unwrap();
    let refused = eco.trust().verify(&chain, eco.holding::<C1>("acme").unwrap().expectation(), eco.now()).unwrap_err();
    // Neither a limit on depth nor one on work is reached.
    assert_eq!(refused.code(), "certificate.unknown-issuer");
}

#[test]
fn an_error_repeats_little_of_a_strangers_name() {
    let eco = ecosystem();
    let stranger = Authority::new(Profile::named("x".repeat(4096)), &KeyPool::new(), eco.now()).unwrap();
    let leaf = stranger.issue(&LeafSpec::client_transport(SubjectSpec::new("A", "A"))).unwrap().certificate;
    for others in [vec![], vec![stranger.issuing().clone()]] {
        let chain = CertificateChain::from_peer(&leaf, &others).unwrap();
        let expected = eco.holding::<C1>("acme").unwrap().expectation();
        let refused = eco.trust().verify(&chain, expected, eco.now()).unwrap_err();
        assert_eq!(refused.code(), "certificate.unknown-issuer");
        assert!(refused.to_string().len() < 512, "{refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The signature covers all of it: no certificate with one bit changed is accepted, and none makes the reader panic.
    #[test]
    fn no_changed_bit_goes_unnoticed(octet in any::<prop::sample::Index>(), bit in 0_u8..8, in_issuer in any::<bool>()) {
        let eco = ecosystem();
        let issued = eco.issued::<S4>("bank").unwrap();
        let mut chain = issued.chain();
        let mut changed = chain[usize::from(in_issuer)].to_vec();
        let position = octet.index(changed.len());
        changed[position] ^= 1 << bit;
        chain[usize::from(in_issuer)] = changed.into();

        let expected = eco.holding::<S4>("bank").unwrap().expectation();
        let root_only = TrustFramework::from_der(Environment::Sandbox, vec![eco.authority().root().clone()]).unwrap();
        let chain = CertificateChain::from_peer(&chain[0], &chain[1..]).unwrap();
        prop_assert!(root_only.verify(&chain, expected, eco.now()).is_err());
        prop_assert!(root_only.verify(&presented(issued), expected, eco.now()).is_ok());
    }

    #[test]
    fn no_octets_make_verification_panic(octets in prop::collection::vec(any::<u8>(), 0..512), cut in any::<prop::sample::Index>()) {
        let eco = ecosystem();
        let expected = eco.holding::<C1>("acme").unwrap().expectation();
        let sound = &eco.issued::<C1>("acme").unwrap().certificate;
        let truncated = sound[..cut.index(sound.len())].to_vec();
        for der in [octets, truncated] {
            let chain = CertificateChain::from_peer(&der.into(), &[]).unwrap();
            let refused = eco.trust().verify(&chain, expected, eco.now()).unwrap_err();
            prop_assert_eq!(refused.rule(), &Rule::Malformed);
        }
    }
}
