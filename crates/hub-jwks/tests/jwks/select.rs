//! Which key of a set serves which role.

use std::time::Duration;

use hub_jwks::{KeySet, MAX_KEYS, SelectCause, SelectError};
use hub_roles::{Enc1, Enc2, KeyId, OrganisationId, RoleId, Sig1, Sig2};
use hub_testkit::Validity;
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use crate::world::{ECOSYSTEM, certificate, now, published, set_of, with, without};

fn bank() -> OrganisationId {
    ECOSYSTEM.lfi("bank").unwrap().organisation()
}

fn sig2() -> Value {
    published(&certificate::<Sig2>("retail"))
}

fn enc1() -> Value {
    published(&certificate::<Enc1>("bank"))
}

fn kid_of(key: &Value) -> KeyId {
    key["kid"].as_str().unwrap().parse().unwrap()
}

fn verifying(keys: &[Value]) -> Result<KeyId, SelectError> {
    set_of(bank(), keys).verification_key::<Sig2>(&kid_of(&sig2())).map(|key| key.kid().clone())
}

fn sealing(keys: &[Value], registered: Option<&KeyId>) -> Result<KeyId, SelectError> {
    set_of(bank(), keys).encryption_key::<Enc1>(registered).map(|key| key.kid().clone())
}

fn code<T>(outcome: Result<T, SelectError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "selected")
}

#[test]
fn a_verification_key_is_the_owners_and_verifies_what_its_holder_signed() {
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    let sig1 = acme.sig1();
    let set = set_of(acme.client_id().clone(), &[published(sig1.certificate()), published(acme.enc2().certificate())]);

    let key = set.verification_key::<Sig1>(sig1.kid()).unwrap();
    assert_eq!((key.owner(), key.kid()), (acme.client_id(), sig1.kid()));
    let signature = sig1.sign_ps256(b"message").unwrap();
    assert!(key.verify_ps256(b"message", &signature).is_ok());
    assert!(key.verify_ps256(b"massage", &signature).is_err());

    assert_eq!(set.encryption_key::<Enc2>(None).unwrap().kid(), acme.enc2().kid());
    assert_eq!(code(set.verification_key::<Sig1>(acme.enc2().kid())), "keyset.not-for-role");
    assert_eq!(code(set.encryption_key::<Enc2>(Some(sig1.kid()))), "keyset.not-for-role");
}

#[test]
fn the_verification_keys_of_a_set_are_those_that_nothing_speaks_against() {
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    let (sig1, enc2) = (published(acme.sig1().certificate()), published(acme.enc2().certificate()));
    let kids = |keys: &[Value]| -> Vec<KeyId> {
        let set = set_of(acme.client_id().clone(), keys);
        set.verification_keys::<Sig1>().iter().map(|key| key.kid().clone()).collect()
    };
    assert_eq!(kids(&[enc2.clone(), sig1.clone()]), [kid_of(&sig1)]);
    assert_eq!(kids(&[enc2, with(&sig1, "alg", "RS256".into())]), []);
}

#[test]
fn use_operations_and_algorithm_must_not_speak_against_verifying() {
    let key = sig2();
    for (name, key, expected) in [
        ("as published", key.clone(), "selected"),
        ("without use", without(&key, &["use"]), "selected"),
        ("alg PS256", with(&key, "alg", "PS256".into()), "selected"),
        ("key_ops verify", with(&key, "key_ops", json!(["sign", "verify"])), "selected"),
        ("use enc", with(&key, "use", "enc".into()), "keyset.not-for-role"),
        ("use tls", with(&key, "use", "tls".into()), "keyset.not-for-role"),
        ("alg RS256", with(&key, "alg", "RS256".into()), "keyset.not-for-role"),
        ("alg in lower case", with(&key, "alg", "ps256".into()), "keyset.not-for-role"),
        ("alg RSA-OAEP-256", with(&key, "alg", "RSA-OAEP-256".into()), "keyset.not-for-role"),
        ("key_ops without verify", with(&key, "key_ops", json!(["encrypt"])), "keyset.not-for-role"),
        ("no key_ops at all", with(&key, "key_ops", json!([])), "keyset.not-for-role"),
        ("a private member", with(&key, "d", "AAAA".into()), "keyset.rejected"),
    ] {
        assert_eq!(code(verifying(&[key])), expected, "{name}");
    }
    assert_eq!(code(verifying(&[])), "keyset.unknown-kid");
}

#[test]
fn two_candidates_for_one_kid_are_no_choice_unless_the_members_decide() {
    let key = sig2();
    for (name, other, expected) in [
        ("the same", key.clone(), "keyset.ambiguous"),
        ("less said", without(&key, &["use", "x5c", "x5t#S256"]), "keyset.ambiguous"),
        ("for encryption", with(&key, "use", "enc".into()), "selected"),
        ("for another algorithm", with(&key, "alg", "PS512".into()), "selected"),
        ("for another operation", with(&key, "key_ops", json!(["encrypt"])), "selected"),
        ("another type", with(&without(&key, &["n", "e"]), "kty", "EC".into()), "selected"),
    ] {
        assert_eq!(code(verifying(&[key.clone(), other.clone()])), expected, "{name}");
        assert_eq!(code(verifying(&[other, key.clone()])), expected, "{name}, the other way round");
    }
}

