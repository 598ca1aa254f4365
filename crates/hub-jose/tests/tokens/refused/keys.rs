//! Published keys: what may verify a token. The key is always the one that signed; what is refused is the way it is published.

use std::sync::LazyLock;

use hub_jose::{ClientAssertion, Unverified};
use hub_jwks::{JwkError, KeySet, SelectCause};
use hub_roles::Sig1;
use serde_json::{Value, json};

use super::difference::{Change, Difference, case, change, limit, put, spelt, without};
use super::{Case, Row, Verdict, verdict};
use crate::cast::{acme, from_acme, now, sig1};
use crate::forge::base64url;
use crate::kinds::Kind;

pub(super) fn cases() -> Vec<Case> {
    let of =
        |row, differences: Vec<Difference>| differences.into_iter().map(move |difference| published(row, difference));
    of(Row::KeyConfusion, purposes())
        .chain(of(Row::RsaKeys, moduli_and_exponents()))
        .chain(of(Row::RsaKeys, private_members()))
        .chain(of(Row::Base64Url, spellings()))
        .chain(of(Row::Duplicates, twice()))
        .chain(of(Row::Kid, kids()))
        .collect()
}

/// Verifies the one token with the key as it is published.
fn published(row: Row, difference: Difference) -> Case {
    let judge = |key: &Vec<u8>| verify_with(key);
    difference.into_case(row, "published key: ", judge, |change| change(&sound_key()))
}

