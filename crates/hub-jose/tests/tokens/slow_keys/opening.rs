//! Content encryption keys that are decrypted elsewhere.

use hub_jose::{Opener, TokenError, TokenRule, jwe, nested};
use hub_roles::{Enc1, KeyError, LoginHint, Pii, Sig1, Sig2, WebhookEvent};

use super::{damaged_key, enc1, enc2, far_key};
use crate::cast::{CONNECTIONS, CONSENT, ECO, event, from_acme, now, public};
use crate::forge::{self, Parts};
use crate::kinds::{Kind, enc1_public, encryption_key, pii_opener, sealed_event, sealed_hint, sealed_pii};

#[test]
fn what_fails_in_the_service_ends_in_the_one_error() {
    let opener = Opener::<Pii>::new([far_key(&enc1())]);
    let jwe = sealed_pii();
    let content_key = |jwe: &str| enc1().decrypt_oaep(opener.prepare(jwe).unwrap().encrypted_key()).unwrap();
    let sound = content_key(&jwe);
    assert!(opener.prepare(&jwe).unwrap().complete(Ok::<_, KeyError>(sound.clone())).is_ok());
    assert!(opener.prepare(&jwe).unwrap().complete(Ok::<_, ()>(sound.to_vec())).is_ok());

    let mut one_bit = sound.clone();
    one_bit[31] ^= 1;
    let wrong = [
        ("another token's", content_key(&sealed_pii())),
        ("one bit", one_bit),
        ("an octet short", sound[..31].to_vec().into()),
        ("an octet long", [sound.as_slice(), &[0]].concat().into()),
        ("16 octets", sound[..16].to_vec().into()),
        ("zeros", vec![0; 32].into()),
        ("nothing", vec![].into()),
    ];
    let one: TokenError = pii_opener().decrypt(&damaged_key(&jwe)).unwrap_err();
    assert_eq!((one.rule(), one.hub_code()), (&TokenRule::Decryption, Some("JWE.DecryptionError")));
    for (name, content_key) in wrong {
        let refused = opener.prepare(&jwe).unwrap().complete(Ok::<_, KeyError>(content_key)).unwrap_err();
        assert_eq!(refused, one, "{name}");
    }
    // Why it failed is not looked at.
    let refused = opener.prepare(&jwe).unwrap().complete(Err::<Vec<u8>, _>(KeyError::Failed)).unwrap_err();
    assert_eq!(refused, one);
    let refused = opener.prepare(&jwe).unwrap().complete(Err::<Vec<u8>, _>("InvalidCiphertextException")).unwrap_err();
    assert_eq!(refused, one);
}

#[test]
fn whatever_fails_in_the_service_allocates_alike() {
    let opener = Opener::<Pii>::new([far_key(&enc1())]);
    let allocations = |content_key: Result<Vec<u8>, KeyError>| {
        let prepared = opener.prepare(&sealed_pii()).unwrap();
        let taken = allocation_counter::measure(|| drop(prepared.complete(content_key).unwrap_err()));
        (taken.count_total, taken.bytes_total)
    };
    let refused = allocations(Err(KeyError::Failed));
    assert_eq!(allocations(Ok(vec![7; 32])), refused);
    assert_eq!(allocations(Ok(vec![7; 16])), refused);
    assert_eq!(allocations(Ok(Vec::new())), refused);
}

#[test]
fn one_call_to_a_key_that_is_not_here_names_the_two_steps() {
    let opener = Opener::<Pii>::new([far_key(&enc1())]);
    // The token is not to blame, whatever it is.
    for jwe in [sealed_pii(), damaged_key(&sealed_pii())] {
        let refused = opener.open(&jwe, &[public("acme")], &from_acme(), now()).unwrap_err();
        assert_eq!(refused.rule(), &TokenRule::RemoteKey { kid: enc1().kid().clone() });
        assert_eq!((refused.code(), refused.hub_code()), ("token.remote-key", None));
        assert!(refused.to_string().contains("`prepare`") && refused.to_string().contains("`complete`"), "{refused}");
    }
}

