//! Encrypted payloads (THREATS section 2).

use std::sync::Arc;

use hub_jose::Opener;
use hub_roles::{DecryptionKey, Enc1, EncryptionKey, Pii, Sig1, SoftwareKey};
use serde_json::{Value, json};

use super::difference::sound_claims;
use super::{Case, Row, Side, verdict};
use crate::cast::{ECO, from_acme, now, public};
use crate::forge::{self, Parts, base64url};
use crate::kinds::{Kind, enc1_public, encryption_key, pii_opener, sealed_pii};

pub(super) fn cases() -> Vec<Case> {
    [algorithms(), parameters(), lengths(), failures(), insides(), content_types(), keys(), of_signing_keys()]
        .into_iter()
        .flatten()
        .collect()
}

/// What goes into a JWE.
#[derive(Debug, Clone, PartialEq)]
struct Recipe {
    to: &'static str,
    header: Value,
    content_key: Vec<u8>,
    content: Vec<u8>,
}

impl Recipe {
    fn sound() -> Self {
        Self {
            to: "bank",
            header: forge::jwe_header(&enc1_public()),
            content_key: vec![3; 32],
            content: Kind::Pii.sign(&sound_claims(Kind::Pii)).into_bytes(),
        }
    }

    fn parts(&self) -> Parts {
        let key: EncryptionKey<Enc1> = encryption_key(self.to);
        Parts::new(&key, &self.header, &self.content_key, &self.content)
    }
}

/// A JWE made otherwise.
fn recipe(row: Row, name: impl Into<String>, rule: &'static str, change: impl Fn(&mut Recipe) + 'static) -> Case {
    let made = move |side| {
        let mut recipe = Recipe::sound();
        if let Side::Refused = side {
            change(&mut recipe);
        }
        recipe
    };
    let judge = |recipe: &Recipe| {
        let jwe = recipe.parts().join();
        verdict(pii_opener().open(&jwe, &[public("acme")], &from_acme(), now()))
    };
    Case::new(row, name, rule, judge, made)
}

/// A sound JWE, one of whose parts was changed afterwards.
fn changed(row: Row, name: &str, rule: &'static str, change: fn(&mut Parts)) -> Case {
    let made = |side| side;
    let judge = move |side: &Side| {
        let mut parts = Recipe::sound().parts();
        if let Side::Refused = side {
            change(&mut parts);
        }
        verdict(pii_opener().open(&parts.join(), &[public("acme")], &from_acme(), now()))
    };
    Case::new(row, name, rule, judge, made)
}

fn header(row: Row, name: impl Into<String>, member: &'static str, value: Value, rule: &'static str) -> Case {
    recipe(row, name, rule, move |recipe| recipe.header[member] = value.clone())
}

fn algorithms() -> Vec<Case> {
    let row = Row::EncryptionAlgorithms;
    let text = |member: &'static str, value: &str| {
        header(row, format!("{member} {value:?}"), member, json!(value), "token.algorithm")
    };
    let no_text = |member: &'static str, value: Value| {
        header(row, format!("{member} {value}"), member, value, "token.header-form")
    };
    let absent = |member: &'static str| {
        recipe(row, format!("no {member}"), "token.header-missing", move |recipe| {
            forge::remove(&mut recipe.header, member);
        })
    };
    let key_management = [
        "RSA-OAEP",
        "RSA1_5",
        "RSA-OAEP-384",
        "RSA-OAEP-512",
        "dir",
        "A256KW",
        "A256GCMKW",
        "ECDH-ES",
        "PBES2-HS256+A128KW",
        "none",
        "PS256",
        "rsa-oaep-256",
        "",
    ];
    let content = ["A128GCM", "A192GCM", "A128CBC-HS256", "A256CBC-HS512", "C20P", "a256gcm", "none", ""];
    key_management
        .map(|alg| text("alg", alg))
        .into_iter()
        .chain(content.map(|enc| text("enc", enc)))
        .chain(["alg", "enc"].into_iter().flat_map(|member| {
            [
                no_text(member, Value::Null),
                no_text(member, json!(1)),
                no_text(member, json!(["A256GCM"])),
                absent(member),
            ]
        }))
        .collect()
}

fn parameters() -> Vec<Case> {
    let forbidden = [
        ("b64", json!(false)),
        ("crit", json!(["exp"])),
        ("epk", json!({})),
        ("jku", json!("https://evil.example")),
        ("jwk", json!({})),
        ("p2c", json!(1)),
        ("x5c", json!([])),
        ("x5u", json!("https://evil.example")),
        ("zip", json!("DEF")),
        ("zip", Value::Null),
    ];
    let kids = [json!(""), json!("a b"), json!("k".repeat(257)), json!(1), Value::Null];
    let forbidden = forbidden.map(|(member, value)| {
        header(Row::HeaderParameters, format!("JWE: {member} {value}"), member, value, "token.header-forbidden")
    });
    let kids =
        kids.map(|kid| header(Row::Kid, format!("JWE: {:.9}", kid.to_string()), "kid", kid, "token.header-form"));
    forbidden.into_iter().chain(kids).collect()
}

