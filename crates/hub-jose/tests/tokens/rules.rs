//! The rules that all kinds share, held to every kind (THREATS section 1).

use serde_json::{Value, json};

use crate::cast::NOW;
use crate::forge;
use crate::kinds::Kind;
use crate::table::{Case, Change, case, check, check_accepted};

#[test]
fn what_every_kind_must_say() {
    let cases = [
        case("no iss", |c| forge::remove(c, "iss"), "token.claims"),
        case("iss null", |c| c["iss"] = Value::Null, "token.claims"),
        case("iss an array", |c| c["iss"] = json!([c["iss"]]), "token.claims"),
        case("iss with a slash", |c| c["iss"] = json!(format!("{}/", c["iss"].as_str().unwrap())), "token.issuer"),
        case("iss cut short", |c| c["iss"] = json!(&c["iss"].as_str().unwrap()[1..]), "token.issuer"),
        case("iss in upper case", |c| c["iss"] = json!(swap_case(c["iss"].as_str().unwrap())), "token.issuer"),
        case("iss empty", |c| c["iss"] = json!(""), "token.issuer"),
        case("no aud", |c| forge::remove(c, "aud"), "token.claims"),
        case("aud null", |c| c["aud"] = Value::Null, "token.claims"),
        case("aud a number", |c| c["aud"] = json!(1), "token.claims"),
        case("aud an empty array", |c| c["aud"] = json!([]), "token.claims"),
        case("aud somebody else", |c| c["aud"] = json!("https://evil.example"), "token.audience"),
        case("no exp", |c| forge::remove(c, "exp"), "token.claims"),
        case("exp a string", |c| c["exp"] = json!(c["exp"].to_string()), "token.claims"),
        case("exp null", |c| c["exp"] = Value::Null, "token.claims"),
        case("exp negative", |c| c["exp"] = json!(-1), "token.claims"),
        case("exp huge", |c| c["exp"] = json!(253_402_300_800_u64), "token.claims"),
        case("exp passed", |c| c["exp"] = json!(NOW - 10), "token.expired"),
        case("iat in the future", |c| c["iat"] = json!(NOW + 11), "token.issued-in-future"),
        case("iat a fraction too far", |c| c["iat"] = json!(NOW as f64 + 10.5), "token.issued-in-future"),
        case("iat null", |c| c["iat"] = Value::Null, "token.claims"),
        case("nbf in the future", |c| c["nbf"] = json!(NOW + 11), "token.not-yet-valid"),
        case("nbf a fraction too far", |c| c["nbf"] = json!(NOW as f64 + 10.5), "token.not-yet-valid"),
        case("nbf null", |c| c["nbf"] = Value::Null, "token.claims"),
        case("nbf a boolean", |c| c["nbf"] = json!(true), "token.claims"),
        case("sub null", |c| c["sub"] = Value::Null, "token.claims"),
        case("jti a number", |c| c["jti"] = json!(7), "token.claims"),
        case("jti empty", |c| c["jti"] = json!(""), "token.claim-value"),
        case("jti too long", |c| c["jti"] = json!("x".repeat(257)), "token.claim-value"),
    ];
    for kind in Kind::ALL {
        check(kind, &cases);
        check_accepted(
            kind,
            &[
                ("iat as far ahead as clocks may differ", |c| c["iat"] = json!(NOW + 10)),
                ("expired as long ago as clocks may differ", |c| c["exp"] = json!(NOW - 9)),
                ("a jti of 256 octets", |c| c["jti"] = json!("x".repeat(256))),
                ("nbf as far ahead as clocks may differ", |c| c["nbf"] = json!(NOW + 10)),
                ("nbf with a fraction", |c| c["nbf"] = json!(NOW as f64 - 0.25)),
                ("an unknown claim", |c| c["new"] = json!({"a": [1, null]})),
            ],
        );
    }
}

#[test]
fn nobody_else_is_accepted_among_several_audiences() {
    for kind in [Kind::SignedRequest, Kind::SignedResponse, Kind::WebhookEvent, Kind::Pii, Kind::LoginHint] {
        check_accepted(
            kind,
            &[
                ("a string", |c| c["aud"] = audience(c)),
                ("an array", |c| c["aud"] = json!([audience(c)])),
                ("one of eight", |c| {
                    let mut all = vec![json!("x"); 7];
                    all.push(audience(c));
                    c["aud"] = all.into();
                }),
            ],
        );
        check(
            kind,
            &[
                case(
                    "one of nine",
                    |c| c["aud"] = [vec![json!("x"); 8], vec![audience(c)]].concat().into(),
                    "token.claims",
                ),
                case("beside a number", |c| c["aud"] = json!([audience(c), 1]), "token.claims"),
                case("inside another array", |c| c["aud"] = json!([[audience(c)]]), "token.claims"),
                case("only others", |c| c["aud"] = json!(["a", "b"]), "token.audience"),
            ],
        );
    }
}

