//! To and from the `jose-jwk` crate's type, and back.

use hub_jwks::{Jwk, JwkError};
use hub_roles::{C1, Enc1, Sig1};
use serde_json::{Value, json};

use crate::world::{certificate, published, with, without};

fn ours(key: &Value) -> Jwk {
    Jwk::from_json(key.to_string().as_bytes()).unwrap()
}

#[test]
fn a_key_survives_the_way_there_and_back() {
    let key = published(&certificate::<Sig1>("acme"));
    for key in [
        key.clone(),
        without(&key, &["x5c", "use"]),
        with(&with(&key, "alg", "PS256".into()), "key_ops", json!(["verify"])),
        published(&certificate::<Enc1>("bank")),
    ] {
        let ours = ours(&key);
        let theirs = jose_jwk::Jwk::try_from(&ours).unwrap();
        assert_eq!(Jwk::try_from(&theirs), Ok(ours));
    }
}

#[test]
fn what_jose_jwk_cannot_express_is_refused_by_name() {
    let member = |key: &Value| jose_jwk::Jwk::try_from(&ours(key)).map(|_| ()).map_err(|refused| refused.member());
    let key = published(&certificate::<Enc1>("bank"));
    assert_eq!(member(&key), Ok(()));
    assert_eq!(member(&with(&key, "alg", "RSA-OAEP-256".into())), Err("alg"));
    assert_eq!(member(&with(&key, "key_ops", json!(["encrypt", "own"]))), Err("key_ops"));
    assert_eq!(member(&published(&certificate::<C1>("acme"))), Err("use"));
}

#[test]
fn a_foreign_key_keeps_our_rules() {
    let key = published(&certificate::<Sig1>("acme"));
    let from_theirs = |key: &Value| Jwk::try_from(&serde_json::from_value::<jose_jwk::Jwk>(key.clone()).unwrap());
    assert_eq!(from_theirs(&key), Ok(ours(&key)));
    assert_eq!(from_theirs(&with(&key, "d", "AAAA".into())), Err(JwkError::PrivateMember { member: "d" }));
    assert_eq!(from_theirs(&json!({"kty": "oct", "k": "AAAA", "kid": "a"})), Err(JwkError::KeyType));
    assert_eq!(from_theirs(&without(&key, &["kid"])), Err(JwkError::Missing { member: "kid" }));
}