#[test]
fn the_key_that_has_to_decrypt_is_named() {
    let (active, other) = (enc1(), ECO.lfi("other-bank").unwrap().enc1());
    let opener = Opener::<Pii>::new([far_key(&other), far_key(&active)]);
    let prepared = opener.prepare(&sealed_pii()).unwrap();
    assert_eq!(prepared.kid(), active.kid());
    assert_eq!(prepared.encrypted_key().len(), 256);

    // The one in memory decrypts by itself, the one elsewhere does not.
    let mixed = Opener::<Pii>::new([far_key(&other), active.clone()]);
    let prepared = mixed.prepare(&sealed_pii()).unwrap();
    assert!(!prepared.is_remote());
    assert!(prepared.decrypt().is_ok());
    let to_the_other = nested::seal(&Kind::Pii.issue(), &encryption_key::<Enc1>("other-bank")).unwrap();
    let prepared = mixed.prepare(&to_the_other).unwrap();
    assert!(prepared.is_remote());
    assert_eq!(prepared.kid(), other.kid());
    let content_key = other.decrypt_oaep(prepared.encrypted_key());
    assert!(prepared.complete(content_key).is_ok());

    // Without a kid it is the only one, under its own name.
    let mut header = forge::jwe_header(&enc1_public());
    forge::remove(&mut header, "kid");
    let unnamed = Parts::new(&enc1_public(), &header, &[3; 32], Kind::Pii.issue().as_bytes()).join();
    let only = Opener::<Pii>::new([far_key(&active)]);
    assert_eq!(only.prepare(&unnamed).unwrap().kid(), active.kid());

    // What needs no key is refused before one is asked.
    let code = |opener: &Opener<Pii>, jwe: &str| opener.prepare(jwe).unwrap_err().code();
    assert_eq!(code(&opener, &unnamed), "token.no-key-named");
    assert_eq!(code(&only, &to_the_other), "token.unknown-key");
    assert_eq!(code(&only, "a.b.c"), "token.segments");
    let mut header = forge::jwe_header(&enc1_public());
    header["cty"] = "json".into();
    assert_eq!(code(&only, &Parts::new(&enc1_public(), &header, &[3; 32], b"x").join()), "token.cty");
}

#[test]
fn what_was_opened_elsewhere_is_verified_as_always() {
    let opener = Opener::<Pii>::new([far_key(&enc1())]);
    let open = |jwe: &str| {
        let prepared = opener.prepare(jwe).unwrap();
        let content_key = enc1().decrypt_oaep(prepared.encrypted_key());
        prepared.complete(content_key)
    };
    let (keys, nobody) = ([public::<Sig1>("acme")], []);
    let pii = open(&sealed_pii()).unwrap();
    assert!(pii.verify_with_one_of(&keys, &from_acme(), now()).is_ok());
    assert!(pii.verify(&keys[0], &from_acme(), now()).is_ok());
    assert!(pii.verify_later(&nobody, &keys, &from_acme(), now()).is_ok());
    assert!(pii.accept_vouched(&CONNECTIONS.hub_calling, &from_acme(), now()).is_ok());
    let refused = pii.verify_with_one_of(&nobody, &from_acme(), now()).unwrap_err();
    assert_eq!(refused.code(), "token.unknown-key");
    let refused = open(&jwe::encrypt(&enc1_public(), None, br#"{"Initiation":{}}"#).unwrap()).unwrap_err();
    assert_eq!(refused.code(), "token.plain-content");

    let opener = Opener::<LoginHint>::new([far_key(&enc1())]);
    let prepared = opener.prepare(&sealed_hint()).unwrap();
    let content_key = enc1().decrypt_oaep(prepared.encrypted_key());
    assert!(prepared.complete(content_key).unwrap().verify_with_one_of(&keys, &from_acme(), now()).is_ok());

    let opener = Opener::<WebhookEvent>::new([far_key(&enc2())]);
    let prepared = opener.prepare(&sealed_event()).unwrap();
    let content_key = enc2().decrypt_oaep(prepared.encrypted_key());
    let token = prepared.complete(content_key).unwrap();
    assert_eq!(token.claimed_consent_id().unwrap(), CONSENT);
    assert!(token.verify(&public::<Sig2>("retail"), &event(), now()).is_ok());
}