fn verify_with(key: &[u8]) -> Verdict {
    static TOKEN: LazyLock<String> = LazyLock::new(|| Kind::ClientAssertion.issue());
    let token = Unverified::<ClientAssertion>::parse(&TOKEN).unwrap();
    let set = [br#"{"keys":["#, key, b"]}"].concat();
    let set = KeySet::parse(acme().clone(), &set).map_err(|refused| refused.code().to_owned())?;
    let key = set.verification_key::<Sig1>(token.kid()).map_err(|refused| match (refused.cause(), set.rejected()) {
        (SelectCause::Rejected(reason), _) => reason.code().to_owned(),
        // Of some faults the kid is a victim: then the set tells of one rejected key.
        (SelectCause::UnknownKid, [only]) => JwkError::code(&only.reason).to_owned(),
        _ => refused.code().to_owned(),
    })?;
    verdict(token.verify(&key, &from_acme(), now()))
}

/// As the keystore publishes it, but for the certificate, which would contradict another key.
fn sound_key() -> Value {
    json!({"kty": "RSA", "use": "sig", "kid": sig1().kid(), "n": base64url(&modulus()), "e": "AQAB"})
}

fn modulus() -> Vec<u8> {
    sig1().certificate().public_key().modulus().to_vec()
}

fn purposes() -> Vec<Difference> {
    let uses = ["enc", "tls"].map(|key_use| case(format!("use {key_use}"), put("use", key_use), "keyset.not-for-role"));
    let unknown = ["SIG", "", "sig "].map(|key_use| case(format!("use {key_use:?}"), put("use", key_use), "jwk.use"));
    let algorithms = ["RS256", "PS384", "PS512", "HS256", "ES256", "RSA-OAEP-256", "none", "ps256", ""]
        .map(|alg| limit(format!("alg {alg:?}"), put("alg", "PS256"), put("alg", alg), "keyset.not-for-role"));
    let operations =
        [json!([]), json!(["sign"]), json!(["encrypt"]), json!(["wrapKey", "unwrapKey"]), json!(["VERIFY"])].map(
            |operations| {
                let refused = put("key_ops", operations.clone());
                limit(
                    format!("key_ops {operations}"),
                    put("key_ops", json!(["verify"])),
                    refused,
                    "keyset.not-for-role",
                )
            },
        );
    let types =
        ["EC", "oct", "OKP", "rsa", ""].map(|kty| case(format!("kty {kty:?}"), put("kty", kty), "jwk.key-type"));
    let twice = put("key_ops", json!(["verify", "verify"]));
    uses.into_iter()
        .chain(unknown)
        .chain(algorithms)
        .chain(operations)
        .chain(types)
        .chain([
            limit("verify twice in key_ops", put("key_ops", json!(["verify", "sign"])), twice, "jwk.key-ops"),
            case("use null", put("use", Value::Null), "json.shape"),
            limit("alg null", put("alg", "PS256"), put("alg", Value::Null), "json.shape"),
            limit("key_ops a string", put("key_ops", json!(["verify"])), put("key_ops", "verify"), "json.shape"),
        ])
        .collect()
}

fn moduli_and_exponents() -> Vec<Difference> {
    let modulus_with = |spoil: fn(&mut Vec<u8>)| -> Change {
        change(move |key| {
            let mut modulus = modulus();
            spoil(&mut modulus);
            key["n"] = base64url(&modulus).into();
        })
    };
    let exponents = [
        ("1", &[1][..]),
        ("3", &[3]),
        ("17", &[17]),
        ("65539", &[1, 0, 3]),
        ("65537 with a zero in front", &[0, 1, 0, 1]),
        ("65537 backwards and longer", &[1, 0, 1, 0]),
        ("2^32 + 1", &[1, 0, 0, 0, 1]),
        ("nothing", &[]),
    ]
    .map(|(name, exponent)| case(format!("e {name}"), put("e", base64url(exponent)), "key.exponent"));
    vec![
        case("n of 2047 bits", modulus_with(|n| n[0] &= 0x7f), "key.size"),
        case("n of 1024 bits", modulus_with(|n| n.truncate(128)), "key.size"),
        case("n of 8200 bits", modulus_with(|n| n.resize(1025, 1)), "key.size"),
        case("n even", modulus_with(|n| n[255] &= 0xfe), "key.even-modulus"),
        case("n with a zero in front", modulus_with(|n| n.insert(0, 0)), "key.malformed"),
        case("n nothing", modulus_with(Vec::clear), "key.malformed"),
        case("n of the shape of ROCA", change(|key| key["n"] = base64url(&roca_shaped()).into()), "key.roca"),
        case("n another key's", modulus_with(|n| n[100] ^= 1), "token.signature"),
        case("no n", without("n"), "jwk.missing"),
        case("no e", without("e"), "jwk.missing"),
        case("n a number", put("n", 7), "json.shape"),
        case("e a number", put("e", 65537), "json.shape"),
        case("n null", put("n", Value::Null), "json.shape"),
    ]
    .into_iter()
    .chain(exponents)
    .collect()
}

/// 65537 to the power of 128, which is 1 modulo each prime that divides 65536, and a power of 65537 modulo every other.
fn roca_shaped() -> Vec<u8> {
    let mut power = vec![1_u8];
    for _ in 0..128 {
        // Times 65537: itself, and itself two octets further on.
        let shifted = [power.as_slice(), &[0, 0]].concat();
        let mut sum = shifted.clone();
        let mut carry = 0;
        for (at, octet) in sum.iter_mut().enumerate().rev() {
            let added = at.checked_sub(shifted.len() - power.len()).map_or(0, |at| u16::from(power[at]));
            let digit = u16::from(shifted[at]) + added + carry;
            (*octet, carry) = (digit as u8, digit >> 8);
        }
        power = if carry == 0 { sum } else { [&[1][..], &sum].concat() };
    }
    power
}

/// The holder has published a secret: nothing is verified with such a key any more.
fn private_members() -> Vec<Difference> {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .map(|member| limit(member, put("x", "AAAA"), put(member, "AAAA"), "jwk.private-member"))
        .into_iter()
        .chain([limit("d null", put("x", Value::Null), put("d", Value::Null), "jwk.private-member")])
        .collect()
}

fn spellings() -> Vec<Difference> {
    type Spelling = fn(&str) -> String;
    let spoilt = |member: &'static str, spelling: fn(&str) -> String| {
        change(move |key| key[member] = spelling(key[member].as_str().unwrap()).into())
    };
    let spellings: [(_, Spelling); 5] = [
        ("with padding", |text| format!("{text}{}", "=".repeat(4 - text.len() % 4))),
        ("with a line break behind", |text| format!("{text}\n")),
        ("in the standard alphabet", |text| format!("+/{}", &text[2..])),
        ("with a space inside", |text| format!("{} {}", &text[..2], &text[2..])),
        ("with a character too many", |text| format!("{text}{}", "A".repeat(5 - text.len() % 4))),
    ];
    ["n", "e"]
        .into_iter()
        .flat_map(|member| {
            spellings.map(|(name, spelling)| case(format!("{member} {name}"), spoilt(member, spelling), "jwk.base64"))
        })
        .chain([case(
            "n with unused bits that are set",
            // 256 octets leave four bits of the last character.
            spoilt("n", |text| {
                let (rest, last) = text.split_at(text.len() - 1);
                format!("{rest}{}", char::from(last.as_bytes()[0] + 1))
            }),
            "jwk.base64",
        )])
        .collect()
}

fn twice() -> Vec<Difference> {
    let with = |members: &'static str| spelt(move |key| key.replacen('{', &format!("{{{members},"), 1));
    [r#""kty":"RSA""#, r#""use":"sig""#, r#""us\u0065":"sig""#, r#""e":"AQAB""#, r#""x":{"a":1,"a":1}"#]
        .map(|members| limit(members, with(r#""x":{"a":1}"#), with(members), "json.duplicate_member"))
        .into()
}

fn kids() -> Vec<Difference> {
    vec![
        case("no kid", without("kid"), "jwk.missing"),
        case("an empty kid", put("kid", ""), "jwk.kid"),
        case("a kid with a space", put("kid", "a b"), "jwk.kid"),
        case("a kid of 257 characters", put("kid", "k".repeat(257)), "jwk.kid"),
        case("a kid that is a number", put("kid", 7), "json.shape"),
        case("another kid", put("kid", "x"), "keyset.unknown-kid"),
        case("the kid in another case", change(|key| key["kid"] = swap_case(&key["kid"]).into()), "keyset.unknown-kid"),
    ]
}

fn swap_case(text: &Value) -> String {
    let swap =
        |letter: char| if letter.is_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
    text.as_str().unwrap().chars().map(swap).collect()
}
