//! The rules on header and claims, one by one, for every kind they apply to (THREATS section 1).

use serde_json::{Value, json};

use crate::cast::NOW;
use crate::forge;
use crate::kinds::Kind;

type Change = fn(&mut Value);

/// A change to sound claims, and the rule it breaks.
struct Case {
    name: &'static str,
    change: Change,
    code: &'static str,
}

const fn case(name: &'static str, change: Change, code: &'static str) -> Case {
    Case { name, change, code }
}

/// Holds a kind to a table: sound claims are accepted, and each change is refused by its rule.
fn check(kind: Kind, cases: &[Case]) {
    let sound = forge::claims(&kind.issue());
    assert_eq!(kind.accept(&kind.sign(&sound)), Ok(()), "{kind:?}");
    for Case { name, change, code } in cases {
        let mut claims = sound.clone();
        change(&mut claims);
        assert_ne!(claims, sound, "{kind:?}: {name}");
        let refused = kind.accept(&kind.sign(&claims));
        let refused = refused.expect_err(&format!("{kind:?}: {name}: accepted"));
        assert_eq!(refused.code(), *code, "{kind:?}: {name}: {refused}");
    }
}

/// Claims that are accepted too.
fn check_accepted(kind: Kind, cases: &[(&str, Change)]) {
    for (name, change) in cases {
        let mut claims = forge::claims(&kind.issue());
        change(&mut claims);
        assert_eq!(kind.accept(&kind.sign(&claims)), Ok(()), "{kind:?}: {name}");
    }
}

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
                ("an unknown claim", |c| c["new"] = json!({"a": [1, null]})),
            ],
        );
    }
}

