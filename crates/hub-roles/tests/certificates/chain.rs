//! Chains as files hold them and as peers send them.

use hub_roles::{C1, CertificateChain, ChainError, MAX_CERTIFICATE_OCTETS, MAX_CERTIFICATES, S4};
use hub_testkit::{Defect, KeyPool};
use proptest::prelude::*;
use rustls_pki_types::CertificateDer;

use crate::support::{ecosystem, presented};

/// End entity, issuing CA, root.
fn in_order() -> Vec<CertificateDer<'static>> {
    let eco = ecosystem();
    [&eco.issued::<C1>("acme").unwrap().certificate, eco.authority().issuing(), eco.authority().root()]
        .into_iter()
        .cloned()
        .collect()
}

fn pem(certificates: &[CertificateDer<'_>]) -> String {
    certificates
        .iter()
        .map(|der| der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, der).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn the_order_in_a_file_does_not_matter(shuffled in Just(in_order()).prop_shuffle()) {
        let chain = CertificateChain::from_pem(pem(&shuffled).as_bytes()).unwrap();
        prop_assert_eq!(chain.certificates(), in_order());
        prop_assert_eq!(CertificateChain::from_der(shuffled).unwrap(), chain);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", cut in any::<prop::sample::Index>()) {
        let _ = CertificateChain::from_pem(text.as_bytes());
        let sound = pem(&in_order());
        let cut = cut.index(sound.len());
        let _ = CertificateChain::from_pem(&sound.as_bytes()[..cut]);
        let _ = CertificateChain::from_pem(&sound.as_bytes()[cut..]);
    }
}

#[test]
fn a_file_may_hold_a_key_and_text_beside_the_chain() {
    let issued = ecosystem().issued::<C1>("acme").unwrap();
    let file = format!("subject=...\n{}{}", issued.key_pem().unwrap(), issued.chain_pem().unwrap());
    let chain = CertificateChain::from_pem(file.as_bytes()).unwrap();
    assert_eq!(chain.certificates(), issued.chain());
    assert_eq!(chain.kid().as_str().len(), 43);
    assert_eq!(format!("{chain:?}"), format!("CertificateChain(2 certificates, kid {})", chain.kid()));
}

#[test]
fn a_file_without_certificates_is_empty() {
    assert_eq!(CertificateChain::from_pem(b""), Err(ChainError::Empty));
    let key = ecosystem().issued::<C1>("acme").unwrap().key_pem().unwrap();
    assert_eq!(CertificateChain::from_pem(key.as_bytes()), Err(ChainError::Empty));
    assert_eq!(CertificateChain::from_der(Vec::new()), Err(ChainError::Empty));
}

#[test]
fn damage_is_told_from_absence() {
    let damaged = pem(&in_order()).replacen("MII", "M!!", 1);
    assert_eq!(CertificateChain::from_pem(damaged.as_bytes()), Err(ChainError::Pem));
    let mut truncated = in_order();
    truncated[1] = truncated[1][..100].to_vec().into();
    assert_eq!(CertificateChain::from_der(truncated), Err(ChainError::Malformed));
}

#[test]
fn a_chain_has_one_end_entity() {
    let s4 = ecosystem().issued::<S4>("bank").unwrap().certificate.clone();
    let [leaf, issuing, root] = <[_; 3]>::try_from(in_order()).unwrap();
    let from_der = |certificates: &[&CertificateDer<'static>]| {
        CertificateChain::from_der(certificates.iter().map(|&der| der.clone()).collect())
    };
    assert_eq!(from_der(&[&leaf, &s4, &issuing]), Err(ChainError::EndEntities { found: 2 }));
    assert_eq!(from_der(&[&leaf, &leaf]), Err(ChainError::EndEntities { found: 2 }));
    assert_eq!(from_der(&[&issuing, &root]), Err(ChainError::EndEntities { found: 0 }));
    assert!(from_der(&[&issuing]).is_ok(), "what a single certificate is, verification judges");
    assert!(from_der(&[&leaf, &issuing]).is_ok());
}

#[test]
fn a_ca_that_issued_nothing_in_the_chain_does_not_belong_there() {
    let eco = ecosystem();
    let stranger = hub_testkit::Authority::production(&KeyPool::new(), eco.now()).unwrap();
    let mut certificates = in_order();
    certificates.push(stranger.issuing().clone());
    assert_eq!(CertificateChain::from_der(certificates), Err(ChainError::Unrelated));
    let gap = vec![in_order()[0].clone(), in_order()[2].clone()];
    assert_eq!(CertificateChain::from_der(gap), Err(ChainError::Unrelated), "the issuing CA between them is missing");
}

#[test]
fn both_certificates_of_a_cross_signed_ca_belong_to_a_chain_in_any_order() {
    let [leaf, issuing, root] = <[_; 3]>::try_from(in_order()).unwrap();
    // The same root under an older one that is not sent: no signature is looked at before verification.
    let mut octets = root.to_vec();
    let issuer = octets.windows(12).position(|octets| octets == b"Root CA - G1").unwrap();
    octets[issuer..issuer + 12].copy_from_slice(b"Root CA - G0");
    let cross_signed = CertificateDer::from(octets);
    for roots in [[&root, &cross_signed], [&cross_signed, &root]] {
        let certificates = [roots[0], &issuing, &leaf, roots[1]].map(Clone::clone);
        let chain = CertificateChain::from_der(certificates.to_vec()).unwrap();
        assert_eq!(chain.certificates()[..2], [leaf.clone(), issuing.clone()]);
    }
    let without_issuer = CertificateChain::from_der(vec![leaf, cross_signed]);
    assert_eq!(without_issuer, Err(ChainError::Unrelated));
}

#[test]
fn what_a_peer_sends_keeps_its_order() {
    let [leaf, issuing, root] = <[_; 3]>::try_from(in_order()).unwrap();
    let chain = CertificateChain::from_peer(&leaf, &[root.clone(), issuing.clone()]).unwrap();
    assert_eq!(chain.certificates(), [leaf.clone(), root, issuing.clone()]);
    let reversed = CertificateChain::from_peer(&issuing, std::slice::from_ref(&leaf)).unwrap();
    assert_ne!(reversed.kid(), presented(ecosystem().issued::<C1>("acme").unwrap()).kid());
}

#[test]
fn numbers_and_sizes_are_limited_before_anything_is_parsed() {
    let junk = |octets: usize| CertificateDer::from(vec![0; octets]);
    let most = vec![junk(1); MAX_CERTIFICATES];
    assert!(CertificateChain::from_peer(&most[0], &most[1..]).is_ok());
    assert_eq!(CertificateChain::from_peer(&junk(1), &most), Err(ChainError::TooMany));
    assert_eq!(CertificateChain::from_der(vec![junk(1); MAX_CERTIFICATES + 1]), Err(ChainError::TooMany));
    let many = pem(&in_order()[..1]).repeat(MAX_CERTIFICATES + 1);
    assert_eq!(CertificateChain::from_pem(many.as_bytes()), Err(ChainError::TooMany));

    assert!(CertificateChain::from_peer(&junk(MAX_CERTIFICATE_OCTETS), &[]).is_ok());
    let found = MAX_CERTIFICATE_OCTETS + 1;
    assert_eq!(CertificateChain::from_peer(&junk(found), &[]), Err(ChainError::TooLarge { found }));
    assert_eq!(CertificateChain::from_peer(&junk(1), &[junk(found)]), Err(ChainError::TooLarge { found }));

    let eco = ecosystem();
    let spec = eco.holding::<C1>("acme").unwrap().spec();
    let oversized = Defect::Oversized.build(eco.authority(), spec).unwrap().presented;
    let refused = CertificateChain::from_pem(oversized.chain_pem().unwrap().as_bytes()).unwrap_err();
    assert_eq!(refused, ChainError::TooLarge { found: oversized.certificate.len() });
    assert_eq!(refused.code(), "chain.too-large");
}
