//! What we accept, the `jose-jwk` crate reads in the same way.

use hub_jwks::Jwk;
use hub_roles::{Enc1, Sig1};
use jose_jwk::{Class, Key};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{certificate, published, with};

/// Sound keys, and keys with one member replaced by something that may or may not be sound.
fn keys() -> impl Strategy<Value = Value> {
    let sound =
        prop_oneof![Just(published(&certificate::<Sig1>("acme"))), Just(published(&certificate::<Enc1>("bank"))),];
    let member = prop::sample::select(vec!["n", "e", "kid", "use", "alg", "key_ops", "x5c", "x5t#S256", "d", "kty"]);
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop::sample::select(vec!["sig", "enc", "PS256", "RS256", "RSA", "EC", "AQAB", "AQAB=", "AQ"])
            .prop_map(Value::from),
        vec(prop::sample::select(vec!["verify", "sign", "encrypt", "wrapKey"]), 0..3).prop_map(Value::from),
        "[A-Za-z0-9_-]{0,44}".prop_map(Value::from),
        "[A-Za-z0-9_-]{342}".prop_map(Value::from),
    ];
    (sound, vec((member, value), 0..2))
        .prop_map(|(key, changes)| changes.into_iter().fold(key, |key, (member, value)| with(&key, member, value)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_key_means_the_same_to_both(key in keys()) {
        let Ok(ours) = Jwk::from_json(key.to_string().as_bytes()) else { return Ok(()) };
        // jose-jwk refuses algorithms it does not know; here, a key of another algorithm is sound and never selected.
        prop_assume!(matches!(ours.alg(), None | Some("PS256" | "RS256")));
        let theirs: jose_jwk::Jwk = serde_json::from_value(key).unwrap();
        let Key::Rsa(rsa) = &theirs.key else { panic!("{theirs:?}") };
        prop_assert_eq!(&rsa.n[..], ours.public_key().modulus());
        prop_assert_eq!(&rsa.e[..], ours.public_key().exponent());
        prop_assert!(rsa.prv.is_none());
        prop_assert_eq!(theirs.prm.kid.as_deref(), Some(ours.kid().as_str()));
        prop_assert_eq!(theirs.prm.cls.map(|class| match class { Class::Signing => "sig", _ => "enc" }),
            ours.key_use().map(|key_use| key_use.as_str()));
        let chain = ours.chain().map(|chain| chain.certificates().iter().map(|der| der.to_vec()).collect::<Vec<_>>());
        prop_assert_eq!(theirs.prm.x5c.map(|x5c| x5c.iter().map(|der| der.to_vec()).collect()), chain);
    }
}

#[test]
fn where_the_two_differ_is_known() {
    let key = published(&certificate::<Enc1>("bank"));
    let both = |key: &Value| {
        (
            Jwk::from_json(key.to_string().as_bytes()).is_ok(),
            serde_json::from_value::<jose_jwk::Jwk>(key.clone()).is_ok(),
        )
    };
    assert_eq!(both(&key), (true, true));
    // The algorithm this ecosystem encrypts with is unknown to jose-jwk 0.1.2,
    assert_eq!(both(&with(&key, "alg", "RSA-OAEP-256".into())), (true, false));
    // and a private member that it cannot read is none to it.
    assert_eq!(both(&with(&key, "d", json!(7))), (false, true));
}
