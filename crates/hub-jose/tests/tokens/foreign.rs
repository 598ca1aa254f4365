//! What OpenSSL signs and encrypts: with the parameters of PS256 and RSA-OAEP-256, and with each of them changed.

use std::sync::Arc;

use hub_jose::TokenRule;
use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use hub_roles::{DecryptionKey, Enc1, EncryptionKey, KeyId, RsaPublicKey, Sig1, SoftwareKey, VerificationKey};
use hub_testkit::TestKey;

use crate::cast::{ECO, acme};
use crate::forge::{self, Parts};

const LIMIT: usize = 8192;

/// The lines of `foreign/openssl.txt` whose names begin with `prefix`, the sound one first.
fn lines(prefix: &str) -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("foreign/openssl.txt").lines().map(|line| line.split_once(' ').unwrap());
    lines.filter(|(name, _)| name.starts_with(prefix)).collect()
}

fn kid() -> KeyId {
    "k".parse().unwrap()
}

fn public() -> RsaPublicKey {
    RsaPublicKey::from_spki_der(&TestKey::rsa_3072().unwrap().public_key()).unwrap()
}

fn verify(signature: &str) -> Result<Vec<u8>, TokenRule> {
    let key = VerificationKey::<Sig1>::registered(acme().clone(), kid(), public()).unwrap();
    let [(_, input)] = lines("input").try_into().unwrap();
    Jws::parse(&format!("{input}.{signature}"), LIMIT).unwrap().verify(&key).map(<[u8]>::to_vec)
}

#[test]
fn a_signature_has_the_parameters_of_ps256_and_no_others() {
    let signatures = lines("signature-");
    let [(_, sound), others @ ..] = signatures.as_slice() else { panic!("no signatures") };
    assert_eq!(verify(sound).unwrap(), br#"{"from":"OpenSSL"}"#);
    assert_eq!(others.len(), 7);
    for (name, signature) in others {
        assert_eq!(verify(signature), Err(TokenRule::Signature), "{name}");
    }
}

/// The same residue, written as a number beyond the modulus, which a lax verifier reduces first.
#[test]
fn a_signature_is_less_than_the_modulus() {
    let (_, sound) = lines("signature-")[0];
    let signature = forge::from_base64url(sound);
    let mut sum = vec![0; signature.len()];
    let mut carry = 0;
    for (at, octet) in sum.iter_mut().enumerate().rev() {
        let digit = u16::from(signature[at]) + u16::from(public().modulus()[at]) + carry;
        *octet = digit as u8;
        carry = digit >> 8;
    }
    assert_eq!(carry, 0, "the fixture's signature is small enough for the sum to have the modulus' length");
    assert_eq!(verify(&forge::base64url(&sum)), Err(TokenRule::Signature));
}

#[test]
fn an_encrypted_key_has_the_parameters_of_rsa_oaep_256_and_no_others() {
    let pem = TestKey::rsa_3072().unwrap().to_pkcs8_pem().unwrap();
    let keys = [DecryptionKey::<Enc1>::bare(kid(), Arc::new(SoftwareKey::from_pem(pem.as_bytes()).unwrap()))];
    let recipient = ECO.lfi("bank").unwrap().organisation();
    let to = EncryptionKey::<Enc1>::registered(recipient, kid(), public()).unwrap();
    let decrypt = |encrypted_key: &str| {
        let mut parts = Parts::new(&to, &forge::jwe_header(&to), &[3; 32], b"content");
        parts.encrypted_key = forge::from_base64url(encrypted_key);
        Jwe::parse(&parts.join(), LIMIT).unwrap().decrypt(&keys).map(|content| content.to_vec())
    };
    let encrypted = lines("key-");
    let [(_, sound), others @ ..] = encrypted.as_slice() else { panic!("no encrypted keys") };
    assert_eq!(decrypt(sound).unwrap(), b"content");
    assert_eq!(others.len(), 4);
    for (name, encrypted_key) in others {
        assert_eq!(decrypt(encrypted_key), Err(TokenRule::Decryption), "{name}");
    }
}