fn lengths() -> Vec<Case> {
    let case = |name, change| changed(Row::Sizes, name, "token.length", change);
    let content_key = |octets: usize| {
        recipe(Row::Sizes, format!("a content key of {octets} octets"), "token.decryption", move |recipe| {
            recipe.content_key.resize(octets, 3);
        })
    };
    vec![
        case("an encrypted key of 255 octets", |parts| parts.encrypted_key.truncate(255)),
        case("an encrypted key of 257 octets", |parts| parts.encrypted_key.push(0)),
        case("an encrypted key with a zero in front", |parts| parts.encrypted_key.insert(0, 0)),
        case("no encrypted key", |parts| parts.encrypted_key.clear()),
        case("an initialisation vector of 11 octets", |parts| parts.nonce.truncate(11)),
        case("an initialisation vector of 13 octets", |parts| parts.nonce.push(0)),
        case("an initialisation vector of 16 octets", |parts| parts.nonce.resize(16, 0)),
        case("no initialisation vector", |parts| parts.nonce.clear()),
        case("a tag of one octet", |parts| parts.tag.truncate(1)),
        case("a tag of 12 octets", |parts| parts.tag.truncate(12)),
        case("a tag of 15 octets", |parts| parts.tag.truncate(15)),
        case("a tag of 17 octets", |parts| parts.tag.push(0)),
        case("no tag", |parts| parts.tag.clear()),
        content_key(0),
        content_key(16),
        content_key(31),
        content_key(33),
        content_key(64),
    ]
}

/// One error, whatever the cause.
fn failures() -> Vec<Case> {
    let case = |name, change| changed(Row::Oracle, name, "token.decryption", change);
    vec![
        recipe(Row::Oracle, "encrypted to another key", "token.decryption", |recipe| recipe.to = "other-bank"),
        case("an encrypted key of zeros", |parts| parts.encrypted_key.fill(0)),
        case("an encrypted key of the number 1", |parts| {
            parts.encrypted_key.fill(0);
            parts.encrypted_key[255] = 1;
        }),
        case("an encrypted key beyond the modulus", |parts| parts.encrypted_key.fill(0xff)),
        case("a changed encrypted key", |parts| parts.encrypted_key[200] ^= 1),
        case("an encrypted key in the clear", |parts| parts.encrypted_key = [[0; 224].as_slice(), &[3; 32]].concat()),
        case("a changed ciphertext", |parts| parts.ciphertext[0] ^= 1),
        case("a shorter ciphertext", |parts| parts.ciphertext.truncate(20)),
        case("a longer ciphertext", |parts| parts.ciphertext.push(0)),
        case("no ciphertext", |parts| parts.ciphertext.clear()),
        case("a changed tag", |parts| parts.tag[15] ^= 1),
        case("a tag of zeros", |parts| parts.tag.fill(0)),
        case("a changed initialisation vector", |parts| parts.nonce[0] ^= 1),
        case("a header in another spelling", |parts| parts.header.push(' ')),
        case("a header with another member", |parts| parts.header.insert_str(1, "\"x\":1,")),
    ]
}

