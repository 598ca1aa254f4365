//! Examples of RFC 7517 (JSON Web Key) and RFC 7520 (examples of JOSE).

use base64ct::{Base64, Encoding};
use hub_jose::TokenRule;
use hub_jose::jws::Jws;
use hub_jwks::{Jwk, JwkError, KeySet, KeyUse};
use hub_roles::{ClientId, KeyId, PrivateKey, RsaPublicKey, Sig1, SignatureScheme, SoftwareKey, VerificationKey};
use serde_json::{Value, json};

use crate::from_base64url;

const A2: &str = include_str!("rfc/7517-a2.json");
const B: &str = include_str!("rfc/7517-b.json");
const NESTED_KEY: &str = include_str!("rfc/7520-6.json");
const NESTED_JWS: &str = include_str!("rfc/7520-6.jwt");

fn client() -> ClientId {
    "client".parse().unwrap()
}

/// Section 6 of RFC 7520, "Nesting Signatures and Encryption": the inside. The outside has the algorithms RSA-OAEP and A128GCM.
#[test]
fn the_inner_signature_of_rfc_7520_section_6() {
    let jws = NESTED_JWS.trim_end();
    let key = Jwk::from_json(NESTED_KEY.as_bytes()).unwrap();
    let verify = |key: RsaPublicKey, input: &str, signature: &str| {
        let key = VerificationKey::<Sig1>::registered(client(), "hobbiton.example".parse().unwrap(), key).unwrap();
        key.verify_ps256(input.as_bytes(), &from_base64url(signature))
    };
    let (input, signature) = jws.rsplit_once('.').unwrap();
    assert_eq!(verify(key.public_key().clone(), input, signature), Ok(()));
    assert!(verify(key.public_key().clone(), &input[1..], signature).is_err());
    let claims: Value = serde_json::from_slice(&from_base64url(input.split_once('.').unwrap().1)).unwrap();
    let expected = json!({"iss": "hobbiton.example", "exp": 1_300_819_380, "http://example.com/is_root": true});
    assert_eq!(claims, expected);

    // It names no kid, which the profile's tokens must: it is read, and not accepted.
    let parsed = Jws::parse(jws, 8192).unwrap();
    assert_eq!(parsed.header().typ(), Some("JWT"));
    let set = KeySet::parse(client(), format!("{{\"keys\":[{NESTED_KEY}]}}").as_bytes()).unwrap();
    let key = set.verification_key::<Sig1>(key.kid()).unwrap();
    assert_eq!(parsed.verify(&key), Err(TokenRule::HeaderMissing { parameter: "kid" }));
}

/// The RSA key of appendix A.2 is private, and has the algorithm RS256: neither it nor its public half verifies a token.
#[test]
fn the_keys_of_rfc_7517_appendix_a() {
    let private: Value = serde_json::from_str(A2).unwrap();
    let refused = Jwk::from_json(A2.as_bytes()).unwrap_err();
    assert_eq!(refused, JwkError::PrivateMember { member: "d" });

    // Appendix A.1 has its public half.
    let mut public = private.clone();
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        public.as_object_mut().unwrap().remove(member).unwrap();
    }
    let jwk = Jwk::from_json(public.to_string().as_bytes()).unwrap();
    assert_eq!((jwk.kid().as_str(), jwk.alg(), jwk.key_use()), ("2011-04-29", Some("RS256"), None));
    let select = |key: &Value| {
        let set = KeySet::parse(client(), json!({"keys": [key]}).to_string().as_bytes()).unwrap();
        set.verification_key::<Sig1>(jwk.kid()).map_err(|refused| refused.code())
    };
    assert_eq!(select(&public).map(drop), Err("keyset.not-for-role"));
    public.as_object_mut().unwrap().remove("alg").unwrap();
    let key = select(&public).unwrap();

    // What its private half signs, the public one verifies.
    let signing = SoftwareKey::from_pkcs1_der(&pkcs1(&private)).unwrap();
    assert_eq!(signing.public_key(), jwk.public_key());
    let signature = signing.sign(SignatureScheme::RsaPssSha256, b"message").unwrap();
    assert_eq!(key.verify_ps256(b"message", &signature), Ok(()));
}

/// The key of appendix B comes with its certificate, but its kid is not the certificate's thumbprint.
#[test]
fn the_key_of_rfc_7517_appendix_b() {
    assert_eq!(Jwk::from_json(B.as_bytes()).unwrap_err(), JwkError::CertificateThumbprint);
    let mut key: Value = serde_json::from_str(B).unwrap();
    let certificate = Base64::decode_vec(key["x5c"][0].as_str().unwrap()).unwrap();
    let kid = KeyId::of_certificate(&certificate);
    key["kid"] = json!(kid);
    let jwk = Jwk::from_json(key.to_string().as_bytes()).unwrap();
    assert_eq!((jwk.kid(), jwk.key_use()), (&kid, Some(KeyUse::Signature)));
    assert!(jwk.chain().is_some());
    key["n"] = json!(key["n"].as_str().unwrap().replacen("vrjO", "vrjP", 1));
    assert_eq!(Jwk::from_json(key.to_string().as_bytes()).unwrap_err(), JwkError::CertificateKey);
}

/// `RSAPrivateKey` of RFC 8017 appendix A.1.2.
fn pkcs1(key: &Value) -> Vec<u8> {
    let members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let numbers = members.map(|member| from_base64url(key[member].as_str().unwrap()));
    let integers = [vec![0]].into_iter().chain(numbers).map(|number| match number[0] {
        0x80.. => der(0x02, &[&[0], number.as_slice()].concat()),
        _ => der(0x02, &number),
    });
    der(0x30, &integers.collect::<Vec<_>>().concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [header.as_slice(), content].concat()
}