#[test]
fn a_refusal_names_role_owner_and_kid() {
    let refused = verifying(&[]).unwrap_err();
    assert_eq!((refused.role(), refused.kid()), (RoleId::Sig2, Some(&kid_of(&sig2()))));
    assert_eq!(refused.cause(), &SelectCause::UnknownKid);
    let text = refused.to_string();
    for part in ["Sig2", &bank().to_string(), kid_of(&sig2()).as_str()] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn the_registered_encryption_key_is_taken_and_no_other() {
    let first = enc1();
    let second = with(&without(&first, &["x5c", "x5t#S256"]), "kid", "enc1-next".into());
    let keys = [first.clone(), second];
    for key in &keys {
        assert_eq!(sealing(&keys, Some(&kid_of(key))), Ok(kid_of(key)));
    }
    assert_eq!(code(sealing(&keys, Some(&"enc1-old".parse().unwrap()))), "keyset.unknown-kid");
    assert_eq!(code(sealing(&[first.clone(), first.clone()], Some(&kid_of(&first)))), "keyset.ambiguous");
    assert_eq!(sealing(&[without(&first, &["use"])], Some(&kid_of(&first))), Ok(kid_of(&first)));
}

#[test]
fn without_a_registered_kid_the_newest_certificate_is_taken() {
    let issued = |days: u64| {
        let start = UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs() - days * 86_400));
        let spec = ECOSYSTEM.holding::<Enc1>("bank").unwrap().spec().clone();
        let issued = ECOSYSTEM.authority().issue(&spec.with_validity(Validity::thirteen_months(start))).unwrap();
        let chain = hub_roles::CertificateChain::from_der(issued.chain()).unwrap();
        let expectation = ECOSYSTEM.holding::<Enc1>("bank").unwrap().expectation();
        published(&ECOSYSTEM.trust().verify(&chain, expectation, now()).unwrap())
    };
    let (old, new) = (issued(300), issued(10));
    let bare = with(&without(&old, &["x5c", "x5t#S256"]), "kid", "bare".into());
    for (name, keys, expected) in [
        ("new last", vec![old.clone(), new.clone()], &new),
        ("new first", vec![new.clone(), old.clone()], &new),
        ("beside a bare key", vec![bare.clone(), old.clone()], &old),
        ("beside a newer one for signing", vec![old.clone(), with(&new, "use", "sig".into())], &old),
        ("beside a newer one for another algorithm", vec![old.clone(), with(&new, "alg", "RSA-OAEP".into())], &old),
        ("bare keys only: the first", vec![bare.clone(), with(&bare, "kid", "later".into())], &bare),
    ] {
        assert_eq!(sealing(&keys, None), Ok(kid_of(expected)), "{name}");
    }
    assert_eq!(code(sealing(&[without(&old, &["use"])], None)), "keyset.no-encryption-key");
    assert_eq!(code(sealing(&[sig2()], None)), "keyset.no-encryption-key");
    assert_eq!(code(sealing(&[old.clone(), old], None)), "keyset.ambiguous");
}

#[test]
fn a_debug_output_says_whose_set_it_is() {
    let set: KeySet<OrganisationId> = set_of(bank(), &[sig2()]);
    let text = format!("{set:?}");
    assert!(text.contains(&bank().to_string()) && text.contains(kid_of(&sig2()).as_str()), "{text}");
}

/// A server answers for the `kid` of a token; a key to encrypt to is its own affair.
#[test]
fn an_unknown_kid_is_the_tokens_fault_and_may_be_in_a_newer_set() {
    let unknown = verifying(&[]).unwrap_err();
    assert_eq!((unknown.hub_code(), unknown.is_retryable()), (Some("JWS.InvalidHeader"), true), "{unknown}");
    let twice = verifying(&[sig2(), sig2()]).unwrap_err();
    assert_eq!((twice.hub_code(), twice.is_retryable()), (Some("JWS.InvalidHeader"), false), "{twice}");
    let unpublished = sealing(&[], Some(&kid_of(&enc1()))).unwrap_err();
    assert_eq!((unpublished.hub_code(), unpublished.is_retryable()), (None, true), "{unpublished}");
    let none = sealing(&[], None).unwrap_err();
    assert_eq!((none.hub_code(), none.is_retryable()), (None, false), "{none}");
}

#[test]
fn each_of_as_many_keys_as_there_may_be_is_found_by_its_kid() {
    // In no order of theirs.
    let kid = |number: usize| format!("key-{}", number * 37 % 101);
    let keys: Vec<Value> = (1..=MAX_KEYS)
        .map(|number| with(&without(&sig2(), &["x5c", "x5t#S256", "x5u"]), "kid", json!(kid(number))))
        .collect();
    let set = set_of(bank(), &keys);
    assert_eq!((set.keys().len(), set.rejected()), (MAX_KEYS, &[][..]));
    for (key, number) in set.keys().iter().zip(1..) {
        assert_eq!(key.kid().as_str(), kid(number), "in the order of the set");
        let found = set.verification_key::<Sig2>(key.kid()).map(|key| key.kid().clone());
        assert_eq!(found.as_ref(), Ok(key.kid()));
    }
    for absent in ["key", "key-0", "key-101", "~"] {
        assert_eq!(code(set.verification_key::<Sig2>(&absent.parse().unwrap())), "keyset.unknown-kid", "{absent}");
    }
}