#[test]
fn nobody_else_is_accepted_among_several_audiences() {
    for kind in [Kind::SignedRequest, Kind::SignedResponse, Kind::WebhookEvent, Kind::Pii] {
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
fn client_assertions() {
    check(
        Kind::ClientAssertion,
        &[
            case("no sub", |c| forge::remove(c, "sub"), "token.claim-missing"),
            case("another sub", |c| c["sub"] = json!("somebody"), "token.subject"),
            case("no jti", |c| forge::remove(c, "jti"), "token.claim-missing"),
            case("no iat", |c| forge::remove(c, "iat"), "token.claim-missing"),
            case("lives too long", |c| c["exp"] = json!(NOW + 311), "token.lifetime"),
            case("lives a fraction too long", |c| c["exp"] = json!(NOW as f64 + 310.5), "token.lifetime"),
            case(
                "the endpoint as aud",
                |c| c["aud"] = json!(format!("{}/token", c["aud"].as_str().unwrap())),
                "token.audience",
            ),
            case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
            case("response_type", |c| c["response_type"] = json!("code"), "token.claim-forbidden"),
            case("Initiation", |c| c["Initiation"] = json!({}), "token.claim-forbidden"),
            case("Risk", |c| c["Risk"] = Value::Null, "token.claim-forbidden"),
            case("Identification", |c| c["Identification"] = json!("x"), "token.claim-forbidden"),
        ],
    );
    check_accepted(
        Kind::ClientAssertion,
        &[
            ("as long as the official collection's", |c| c["exp"] = json!(NOW + 310)),
            ("with nbf", |c| c["nbf"] = json!(NOW)),
            ("with a fractional nbf", |c| c["nbf"] = json!(NOW as f64 - 0.25)),
        ],
    );
}

#[test]
fn request_objects() {
    check(
        Kind::RequestObject,
        &[
            case("a sub", |c| c["sub"] = c["iss"].clone(), "token.claim-forbidden"),
            case("no nbf", |c| forge::remove(c, "nbf"), "token.claim-missing"),
            case("lives too long", |c| c["exp"] = json!(NOW + 611), "token.lifetime"),
            case("nbf long before exp", |c| c["nbf"] = json!(NOW - 311), "token.lifetime"),
            case(
                "nbf too old",
                |c| {
                    c["nbf"] = json!(NOW - 615);
                    c["exp"] = json!(NOW - 8);
                },
                "token.too-old",
            ),
            case("another client_id", |c| c["client_id"] = json!("x"), "token.claim-value"),
            case("no client_id", |c| forge::remove(c, "client_id"), "token.claims"),
            case("another response_type", |c| c["response_type"] = json!("code id_token"), "token.claim-value"),
            case("no response_type", |c| forge::remove(c, "response_type"), "token.claims"),
            case("plain PKCE", |c| c["code_challenge_method"] = json!("plain"), "token.claim-value"),
            case("no challenge", |c| forge::remove(c, "code_challenge"), "token.claims"),
            case("a short challenge", |c| c["code_challenge"] = json!("AAAA"), "token.claims"),
            case("no nonce", |c| forge::remove(c, "nonce"), "token.claims"),
            case("no state", |c| forge::remove(c, "state"), "token.claims"),
            case("no scope", |c| forge::remove(c, "scope"), "token.claims"),
            case("no redirect_uri", |c| forge::remove(c, "redirect_uri"), "token.claims"),
            case("no authorization_details", |c| forge::remove(c, "authorization_details"), "token.claims"),
            case("details not an array", |c| c["authorization_details"] = json!({}), "token.claims"),
            case("max_age too long", |c| c["max_age"] = json!(3601), "token.claims"),
            case("max_age null", |c| c["max_age"] = Value::Null, "token.claims"),
        ],
    );
    check_accepted(
        Kind::RequestObject,
        &[
            ("without iat", |c| forge::remove(c, "iat")),
            ("ten minutes", |c| c["exp"] = json!(NOW + 600)),
            ("max_age", |c| c["max_age"] = json!(3600)),
        ],
    );
    let mut claims = forge::claims(&Kind::RequestObject.issue());
    claims["exp"] = json!(NOW + 600);
    let token = Kind::RequestObject.sign(&claims);
    assert_eq!(Kind::RequestObject.accept_at(&token, NOW + 609), Ok(()));
    assert_eq!(Kind::RequestObject.accept_at(&token, NOW + 610).unwrap_err().code(), "token.expired");
}

#[test]
fn signed_bodies() {
    for kind in [Kind::SignedRequest, Kind::SignedResponse] {
        check(
            kind,
            &[
                case("no nbf", |c| forge::remove(c, "nbf"), "token.claim-missing"),
                case("no message", |c| forge::remove(c, "message"), "token.claims"),
            ],
        );
        check_accepted(
            kind,
            &[
                ("nbf 0 and no ceiling", |c| {
                    c["nbf"] = json!(0);
                    c["exp"] = json!(NOW + 10_000_000);
                }),
                ("without iat", |c| forge::remove(c, "iat")),
                ("an array as message", |c| c["message"] = json!([1, 2])),
                ("errors as message", |c| c["message"] = json!({"Errors": [{"Code": "x", "Message": "y"}]})),
            ],
        );
    }
    check(
        Kind::SignedResponse,
        &[case("an event", |c| c["message"] = json!({"Meta": {"EventType": null}}), "token.claim-forbidden")],
    );
    check_accepted(Kind::SignedResponse, &[("other Meta", |c| c["message"] = json!({"Meta": {"TotalPages": 1}}))]);
}

#[test]
fn id_tokens() {
    check(
        Kind::IdToken,
        &[
            case("no sub", |c| forge::remove(c, "sub"), "token.claim-missing"),
            case("no iat", |c| forge::remove(c, "iat"), "token.claim-missing"),
            case("no nonce", |c| forge::remove(c, "nonce"), "token.claims"),
            case("another nonce", |c| c["nonce"] = json!("x"), "token.claim-value"),
            case("several audiences without azp", |c| c["aud"] = json!([c["aud"], "x"]), "token.claim-missing"),
            case("azp somebody else", |c| c["azp"] = json!("x"), "token.claim-value"),
            case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
            case("auth_time a string", |c| c["auth_time"] = json!("1"), "token.claims"),
        ],
    );
    check_accepted(
        Kind::IdToken,
        &[
            ("an array", |c| c["aud"] = json!([c["aud"]])),
            ("several audiences with azp", |c| {
                c["azp"] = c["aud"].clone();
                c["aud"] = json!([c["aud"], "x"]);
            }),
            ("what was asked for", |c| {
                c["acr"] = json!("urn:openbanking:psd2:sca");
                c["auth_time"] = json!(NOW - 5);
                c["s_hash"] = json!("x");
            }),
        ],
    );
}

#[test]
fn webhook_events() {
    check(
        Kind::WebhookEvent,
        &[
            case("another consent", |c| c["message"]["Meta"]["ConsentId"] = json!("x"), "token.claim-value"),
            case("no Meta", |c| forge::remove(&mut c["message"], "Meta"), "token.claims"),
            case("Data an array", |c| c["message"]["Data"] = json!([]), "token.claim-value"),
            case("no Data", |c| forge::remove(&mut c["message"], "Data"), "token.claims"),
            case("no EventType", |c| forge::remove(&mut c["message"]["Meta"], "EventType"), "token.claims"),
            case("no ConsentId", |c| forge::remove(&mut c["message"]["Meta"], "ConsentId"), "token.claims"),
            case("message by position", |c| c["message"] = json!([c["message"]["Meta"], {}]), "token.claims"),
            case("no iat", |c| forge::remove(c, "iat"), "token.claim-missing"),
        ],
    );
}

#[test]
fn pii() {
    check(
        Kind::Pii,
        &[
            case("no Initiation", |c| forge::remove(c, "Initiation"), "token.claims"),
            case("no sub", |c| forge::remove(c, "sub"), "token.claim-missing"),
            case("another sub", |c| c["sub"] = json!("x"), "token.subject"),
            case("no iat", |c| forge::remove(c, "iat"), "token.claim-missing"),
            case("no nbf", |c| forge::remove(c, "nbf"), "token.claim-missing"),
            case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
        ],
    );
    check_accepted(Kind::Pii, &[("without Risk", |c| forge::remove(c, "Risk"))]);
}

#[test]
fn jwt_auth_tokens() {
    for kind in [Kind::HubToLfiRequest, Kind::HubToLfiResponse, Kind::LfiToHubRequest, Kind::LfiToHubResponse] {
        check(
            kind,
            &[
                case("no sub", |c| forge::remove(c, "sub"), "token.claim-missing"),
                case(
                    "another organisation",
                    |c| c["sub"] = json!("0f000000-0000-4000-8000-000000000001"),
                    "token.subject",
                ),
                case("no iat", |c| forge::remove(c, "iat"), "token.claim-missing"),
                case("no jti", |c| forge::remove(c, "jti"), "token.claim-missing"),
                case("lives too long", |c| c["exp"] = json!(NOW + 311), "token.lifetime"),
                case("another provider", |c| c["aud"] = json!("OTHER"), "token.audience"),
                case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
            ],
        );
        check_accepted(
            kind,
            &[("300 seconds", |c| c["exp"] = json!(NOW + 300)), ("with nbf", |c| c["nbf"] = json!(NOW + 10))],
        );
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
    }
}

#[test]
fn headers() {
    let cases = [
        case("no kid", |h| forge::remove(h, "kid"), "token.header-missing"),
        case("an empty kid", |h| h["kid"] = json!(""), "token.header-form"),
        case("another kid", |h| h["kid"] = json!("x"), "token.unknown-key"),
        case("no alg", |h| forge::remove(h, "alg"), "token.header-missing"),
        case("none", |h| h["alg"] = json!("nOnE"), "token.unsecured"),
        case("HS256", |h| h["alg"] = json!("HS256"), "token.algorithm"),
        case("RS256", |h| h["alg"] = json!("RS256"), "token.algorithm"),
        case("crit", |h| h["crit"] = json!(["exp"]), "token.header-forbidden"),
        case("b64", |h| h["b64"] = json!(true), "token.header-forbidden"),
        case("jwk", |h| h["jwk"] = json!({}), "token.header-forbidden"),
        case("x5c", |h| h["x5c"] = json!([]), "token.header-forbidden"),
        case("an access token's typ", |h| h["typ"] = json!("at+jwt"), "token.typ"),
        case("cty JWT", |h| h["cty"] = json!("JWT"), "token.cty"),
        case("typ a number", |h| h["typ"] = json!(1), "token.header-form"),
    ];
    let credential = crate::cast::sig1();
    let claims = forge::claims(&Kind::ClientAssertion.issue()).to_string();
    let sound = forge::header(&credential);
    for typ in ["JWT", "JOSE", "client-authentication+jwt", "application/jwt"] {
        let mut header = sound.clone();
        header["typ"] = json!(typ);
        let token = forge::jws(&credential, &header.to_string(), claims.as_bytes());
        assert_eq!(Kind::ClientAssertion.accept(&token), Ok(()), "{typ}");
    }
    for Case { name, change, code } in cases {
        let mut header = sound.clone();
        change(&mut header);
        let token = forge::jws(&credential, &header.to_string(), claims.as_bytes());
        let refused = Kind::ClientAssertion.accept(&token).expect_err(name);
        assert_eq!((refused.code(), refused.hub_code()), (code, Some("JWS.InvalidHeader")), "{name}");
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
