//! How often signing and verifying ask for memory, as `Signer` and `Unverified` document it. What aws-lc allocates inside is not seen.

use allocation_counter::measure;
use hub_jose::{ClientAssertion, SignedRequest, Unverified};
use serde_json::{Value, json};

use crate::cast::{acme, from_acme, issuer, now, public, signer1};

/// How often `work` allocates, and what it yields. Once before: what is built at a first use is not counted.
fn counted<T>(work: impl Fn() -> T) -> (u64, T) {
    drop(work());
    let mut outcome = None;
    let count = measure(|| outcome = Some(work())).count_total;
    (count, outcome.unwrap())
}

#[test]
fn as_often_for_a_large_token_as_for_a_small_one() {
    let (signer, key, expected) = (signer1(), public("acme"), from_acme());
    let counts = [1, 8, 32].map(|kibibytes| {
        let draft = SignedRequest::new(acme(), issuer("retail"), json!({"Data": "x".repeat(kibibytes << 10)}));
        let (signing, token) = counted(|| signer.sign(&draft, now()).unwrap());
        assert!(token.len() > kibibytes << 10);
        let (verifying, _) = counted(|| {
            Unverified::<SignedRequest<Value>>::parse(&token).unwrap().verify(&key, &expected, now()).unwrap()
        });
        (signing, verifying)
    });
    assert_eq!(counts, [counts[0]; 3], "each of another size");
    let (signing, verifying) = counts[0];
    assert!(signing <= 10 && verifying <= 19, "{counts:?}");
}

#[test]
fn a_client_assertion() {
    let (signer, key, expected) = (signer1(), public("acme"), from_acme());
    let draft = ClientAssertion::new(acme(), issuer("retail"));
    let (signing, token) = counted(|| signer.sign(&draft, now()).unwrap());
    let (verifying, _) =
        counted(|| Unverified::<ClientAssertion>::parse(&token).unwrap().verify(&key, &expected, now()).unwrap());
    assert!(signing <= 11 && verifying <= 13, "{signing} and {verifying}");
}