/// The inside is a signed token, and nothing else.
fn insides() -> Vec<Case> {
    let case = |name, rule, content: fn(&[u8]) -> Vec<u8>| {
        recipe(Row::Nesting, name, rule, move |recipe| recipe.content = content(&recipe.content))
    };
    let claims = || sound_claims(Kind::Pii).to_string();
    let unsecured = move |header: &str| format!("{}.{}.", base64url(header.as_bytes()), base64url(claims().as_bytes()));
    vec![
        case("plain JSON", "token.plain-content", |_| sound_claims(Kind::Pii).to_string().into()),
        case("plain JSON after a line break", "token.plain-content", |_| {
            format!("\n{}", sound_claims(Kind::Pii)).into()
        }),
        case("a JSON serialisation", "token.plain-content", |jws| {
            let [protected, payload, signature]: [&str; 3] =
                str::from_utf8(jws).unwrap().split('.').collect::<Vec<_>>().try_into().unwrap();
            json!({"protected": protected, "payload": payload, "signature": signature}).to_string().into()
        }),
        recipe(Row::Nesting, "alg none", "token.unsecured", move |recipe| {
            recipe.content = unsecured(r#"{"alg":"none","kid":"k"}"#).into();
        }),
        recipe(Row::Nesting, "RS256", "token.algorithm", |recipe| {
            let mut header = Kind::Pii.header();
            header["alg"] = json!("RS256");
            let payload = sound_claims(Kind::Pii).to_string();
            recipe.content = Kind::Pii.sign_octets(header.to_string().as_bytes(), payload.as_bytes()).into();
        }),
        case("another JWE", "token.nested-encryption", |_| sealed_pii().into()),
        case("words", "token.segments", |_| b"hello".to_vec()),
        case("nothing", "token.segments", |_| Vec::new()),
        case("octets that are no text", "token.segments", |_| vec![0xff; 40]),
        case("a JSON array", "token.segments", |_| b"[]".to_vec()),
        case("a line break behind the token", "token.base64url", |jws| [jws, b"\n"].concat()),
        case("a null octet behind the token", "token.base64url", |jws| [jws, b"\0"].concat()),
        case("the token in quotes", "token.base64url", |jws| [b"\"", jws, b"\""].concat()),
        case("a token of another sender", "token.unknown-key", |_| {
            let other = ECO.tpp("other-tpp").unwrap().sig1();
            let header = json!({"alg": "PS256", "kid": other.kid()}).to_string();
            forge::jws::<Sig1>(&other, header.as_bytes(), sound_claims(Kind::Pii).to_string().as_bytes()).into()
        }),
        case("a token of another kind", "token.claim-forbidden", |_| {
            Kind::SignedRequest.sign(&sound_claims(Kind::SignedRequest)).into()
        }),
    ]
}

fn content_types() -> Vec<Case> {
    let other = ["json", "JWE", "application/json", "text/plain", "JWT ", ""]
        .map(|cty| header(Row::Nesting, format!("cty {cty:?}"), "cty", json!(cty), "token.cty"));
    other.into_iter().chain([header(Row::Nesting, "cty null", "cty", Value::Null, "token.header-form")]).collect()
}

/// Which of the decryption keys at hand.
fn keys() -> Vec<Case> {
    fn bank() -> DecryptionKey<Enc1> {
        ECO.lfi("bank").unwrap().enc1()
    }
    fn other() -> DecryptionKey<Enc1> {
        ECO.lfi("other-bank").unwrap().enc1()
    }
    /// The other bank's key under the bank's name.
    fn namesake() -> DecryptionKey<Enc1> {
        let pem = ECO.issued::<Enc1>("other-bank").unwrap().key_pem().unwrap();
        DecryptionKey::bare(bank().kid().clone(), Arc::new(SoftwareKey::from_pem(pem.as_bytes()).unwrap()))
    }
    let case = |name, is_named: bool, rule, keys: fn() -> Vec<DecryptionKey<Enc1>>| {
        let judge = move |side: &Side| {
            let mut recipe = Recipe::sound();
            if !is_named {
                forge::remove(&mut recipe.header, "kid");
            }
            let opener = Opener::<Pii>::new(side.pick(vec![bank()], keys()));
            verdict(opener.open(&recipe.parts().join(), &[public("acme")], &from_acme(), now()))
        };
        Case::new(Row::DecryptionKeys, name, rule, judge, |side| side)
    };
    vec![
        case("another than the named one", true, "token.unknown-key", || vec![other()]),
        case("none, and one is named", true, "token.unknown-key", Vec::new),
        case("two of the name", true, "token.ambiguous-key", || vec![bank(), namesake()]),
        case("another key of the name", true, "token.decryption", || vec![namesake()]),
        case("two, and none is named", false, "token.no-key-named", || vec![bank(), other()]),
        case("none, and none is named", false, "token.no-key-named", Vec::new),
        case("another one alone, and none is named", false, "token.decryption", || vec![other()]),
    ]
}

/// Encryption keys are published with `use: enc`; a signing key is not taken for one.
fn of_signing_keys() -> Vec<Case> {
    let judge = |key_use: &Option<&str>| {
        let to = enc1_public();
        let mut key = json!({
            "kty": "RSA", "kid": to.kid(), "n": base64url(to.public_key().modulus()), "e": "AQAB", "use": "enc"
        });
        match key_use {
            Some(key_use) => key["use"] = json!(key_use),
            None => forge::remove(&mut key, "use"),
        }
        let set = hub_jwks::KeySet::parse(*to.owner(), json!({"keys": [key]}).to_string().as_bytes()).unwrap();
        set.encryption_key::<Enc1>(None).map(drop).map_err(|refused| refused.code().to_owned())
    };
    let case = |name, key_use: Option<&'static str>| {
        Case::new(Row::DecryptionKeys, name, "keyset.no-encryption-key", judge, move |side: Side| {
            side.pick(Some("enc"), key_use)
        })
    };
    vec![
        case("sealing to a signing key", Some("sig")),
        case("sealing to a transport key", Some("tls")),
        case("sealing to a key of no use", None),
    ]
}
