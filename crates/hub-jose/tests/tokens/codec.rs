//! The codecs: round trips, and no tolerance at all.

use hub_jose::jwe::{self, Jwe};
use hub_jose::jws::{self, Jws};
use hub_jose::{IdToken, Opener, SignedRequest, TokenRule, Unverified, nested};
use hub_roles::{DecryptionKey, Enc1, Pii, Sig1};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cast::{ECO, NONCE, acme, from_acme, issuer, login, now, public, sig1, signer1};
use crate::forge;
use crate::kinds::{
    Kind, enc1_public, event_draft, hint_draft, id_token, pii_draft, pii_opener, request_object, sealed_pii,
    signed_request, signed_response,
};

const LIMIT: usize = 1 << 20;

fn bank_key() -> [DecryptionKey<Enc1>; 1] {
    [ECO.lfi("bank").unwrap().enc1()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_signed_verifies(payload in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let token = jws::sign(&sig1(), None, None, &payload).unwrap();
        let parsed = Jws::parse(&token, LIMIT).unwrap();
        prop_assert_eq!(parsed.verify(&public::<Sig1>("acme")).unwrap(), payload);
    }

    #[test]
    fn what_is_encrypted_decrypts(plaintext in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let token = jwe::encrypt(&enc1_public(), None, &plaintext).unwrap();
        let decrypted = Jwe::parse(&token, LIMIT).unwrap().decrypt(&bank_key()).unwrap();
        prop_assert_eq!(&decrypted[..], plaintext);
    }

    #[test]
    fn what_is_signed_and_encrypted_is_both_undone(payload in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let token = nested::seal(&jws::sign(&sig1(), None, None, &payload).unwrap(), &enc1_public()).unwrap();
        let inner = nested::open(&token, &bank_key(), LIMIT).unwrap();
        prop_assert_eq!(inner.verify(&public::<Sig1>("acme")).unwrap(), payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_single_octet_changed_in_a_jws_is_noticed(at in any::<prop::sample::Index>(), other in 0..128_u8) {
        let mut token = SIGNED.clone().into_bytes();
        let at = at.index(token.len());
        prop_assume!(token[at] != other);
        token[at] = other;
        prop_assert!(Kind::SignedRequest.accept(str::from_utf8(&token).unwrap()).is_err());
    }

    #[test]
    fn any_single_octet_changed_in_a_jwe_is_noticed(at in any::<prop::sample::Index>(), other in 0..128_u8) {
        let mut token = SEALED.clone().into_bytes();
        let at = at.index(token.len());
        prop_assume!(token[at] != other);
        token[at] = other;
        let token = str::from_utf8(&token).unwrap();
        prop_assert!(pii_opener().open(token, &[public("acme")], &from_acme(), now()).is_err());
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "[A-Za-z0-9_.=-]{0,80}|\\PC{0,40}") {
        let _ = Jws::parse(&text, LIMIT);
        let _ = Jwe::parse(&text, LIMIT);
        let _ = crate::cast::bank_side::<hub_roles::HubToLfi>().parse_request([format!("Bearer {text}")]);
    }

    #[test]
    fn no_header_and_no_payload_makes_a_parser_panic(
        header in "\\PC{0,40}|\\{\"alg\":\"PS256\"(,\"\\PC{0,8}\":[0-9\"a-z\\[\\]]{0,4})?\\}",
        payload in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let text = format!("{}.{}.AAAA", forge::base64url(header.as_bytes()), forge::base64url(&payload));
        if let Ok(token) = Unverified::<SignedRequest<Value>>::parse(&text) {
            prop_assert!(token.verify(&public("acme"), &from_acme(), now()).is_err());
        }
    }
}

static SIGNED: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| Kind::SignedRequest.issue());
static SEALED: std::sync::LazyLock<String> = std::sync::LazyLock::new(sealed_pii);

#[test]
fn sizes_are_limited_by_kind_and_settable_for_files() {
    let message = |octets: usize| SignedRequest::new(acme(), issuer("retail"), json!({"file": "x".repeat(octets)}));
    let verify = |token: &str, limit: Option<usize>| {
        let parsed = match limit {
            None => Unverified::<SignedRequest<Value>>::parse(token),
            Some(limit) => Unverified::parse_up_to(token, limit),
        };
        parsed.and_then(|token| token.verify(&public("acme"), &from_acme(), now())).map(drop)
    };
    let small = signer1().sign(&message(700 << 10), now()).unwrap();
    assert_eq!(verify(&small, None), Ok(()));
    let large = signer1().sign(&message(2 << 20), now()).unwrap();
    assert_eq!(verify(&large, None).unwrap_err().code(), "token.too-large");
    assert_eq!(verify(&large, Some(4 << 20)), Ok(()));
    assert_eq!(verify(&large, Some(2 << 20)).unwrap_err().code(), "token.too-large");

    let padded = format!("{}{}", Kind::ClientAssertion.issue(), "A".repeat(8192));
    let limit = TokenRule::TooLarge { limit: 8192, found: padded.len() };
    assert_eq!(Kind::ClientAssertion.accept(&padded).unwrap_err().rule(), &limit);
    let too_much = Unverified::<hub_jose::ClientAssertion>::parse_up_to(&padded, usize::MAX).unwrap_err();
    assert_eq!(too_much.rule(), &limit, "not settable for assertions");
}

#[test]
fn what_no_receiver_would_accept_is_not_sent() {
    let sign = |message: Value| signer1().sign(&SignedRequest::new(acme(), issuer("retail"), message), now());
    assert!(sign(json!({"a": 1})).is_ok());
    let mut deep = json!(0);
    for _ in 0..16 {
        deep = json!([deep]);
    }
    assert_eq!(sign(deep).unwrap_err().code(), "issue.claims");

    let (signer, recipient) = (signer1(), enc1_public());
    let sealer = hub_jose::Sealer::<Pii>::new(&signer, &recipient);
    let draft = |content: Value| hub_jose::PiiDraft::new(acme(), issuer("retail"), content);
    assert!(sealer.seal(&draft(json!({"Initiation": {}})), now()).is_ok());
    let repeated = sealer.seal(&draft(json!({"Initiation": {}, "iss": "somebody"})), now());
    assert_eq!(repeated.unwrap_err().code(), "issue.claims");
    assert_eq!(sealer.seal(&draft(json!("no object")), now()).unwrap_err().code(), "issue.serialise");

    // Sizes are those of the compact form: three quarters of it are payload, and of what is sealed nine sixteenths.
    assert!(sign(json!({"file": "x".repeat(11 << 20)})).is_ok());
    assert_eq!(sign(json!({"file": "x".repeat(13 << 20)})).unwrap_err().code(), "issue.too-large");
    assert!(sealer.seal(&draft(json!({"Initiation": "x".repeat(130 << 10)})), now()).is_ok());
    let large = sealer.seal(&draft(json!({"Initiation": "x".repeat(150 << 10)})), now());
    assert_eq!(large.unwrap_err().code(), "issue.too-large");
}

#[test]
fn nothing_secret_shows_in_debug_or_errors() {
    let token = Kind::ClientAssertion.issue();
    let parsed = Unverified::<hub_jose::ClientAssertion>::parse(&token).unwrap();
    let shown = format!(
        "{parsed:?} {:?} {:?} {:?}",
        Jws::parse(&token, LIMIT).unwrap(),
        Jwe::parse(&SEALED, LIMIT).unwrap(),
        Opener::<Pii>::new(bank_key()),
    );
    // Nor do the persons and nonces of what was accepted.
    let sent = Unverified::<IdToken>::parse(&Kind::IdToken.issue()).unwrap();
    let verified = sent.verify(&public("retail"), &login(), now()).unwrap();
    let (registered, claims) = (verified.registered(), verified.claims());
    let shown = format!("{shown} {verified:?} {registered:?} {claims:?} {:?} {:?}", login(), id_token());
    // Nor does what is to be sent.
    let shown = format!("{shown} {:?} {:?} {:?}", request_object(), signed_request(), signed_response());
    let shown = format!("{shown} {:?} {:?}", event_draft(), pii_draft());
    let shown = format!("{shown} {:?}", hint_draft());
    for secret in [NONCE, registered.subject().unwrap(), "PaymentId", "Authorized", "Ivan", "784-1980", "af0ifjsldkj"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for segment in token.split('.').chain(SEALED.split('.')).filter(|segment| !segment.is_empty()) {
        assert!(!shown.contains(segment), "{shown}");
    }
}