#[test]
fn an_array_is_no_audience_where_one_string_is_due() {
    for kind in [Kind::RequestObject, Kind::ClientAssertion, Kind::HubToLfiRequest, Kind::LfiToHubResponse] {
        check(kind, &[case("an array", |c| c["aud"] = json!([c["aud"]]), "token.audience-form")]);
    }
}

#[test]
fn claims_are_one_strict_json_object() {
    for kind in Kind::ALL {
        let sound = forge::claims(&kind.issue()).to_string();
        let members = sound.strip_suffix('}').unwrap();
        let cases = [
            ("a claim twice", format!("{members},\"iss\":\"x\"}}"), "json.duplicate_member"),
            ("a claim twice, one with an escape", format!("{members},\"is\\u0073\":\"x\"}}"), "json.duplicate_member"),
            (
                "a member twice, deep inside",
                format!("{members},\"x\":[{{\"a\":1,\"a\":1}}]}}"),
                "json.duplicate_member",
            ),
            ("an array", format!("[{sound}]"), "json.not_an_object"),
            ("something behind", format!("{sound}{{}}"), "json.syntax"),
            ("a byte order mark", format!("\u{feff}{sound}"), "json.byte_order_mark"),
            ("too deep", format!("{members},\"x\":{}{}}}", "[".repeat(16), "]".repeat(16)), "json.too_deep"),
            ("a lone surrogate", format!("{members},\"x\":\"\\ud800\"}}"), "json.lone_surrogate"),
            ("an infinite number", format!("{members},\"x\":1e999}}"), "json.number_range"),
            ("nothing", String::new(), "json.syntax"),
        ];
        for (name, json, code) in cases {
            let refused = kind.accept(&kind.sign_payload(json.as_bytes())).unwrap_err();
            assert!(refused.to_string().starts_with(&refused.token().to_string()), "{refused}");
            match refused.rule() {
                hub_jose::TokenRule::Claims(error) => assert_eq!(error.code(), code, "{kind:?}: {name}"),
                other => panic!("{kind:?}: {name}: {other}"),
            }
        }
        let not_utf8 = [sound.as_bytes(), &[0xFF]].concat();
        assert_eq!(kind.accept(&kind.sign_payload(&not_utf8)).unwrap_err().code(), "token.claims");
        assert_eq!(kind.accept(&kind.sign_payload(sound.as_bytes())), Ok(()));
        let deep = format!("{members},\"x\":{}0{}}}", "[".repeat(15), "]".repeat(15));
        assert_eq!(kind.accept(&kind.sign_payload(deep.as_bytes())), Ok(()), "{kind:?}: as deep as allowed");
    }
}

