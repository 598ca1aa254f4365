//! What is too large, or otherwise refused by every receiver, is not sent either.

use hub_jose::{SignedRequest, TokenRule, Unverified};
use hub_roles::Pii;
use serde_json::{Value, json};

use crate::cast::{acme, from_acme, issuer, now, public, signer1};
use crate::kinds::{Kind, enc1_public};

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
