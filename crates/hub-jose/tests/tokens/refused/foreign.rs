//! What OpenSSL signs and encrypts: with the parameters of PS256 and RSA-OAEP-256, and with each of them changed.

use std::sync::Arc;

use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use hub_roles::{DecryptionKey, Enc1, EncryptionKey, KeyId, RsaPublicKey, Sig1, SoftwareKey, VerificationKey};
use hub_testkit::TestKey;

use super::{Case, Row, Side, Verdict, code};
use crate::cast::{ECO, acme};
use crate::forge::{self, Parts, base64url, from_base64url};

pub(super) fn cases() -> Vec<Case> {
    let signatures = others("signature-").map(|(name, signature)| {
        made_with(Row::Signature, format!("by OpenSSL: {name}"), "token.signature", verify, move |sound| {
            *sound = from_base64url(signature);
        })
    });
    let keys = others("key-").map(|(name, key)| {
        made_with(Row::Oracle, format!("by OpenSSL: {name}"), "token.decryption", decrypt, move |sound| {
            *sound = from_base64url(key);
        })
    });
    // The same residue, written as a number beyond the modulus, which a lax verifier reduces first. The fixture's signature is
    // small enough for the sum to have the modulus' length.
    let beyond =
        made_with(Row::Signature, "the sum of it and the modulus".into(), "token.signature", verify, |sound| {
            let mut carry = 0;
            for (digit, addend) in sound.iter_mut().zip(public().modulus()).rev() {
                let sum = u16::from(*digit) + u16::from(*addend) + carry;
                (*digit, carry) = (sum as u8, sum >> 8);
            }
            assert_eq!(carry, 0);
        });
    signatures.chain(keys).chain([beyond]).collect()
}

fn made_with(
    row: Row,
    name: String,
    rule: &'static str,
    judge: fn(&[u8]) -> Verdict,
    change: impl Fn(&mut Vec<u8>) + 'static,
) -> Case {
    let line = if row == Row::Signature { "signature-sound" } else { "key-sound" };
    let made = move |side| {
        let mut octets = from_base64url(of_line(line));
        if let Side::Refused = side {
            change(&mut octets);
        }
        octets
    };
    Case::new(row, name, rule, move |octets: &Vec<u8>| judge(octets), made)
}

fn verify(signature: &[u8]) -> Verdict {
    let key = VerificationKey::<Sig1>::registered(acme().clone(), kid(), public()).unwrap();
    let token = format!("{}.{}", of_line("input"), base64url(signature));
    Jws::parse(&token, 8192).unwrap().verify(&key).map(drop).map_err(|rule| code(&rule))
}

fn decrypt(encrypted_key: &[u8]) -> Verdict {
    let pem = TestKey::rsa_3072().unwrap().to_pkcs8_pem().unwrap();
    let keys = [DecryptionKey::<Enc1>::bare(kid(), Arc::new(SoftwareKey::from_pem(pem.as_bytes()).unwrap()))];
    let recipient = ECO.lfi("bank").unwrap().organisation();
    let to = EncryptionKey::<Enc1>::registered(recipient, kid(), public()).unwrap();
    let mut parts = Parts::new(&to, &forge::jwe_header(&to), &[3; 32], b"content");
    parts.encrypted_key = encrypted_key.to_vec();
    Jwe::parse(&parts.join(), 8192).unwrap().decrypt(&keys).map(drop).map_err(|rule| code(&rule))
}

/// The lines of `foreign/openssl.txt`: a name and base64url.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("foreign/openssl.txt").lines().map(|line| line.split_once(' ').unwrap())
}

fn of_line(name: &str) -> &'static str {
    lines().find_map(|(of, text)| (of == name).then_some(text)).unwrap()
}

/// All but the sound one.
fn others(prefix: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines().filter(move |(name, _)| name.starts_with(prefix) && !name.ends_with("sound"))
}

fn kid() -> KeyId {
    "k".parse().unwrap()
}

fn public() -> RsaPublicKey {
    RsaPublicKey::from_spki_der(&TestKey::rsa_3072().unwrap().public_key()).unwrap()
}
