//! Every rule a key or a set must keep, each beside a sound neighbour.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hub_jwks::{Jwk, KeySet};
use hub_roles::{ClientId, Sig1};
use hub_testkit::{Defect, LeafKind, TestKey};
use serde_json::{Value, json};

use crate::world::{ECOSYSTEM, certificate, published, with, without};

fn verdict(key: &str) -> &'static str {
    match Jwk::from_json(key.as_bytes()) {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

fn key() -> Value {
    published(&certificate::<Sig1>("acme"))
}

/// A key without certificate members, so that nothing contradicts another `n`.
fn bare() -> Value {
    without(&key(), &["x5t#S256", "x5c"])
}

fn base64url(octets: &[u8]) -> Value {
    Base64UrlUnpadded::encode_string(octets).into()
}

fn modulus() -> Vec<u8> {
    certificate::<Sig1>("acme").public_key().modulus().to_vec()
}

/// 65537 to the power of 128: 2049 bits, and of the flawed generator's shape.
fn roca_modulus() -> Vec<u8> {
    let mut little_endian = vec![1_u8];
    for _ in 0..128 {
        let shifted: Vec<u8> = [0, 0].into_iter().chain(little_endian.iter().copied()).collect();
        little_endian.resize(shifted.len(), 0);
        let mut carry = 0;
        for (low, high) in little_endian.iter_mut().zip(shifted) {
            let sum = u16::from(*low) + u16::from(high) + carry;
            (*low, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        if carry > 0 {
            little_endian.push(1);
        }
    }
    little_endian.into_iter().rev().collect()
}

#[test]
fn the_sound_key_and_its_sound_neighbours_are_accepted() {
    let key = key();
    for (name, neighbour) in [
        ("as published", key.clone()),
        ("without x5c", without(&key, &["x5c"])),
        ("without x5t#S256", without(&key, &["x5t#S256"])),
        ("a kid of its own, without certificate", with(&bare(), "kid", "enc1-2026".into())),
        ("without use", without(&key, &["use"])),
        ("with alg", with(&key, "alg", "PS256".into())),
        ("with key_ops", with(&key, "key_ops", json!(["verify"]))),
        ("with an unknown member", with(&key, "ext", true.into())),
        ("RSA-3072", with(&bare(), "n", base64url(&[&[0xC1; 383][..], &[0x55]].concat()))),
    ] {
        assert_eq!(verdict(&neighbour.to_string()), "accepted", "{name}");
    }
}

#[test]
fn a_key_that_is_not_an_rsa_public_key_within_limits_is_refused() {
    let even = |mut n: Vec<u8>| {
        *n.last_mut().unwrap() &= 0xFE;
        n
    };
    let short = || {
        let mut n = modulus();
        n[0] = 0x7F;
        n
    };
    for (name, changed, code) in [
        ("EC", with(&bare(), "kty", "EC".into()), "jwk.key-type"),
        ("symmetric", json!({"kty": "oct", "kid": "a", "k": "AAAA"}), "jwk.key-type"),
        ("kty in lower case", with(&bare(), "kty", "rsa".into()), "jwk.key-type"),
        ("no kty", without(&bare(), &["kty"]), "json.shape"),
        ("no n", without(&bare(), &["n"]), "jwk.missing"),
        ("no e", without(&bare(), &["e"]), "jwk.missing"),
        ("n a number", with(&bare(), "n", 5.into()), "json.shape"),
        ("2047 bits", with(&bare(), "n", base64url(&short())), "key.size"),
        ("1024 bits", with(&bare(), "n", base64url(&[0xC1; 128])), "key.size"),
        ("8200 bits", with(&bare(), "n", base64url(&[0xC1; 1025])), "key.size"),
        ("even modulus", with(&bare(), "n", base64url(&even(modulus()))), "key.even-modulus"),
        ("leading zero in n", with(&bare(), "n", base64url(&[vec![0], modulus()].concat())), "key.malformed"),
        ("empty n", with(&bare(), "n", "".into()), "key.malformed"),
        ("e = 3", with(&bare(), "e", "Aw".into()), "key.exponent"),
        ("e = 1", with(&bare(), "e", "AQ".into()), "key.exponent"),
        ("leading zero in e", with(&bare(), "e", "AAEAAQ".into()), "key.exponent"),
        ("ROCA", with(&bare(), "n", base64url(&roca_modulus())), "key.roca"),
    ] {
        assert_eq!(verdict(&changed.to_string()), code, "{name}");
    }
}

#[test]
fn a_private_member_condemns_the_key_whatever_its_value() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for value in [json!("AAAA"), json!([]), json!(0), json!("not base64url!")] {
            let changed = with(&key(), member, value);
            assert_eq!(verdict(&changed.to_string()), "jwk.private-member", "{member}");
        }
        let null = key().to_string().replacen('{', &format!("{{\"{member}\":null,"), 1);
        assert_eq!(verdict(&null), "jwk.private-member", "{member}");
        let error = Jwk::from_json(with(&key(), member, "SECRET".into()).to_string().as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }
}

#[test]
fn base64url_is_canonical_and_unpadded() {
    let n = bare()["n"].as_str().unwrap().to_owned();
    assert_eq!(n.len() % 4, 2, "256 octets leave four bits of the last character unused");
    let last_bits = {
        let (rest, last) = n.split_at(n.len() - 1);
        // The character after the last one has the same octets and other unused bits.
        format!("{rest}{}", char::from(last.as_bytes()[0] + 1))
    };
    for (name, text) in [
        ("padding", format!("{n}==")),
        ("white space inside", n.replacen(&n[4..5], &format!("{} ", &n[4..5]), 1)),
        ("line break at the end", format!("{n}\n")),
        ("the other alphabet", format!("+/{}", &n[2..])),
        ("last bits not zero", last_bits),
        ("a lone last character", format!("{n}AAA")),
    ] {
        assert_eq!(verdict(&with(&bare(), "n", text.into()).to_string()), "jwk.base64", "{name}");
    }
    assert_eq!(verdict(&with(&bare(), "e", "AQAB=".into()).to_string()), "jwk.base64");
    assert_eq!(verdict(&with(&key(), "x5t#S256", "AAAA=".into()).to_string()), "jwk.base64");
}

#[test]
fn a_member_twice_condemns_the_key_in_any_spelling() {
    let text = key().to_string();
    assert_eq!(verdict(&text), "accepted");
    for twice in [r#""kid":"other""#, r#""k\u0069d":"other""#, r#""x5t#S256":"""#, r#""ext":{"a":1,"a":2}"#] {
        let text = text.replacen('{', &format!("{{{twice},"), 1);
        assert_eq!(verdict(&text), "json.duplicate_member", "{twice}");
    }
}

#[test]
fn members_that_contradict_each_other_condemn_the_key() {
    let key = key();
    let other = published(&certificate::<Sig1>("other-tpp"));
    let without_thumbprint = without(&key, &["x5t#S256"]);
    for (name, changed, code) in [
        ("another kid", with(&key, "kid", other["kid"].clone()), "jwk.thumbprint"),
        ("another x5t#S256", with(&key, "x5t#S256", other["kid"].clone()), "jwk.thumbprint"),
        (
            "x5t#S256 of no digest",
            with(&with(&bare(), "kid", "AAAA".into()), "x5t#S256", "AAAA".into()),
            "jwk.thumbprint",
        ),
        ("a kid that is not x5c's", with(&without_thumbprint, "kid", "mine".into()), "jwk.certificate-thumbprint"),
        ("another x5c", with(&without_thumbprint, "x5c", other["x5c"].clone()), "jwk.certificate-thumbprint"),
        ("another n", with(&key, "n", other["n"].clone()), "jwk.certificate-key"),
    ] {
        assert_eq!(verdict(&changed.to_string()), code, "{name}");
    }
}

#[test]
fn each_other_member_has_the_form_it_should() {
    let key = key();
    let authority = ECOSYSTEM.authority();
    let leaf = &key["x5c"][0];
    let chain = json!([leaf, Base64::encode_string(authority.issuing()), Base64::encode_string(authority.root())]);
    assert_eq!(verdict(&with(&key, "x5c", chain).to_string()), "accepted");
    for (name, changed, code) in [
        ("no kid", without(&bare(), &["kid"]), "jwk.missing"),
        ("an empty kid", with(&bare(), "kid", "".into()), "jwk.kid"),
        ("a kid with a space", with(&bare(), "kid", "a b".into()), "jwk.kid"),
        ("a kid of 257 characters", with(&bare(), "kid", "a".repeat(257).into()), "jwk.kid"),
        ("an unknown use", with(&key, "use", "sign".into()), "jwk.use"),
        ("an operation twice", with(&key, "key_ops", json!(["verify", "verify"])), "jwk.key-ops"),
        ("key_ops a string", with(&key, "key_ops", "verify".into()), "json.shape"),
        ("alg an array", with(&key, "alg", json!(["PS256"])), "json.shape"),
        ("x5c a string", with(&key, "x5c", leaf.clone()), "json.shape"),
        ("x5c empty", with(&key, "x5c", json!([])), "jwk.missing"),
        ("x5c base64url", with(&key, "x5c", json!(["_-_-"])), "jwk.base64"),
        ("x5c with line breaks", with(&key, "x5c", json!([leaf.as_str().unwrap().to_owned() + "\n"])), "jwk.base64"),
        ("x5c of nine", with(&key, "x5c", json!(vec![leaf.clone(); 9])), "chain.too-many"),
    ] {
        assert_eq!(verdict(&changed.to_string()), code, "{name}");
    }
    for member in ["kid", "n", "e", "alg", "use", "key_ops", "x5t#S256", "x5c"] {
        let mut changed = key.clone();
        changed[member] = Value::Null;
        assert_eq!(verdict(&changed.to_string()), "json.shape", "{member}: null is not absence");
    }
    for not_an_object in ["[]", "\"RSA\"", "null", "7"] {
        assert_eq!(verdict(not_an_object), "json.not_an_object");
    }
}

#[test]
fn a_certificate_of_another_kind_of_key_is_refused() {
    let authority = ECOSYSTEM.authority();
    let spec = ECOSYSTEM.holding::<Sig1>("acme").unwrap().spec();
    assert_eq!(spec.kind, LeafKind::Signing);
    let ec = authority.issue(&spec.clone().with_key(TestKey::ec_p256().unwrap())).unwrap();
    let weak = authority.issue(&spec.clone().with_key(TestKey::rsa_1024().unwrap())).unwrap();
    for (issued, code) in [(ec, "certificate.key"), (weak, "certificate.key")] {
        let kid = hub_roles::KeyId::of_certificate(&issued.certificate);
        let key = with(&bare(), "kid", kid.as_str().into());
        let key = with(&key, "x5c", json!([Base64::encode_string(&issued.certificate)]));
        assert_eq!(verdict(&key.to_string()), code);
    }
    // Expiry is no fault of a published key: whether that matters is for its verifier.
    let expired = Defect::Expired.build(authority, spec).unwrap().presented;
    let kid = hub_roles::KeyId::of_certificate(&expired.certificate);
    let chain = hub_roles::CertificateChain::from_der(vec![expired.certificate.clone()]).unwrap();
    let key = with(&bare(), "n", base64url(chain.claimed_key().unwrap().modulus()));
    let key =
        with(&with(&key, "kid", kid.as_str().into()), "x5c", json!([Base64::encode_string(&expired.certificate)]));
    assert_eq!(verdict(&key.to_string()), "accepted");
}

#[test]
fn one_bad_key_is_recorded_and_the_others_stay() {
    let sound = key();
    let ec = json!({"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"});
    let twice = sound.to_string().replacen('{', "{\"kid\":\"a\",", 1);
    let json = format!("{{\"keys\":[{ec},{twice},7,{sound}],\"issued_at\":0}}");
    let client: ClientId = "client".parse().unwrap();
    let set = KeySet::parse(client.clone(), json.as_bytes()).unwrap();
    assert_eq!(set.owner(), &client);
    let kids: Vec<&str> = set.keys().iter().map(|key| key.kid().as_str()).collect();
    assert_eq!(kids, [sound["kid"].as_str().unwrap()]);
    let rejected: Vec<_> = set
        .rejected()
        .iter()
        .map(|key| (key.index, key.kid.as_ref().map(|kid| kid.as_str()), key.reason.code()))
        .collect();
    assert_eq!(
        rejected,
        [(0, Some("ec"), "jwk.key-type"), (1, None, "json.duplicate_member"), (2, None, "json.not_an_object")]
    );
}

#[test]
fn a_fault_around_the_keys_condemns_the_set() {
    let parse = |json: &str| match KeySet::parse((), json.as_bytes()) {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    };
    let key = key();
    assert_eq!(parse(&format!("{{\"keys\":[{key}]}}")), "accepted");
    assert_eq!(parse("{\"keys\":[]}"), "accepted");
    for (name, json, code) in [
        ("keys twice", format!("{{\"keys\":[{key}],\"keys\":[]}}"), "json.duplicate_member"),
        ("keys twice, once escaped", format!("{{\"keys\":[{key}],\"k\\u0065ys\":[]}}"), "json.duplicate_member"),
        ("another member twice", format!("{{\"a\":1,\"keys\":[{key}],\"a\":1}}"), "json.duplicate_member"),
        ("no keys", "{}".to_owned(), "json.shape"),
        ("keys an object", "{\"keys\":{}}".to_owned(), "json.shape"),
        ("an array", format!("[{key}]"), "json.not_an_object"),
        ("a key alone", key.to_string(), "json.shape"),
        ("something behind it", format!("{{\"keys\":[{key}]}}x"), "json.syntax"),
        ("a byte order mark", format!("\u{feff}{{\"keys\":[{key}]}}"), "json.byte_order_mark"),
        ("nothing", String::new(), "json.syntax"),
    ] {
        assert_eq!(parse(&json), code, "{name}");
    }
}