#[test]
fn headers() {
    let cases = [
        case("no kid", |h| forge::remove(h, "kid"), "token.header-missing"),
        case("an empty kid", |h| h["kid"] = json!(""), "token.header-form"),
        case("a kid with a space", |h| h["kid"] = json!("a b"), "token.header-form"),
        case("a kid too long", |h| h["kid"] = json!("k".repeat(257)), "token.header-form"),
        case("another kid", |h| h["kid"] = json!("x"), "token.unknown-key"),
        case("no alg", |h| forge::remove(h, "alg"), "token.header-missing"),
        case("none", |h| h["alg"] = json!("nOnE"), "token.unsecured"),
        case("HS256", |h| h["alg"] = json!("HS256"), "token.algorithm"),
        case("RS256", |h| h["alg"] = json!("RS256"), "token.algorithm"),
        case("PS384", |h| h["alg"] = json!("PS384"), "token.algorithm"),
        case("ES256", |h| h["alg"] = json!("ES256"), "token.algorithm"),
        case("crit", |h| h["crit"] = json!(["exp"]), "token.header-forbidden"),
        case("b64", |h| h["b64"] = json!(true), "token.header-forbidden"),
        case("jku", |h| h["jku"] = json!("https://evil.example"), "token.header-forbidden"),
        case("jwk", |h| h["jwk"] = json!({}), "token.header-forbidden"),
        case("x5u", |h| h["x5u"] = json!("https://evil.example"), "token.header-forbidden"),
        case("x5c", |h| h["x5c"] = json!([]), "token.header-forbidden"),
        case("zip", |h| h["zip"] = json!("DEF"), "token.header-forbidden"),
        case("epk", |h| h["epk"] = json!({}), "token.header-forbidden"),
        case("p2c", |h| h["p2c"] = json!(1), "token.header-forbidden"),
        case("an access token's typ", |h| h["typ"] = json!("at+jwt"), "token.typ"),
        case("typ a number", |h| h["typ"] = json!(1), "token.header-form"),
        case("cty JWT", |h| h["cty"] = json!("JWT"), "token.cty"),
        case("more than 2 KiB", |h| h["x"] = json!("x".repeat(2048)), "token.header-json"),
    ];
    let accepted: [(&str, Change); 5] = [
        ("neither typ nor cty", |_| ()),
        ("typ JWT", |h| h["typ"] = json!("JWT")),
        ("typ JOSE and cty json", |h| {
            h["typ"] = json!("JOSE");
            h["cty"] = json!("json");
        }),
        ("a media type in full", |h| h["typ"] = json!("application/jwt")),
        ("an unknown parameter", |h| h["x5t#S256"] = json!("AA")),
    ];
    for kind in Kind::ALL {
        let claims = forge::claims(&kind.issue()).to_string();
        for (name, change) in accepted {
            assert_eq!(kind.accept(&kind.sign_with(change, claims.as_bytes())), Ok(()), "{kind:?}: {name}");
        }
        for Case { name, change, code } in &cases {
            let refused = kind.accept(&kind.sign_with(change, claims.as_bytes())).expect_err(name);
            assert_eq!((refused.code(), refused.hub_code()), (*code, Some("JWS.InvalidHeader")), "{kind:?}: {name}");
        }
    }
}

#[test]
fn the_typ_of_another_kind_is_refused() {
    for (kind, own) in
        [(Kind::ClientAssertion, "client-authentication+jwt"), (Kind::RequestObject, "oauth-authz-req+jwt")]
    {
        for other in Kind::ALL {
            let claims = forge::claims(&other.issue()).to_string();
            let outcome = other.accept(&other.sign_with(|header| header["typ"] = json!(own), claims.as_bytes()));
            let expected = if other == kind { None } else { Some("token.typ") };
            assert_eq!(outcome.err().map(|refused| refused.code()), expected, "{own} on {other:?}");
        }
    }
}

/// Compact octets, of sealed kinds those of the JWE.
#[test]
fn sizes() {
    const KIB: usize = 1024;
    for kind in Kind::ALL {
        let limit = match kind {
            Kind::RequestObject => 512 * KIB,
            Kind::SignedRequest | Kind::SignedResponse => 1024 * KIB,
            Kind::WebhookEvent | Kind::Pii => 256 * KIB,
            _ => 8 * KIB,
        };
        let claims = forge::claims(&kind.issue());
        let with = |octets: usize| {
            let mut claims = claims.clone();
            claims["x"] = json!("x".repeat(octets));
            kind.sign(&claims)
        };
        // Every layer of base64url makes four octets of three.
        let (sealed, per_octet) = if kind.is_sealed() { (500, 16.0 / 9.0) } else { (0, 4.0 / 3.0) };
        let room = limit - sealed - with(0).len() * if kind.is_sealed() { 4 } else { 3 } / 3;
        let fits = (room as f64 / per_octet) as usize;
        assert_eq!(kind.accept(&with(fits - 20)), Ok(()), "{kind:?}");
        assert_eq!(kind.accept(&with(fits + 100)).unwrap_err().code(), "token.too-large", "{kind:?}");
    }
}

#[test]
fn clocks_at_either_end_of_time() {
    for kind in Kind::ALL {
        let token = kind.issue();
        assert_eq!(kind.accept_at(&token, NOW), Ok(()), "{kind:?}");
        assert_eq!(kind.accept_at(&token, u64::MAX).unwrap_err().code(), "token.expired", "{kind:?}");
        let too_early = kind.accept_at(&token, 0).unwrap_err();
        assert!(["token.not-yet-valid", "token.issued-in-future"].contains(&too_early.code()), "{kind:?}: {too_early}");
    }
}

fn audience(claims: &Value) -> Value {
    match &claims["aud"] {
        Value::Array(audiences) => audiences[0].clone(),
        audience => audience.clone(),
    }
}

fn swap_case(text: &str) -> String {
    let swapped = text.to_ascii_uppercase();
    if swapped == text { text.to_ascii_lowercase() } else { swapped }
}
