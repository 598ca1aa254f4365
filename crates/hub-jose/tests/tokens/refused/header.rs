//! Headers.

use serde_json::{Value, json};

use super::difference::{Difference, In, case, limit, put, without};
use super::{Case, Row};

pub(super) fn cases() -> Vec<Case> {
    [
        In::HEADER.cases(Row::Algorithm, algorithms()),
        In::HEADER.cases(Row::HeaderParameters, parameters()),
        In::HEADER.cases(Row::Kid, kids()),
        In::HEADER.cases(Row::ConfusionBetweenTokens, types()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn algorithms() -> Vec<Difference> {
    let others = [
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "RS384",
        "RS512",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "Ed25519",
        "RSA-OAEP-256",
        "dir",
        "ps256",
        "PS256 ",
        " PS256",
        "PS-256",
        "PS256\u{0}",
        "non",
        "",
    ];
    let unsecured = ["none", "None", "NONE", "nOnE"];
    let no_text = [json!(["PS256"]), json!({"alg": "PS256"}), json!(256), json!(true), Value::Null];
    let others = others.map(|alg| case(format!("{alg:?}"), put("alg", alg), "token.algorithm"));
    let unsecured = unsecured.map(|alg| case(format!("{alg:?}"), put("alg", alg), "token.unsecured"));
    let no_text = no_text.map(|alg| case(alg.to_string(), put("alg", alg), "token.header-form"));
    others
        .into_iter()
        .chain(unsecured)
        .chain(no_text)
        .chain([case("none at all", without("alg"), "token.header-missing")])
        .collect()
}

/// Whatever they say, and however they say it.
fn parameters() -> Vec<Difference> {
    let values = [
        ("b64", json!(true)),
        ("b64", json!(false)),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("crit", json!("exp")),
        ("epk", json!({"kty": "EC"})),
        ("jku", json!("https://keystore.evil.example/application.jwks")),
        ("jwk", json!({"kty": "RSA", "e": "AQAB"})),
        ("p2c", json!(2_000_000_000)),
        ("x5c", json!(["MIIB"])),
        ("x5c", json!([])),
        ("x5u", json!("https://evil.example/certificate.pem")),
        ("zip", json!("DEF")),
    ];
    let absent = ["b64", "crit", "epk", "jku", "jwk", "p2c", "x5c", "x5u", "zip"].map(|name| (name, Value::Null));
    let refused = |(name, value): (&'static str, Value)| {
        // Its neighbour has the same value under a name that nobody knows.
        limit(format!("{name} {value}"), put("x-unknown", value.clone()), put(name, value), "token.header-forbidden")
    };
    values.into_iter().chain(absent).map(refused).collect()
}

fn kids() -> Vec<Difference> {
    let form = [
        json!(""),
        json!("a b"),
        json!("a\n"),
        json!("a\u{0}"),
        json!("\u{7f}"),
        json!("é"),
        Value::Null,
        json!(1),
        json!(["a"]),
        json!({"kid": "a"}),
    ];
    let unknown = ["x", "../../etc/passwd", "'OR'1'='1", "https://evil.example/key", "*", "%00"];
    let form = form.map(|kid| case(kid.to_string(), put("kid", kid), "token.header-form"));
    let unknown = unknown.map(|kid| case(format!("{kid:?}, only compared"), put("kid", kid), "token.unknown-key"));
    let others = [
        case("none", without("kid"), "token.header-missing"),
        case("256 characters that name no key", put("kid", "k".repeat(256)), "token.unknown-key"),
        case("257 characters", put("kid", "k".repeat(257)), "token.header-form"),
    ];
    form.into_iter().chain(unknown).chain(others).collect()
}

fn types() -> Vec<Difference> {
    let types = ["at+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "application/at+jwt", "JWE", "JWT ", ""];
    let types = types.map(|typ| limit(format!("typ {typ:?}"), put("typ", "JWT"), put("typ", typ), "token.typ"));
    let contents = ["JWT", "xml", ""];
    let contents = contents.map(|cty| limit(format!("cty {cty:?}"), put("cty", "json"), put("cty", cty), "token.cty"));
    let no_text = [
        limit("typ null", put("typ", "JOSE"), put("typ", Value::Null), "token.header-form"),
        limit("typ a number", put("typ", "JOSE"), put("typ", 1), "token.header-form"),
        limit("cty null", put("cty", "application/json"), put("cty", Value::Null), "token.header-form"),
    ];
    types.into_iter().chain(contents).chain(no_text).collect()
}
