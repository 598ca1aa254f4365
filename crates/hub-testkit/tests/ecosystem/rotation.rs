//! New keys, old keys, and who still knows which.

use hub_roles::{C1, Enc1, InstanceId, Sig1, Sig2, Sig4};

use crate::sandbox;

#[test]
fn a_rotation_keeps_the_subject_and_changes_key_and_kid() {
    let mut eco = sandbox();
    let before = eco.tpp("acme").unwrap().sig1();
    eco.rotate::<Sig1>("acme").unwrap();
    let after = eco.tpp("acme").unwrap().sig1();
    assert_eq!(before.certificate().subject(), after.certificate().subject());
    assert_ne!(before.kid(), after.kid());
    assert_ne!(before.certificate().public_key(), after.certificate().public_key());
    assert!(after.certificate().validity().not_before() > before.certificate().validity().not_before());
}

#[test]
fn generations_go_from_use_through_overlap_to_retirement() {
    let mut eco = sandbox();
    let mut kids = vec![eco.hub().sig2("sme").unwrap().kid().clone()];
    for _ in 0..2 {
        eco.rotate::<Sig2>("sme").unwrap();
        kids.insert(0, eco.hub().sig2("sme").unwrap().kid().clone());
    }
    let state = |eco: &hub_testkit::Ecosystem| {
        let held = eco.holding::<Sig2>("sme").unwrap();
        let kids = |generations: &[hub_testkit::Generation<Sig2>]| {
            generations.iter().map(|generation| generation.kid().clone()).collect::<Vec<_>>()
        };
        (held.current().kid().clone(), kids(held.overlapping()), kids(held.retired()))
    };
    assert_eq!(state(&eco), (kids[0].clone(), kids[1..].to_vec(), vec![]));
    eco.retire::<Sig2>("sme").unwrap();
    assert_eq!(state(&eco), (kids[0].clone(), vec![], kids[1..].to_vec()));
    eco.rotate::<Sig2>("sme").unwrap();
    eco.retire::<Sig2>("sme").unwrap();
    let (newest, overlapping, retired) = state(&eco);
    assert!(!kids.contains(&newest) && overlapping.is_empty());
    assert_eq!(retired, kids);
}

#[test]
fn every_deployment_names_the_new_enc1_after_its_rotation() {
    let mut eco = sandbox();
    let retail: InstanceId = "retail".parse().unwrap();
    for _ in 0..2 {
        let kid = eco.lfi("bank").unwrap().enc1().kid().clone();
        let deployments =
            [eco.hub().deployment(), eco.tpp("acme").unwrap().deployment(), eco.lfi("bank").unwrap().deployment()];
        for deployment in deployments {
            assert_eq!(deployment.instance(&retail).unwrap().lfi().enc1_kid().unwrap(), &kid);
        }
        eco.rotate::<Enc1>("bank").unwrap();
        assert_ne!(eco.lfi("bank").unwrap().enc1().kid(), &kid);
    }
}

#[test]
fn every_enc1_still_opens_what_was_encrypted_to_it() {
    let mut eco = sandbox();
    let mut recipients = vec![eco.lfi("bank").unwrap().enc1_public_key().unwrap()];
    for retire in [true, false] {
        eco.rotate::<Enc1>("bank").unwrap();
        if retire {
            eco.retire::<Enc1>("bank").unwrap();
        }
        recipients.push(eco.lfi("bank").unwrap().enc1_public_key().unwrap());
    }
    let keys = eco.lfi("bank").unwrap().enc1_keys();
    let retired: Vec<bool> = keys.iter().map(|key| key.is_retired()).collect();
    assert_eq!(retired, [false, false, true]);
    for recipient in &recipients {
        let sealed = recipient.encrypt_oaep(b"content encryption key").unwrap();
        let key = keys.iter().find(|key| key.kid() == recipient.kid()).unwrap();
        assert_eq!(key.decrypt_oaep(&sealed).unwrap().as_slice(), b"content encryption key");
    }
}

#[test]
fn what_is_not_held_is_not_rotated() {
    let mut eco = sandbox();
    assert_eq!(eco.rotate::<C1>("bank").unwrap_err().code(), "testkit.not-held");
    assert_eq!(eco.rotate::<Sig4>("other-bank").unwrap_err().code(), "testkit.not-held");
    assert_eq!(eco.retire::<Sig2>("bank").unwrap_err().code(), "testkit.not-held");
    assert!(eco.rotate::<Sig4>("bank").is_ok());
}
