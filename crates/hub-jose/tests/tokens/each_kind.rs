//! The rules of each kind of token (FACTS section 4).

use hub_jose::{ExpectedIdToken, IdToken, IdTokenClaims, MaxAge, Unverified};
use serde_json::{Value, json};

use crate::cast::{NONCE, NOW, acme, issuer, login, now, public, signer2};
use crate::forge;
use crate::kinds::{Kind, sealed_hint};
use crate::table::{Case, case, check, check_accepted};

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
            case("nbf too old", |c| (c["nbf"], c["exp"]) = (json!(NOW - 611), json!(NOW - 5)), "token.too-old"),
            case(
                "nbf a fraction too old",
                |c| (c["nbf"], c["exp"]) = (json!(NOW as f64 - 610.5), json!(NOW - 5)),
                "token.too-old",
            ),
            case("another client_id", |c| c["client_id"] = json!("x"), "token.claim-value"),
            case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
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
            case("login_hint in the clear", |c| c["login_hint"] = json!({"Type": "EmiratesID"}), "token.claims"),
        ],
    );
    check_accepted(
        Kind::RequestObject,
        &[
            ("without iat", |c| forge::remove(c, "iat")),
            ("ten minutes", |c| c["exp"] = json!(NOW + 600)),
            ("as old as clocks may differ", |c| (c["nbf"], c["exp"]) = (json!(NOW - 610), json!(NOW - 5))),
            ("max_age", |c| c["max_age"] = json!(3600)),
            ("login_hint", |c| c["login_hint"] = json!(sealed_hint())),
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
                case("a number as message", |c| c["message"] = json!(1), "token.claim-value"),
                case("text as message", |c| c["message"] = json!("{}"), "token.claim-value"),
                case("null as message", |c| c["message"] = Value::Null, "token.claim-value"),
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
    check_accepted(
        Kind::SignedResponse,
        &[
            ("other Meta", |c| c["message"] = json!({"Meta": {"TotalPages": 1}})),
            ("an array, which is no event by position", |c| c["message"] = json!([{"EventType": "x"}])),
            ("Meta an array, which is none either", |c| c["message"] = json!({"Meta": ["x"]})),
        ],
    );
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

/// What was asked for must be there, and be right; what was not may be anything.
#[test]
fn id_tokens_answer_what_was_asked() {
    let asked = login().with_state("af0ifjsldkj").with_acr("urn:sca").with_max_age(MaxAge::from_seconds(60).unwrap());
    let verify = |claims: &Value, expected: &ExpectedIdToken| {
        let token = Unverified::<IdToken>::parse(&Kind::IdToken.sign(claims)).unwrap();
        token.verify(&public("retail"), expected, now()).map(drop).map_err(|refused| refused.code())
    };
    let mut sound = forge::claims(&Kind::IdToken.issue());
    // The left half of the SHA-256 of the state, computed elsewhere.
    sound["s_hash"] = json!("bOhtX8F73IMjSPeVAqxyTQ");
    sound["acr"] = json!("urn:sca");
    sound["auth_time"] = json!(NOW - 70);
    assert_eq!(verify(&sound, &asked), Ok(()));
    let with_state = IdTokenClaims::new(NONCE).with_state("af0ifjsldkj");
    assert_eq!(json!(with_state)["s_hash"], sound["s_hash"]);

    let cases = [
        case("no s_hash", |c| forge::remove(c, "s_hash"), "token.claim-missing"),
        case("of another state", |c| c["s_hash"] = json!("AAAA"), "token.claim-value"),
        case("no acr", |c| forge::remove(c, "acr"), "token.claim-missing"),
        case("another acr", |c| c["acr"] = json!("urn:ca"), "token.claim-value"),
        case("no auth_time", |c| forge::remove(c, "auth_time"), "token.claim-missing"),
        case("too long ago", |c| c["auth_time"] = json!(NOW - 71), "token.claim-value"),
        case("still to come", |c| c["auth_time"] = json!(NOW + 11), "token.claim-value"),
        case("a fraction too long ago", |c| c["auth_time"] = json!(NOW as f64 - 70.5), "token.claim-value"),
    ];
    for Case { name, change, code } in cases {
        let mut claims = sound.clone();
        change(&mut claims);
        assert_eq!(verify(&claims, &asked), Err(code), "{name}");
        assert_eq!(verify(&claims, &login()), Ok(()), "{name}, which nobody asked for");
    }
}

/// The hashes of what the client holds: right or absent, never wrong.
#[test]
fn id_tokens_fit_what_came_with_them() {
    let verify = |claims: &IdTokenClaims, expected: &ExpectedIdToken| {
        let draft = IdToken::new(issuer("retail"), acme(), "user-7", claims.clone());
        let token = Unverified::<IdToken>::parse(&signer2().sign(&draft, now()).unwrap()).unwrap();
        token.verify(&public("retail"), expected, now()).map(drop).map_err(|refused| refused.to_string())
    };
    let bare = IdTokenClaims::new(NONCE).with_acr("urn:sca").with_auth_time(now());
    // The example of OpenID Connect Core appendix A.4 (`at_hash`) and A.3 (`c_hash`).
    let (access_token, code) =
        ("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk");
    let claims = bare.clone().with_access_token(access_token).with_code(code);
    assert_eq!(claims.at_hash.as_deref(), Some("77QmUPtjPfzWtF2AnpK9RQ"));
    assert_eq!(claims.c_hash.as_deref(), Some("LDktKdoQak3Pk0cnXxCltA"));

    let holding = login().with_access_token(access_token).with_code(code);
    for claims in [&claims, &bare] {
        assert_eq!((verify(claims, &holding), verify(claims, &login())), (Ok(()), Ok(())));
    }
    let with_another = [
        ("at_hash", login().with_access_token("another"), bare.clone().with_access_token("another")),
        ("c_hash", login().with_code("another"), bare.with_code("another")),
    ];
    for (claim, expected, others) in with_another {
        assert!(verify(&claims, &expected).unwrap_err().contains(claim), "{claim}: another is held");
        assert!(verify(&others, &holding).unwrap_err().contains(claim), "{claim}: it is of another");
        assert_eq!(verify(&others, &expected), Ok(()), "{claim}");
    }
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
        ],
    );
    check_accepted(Kind::WebhookEvent, &[("without iat", |c| forge::remove(c, "iat"))]);
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
            case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
            case("Identification", |c| c["Identification"] = json!("x"), "token.claim-forbidden"),
        ],
    );
    check_accepted(
        Kind::Pii,
        &[
            ("without Risk", |c| forge::remove(c, "Risk")),
            // As the standard's page on PII makes them.
            ("without nbf", |c| forge::remove(c, "nbf")),
            ("without jti", |c| forge::remove(c, "jti")),
        ],
    );
}

#[test]
fn login_hints() {
    check(
        Kind::LoginHint,
        &[
            case("no Type", |c| forge::remove(c, "Type"), "token.claims"),
            case("an unknown Type", |c| c["Type"] = json!("Passport"), "token.claims"),
            case("no Identification", |c| forge::remove(c, "Identification"), "token.claims"),
            case("a number", |c| c["Identification"] = json!(784), "token.claims"),
            case("another sub", |c| c["sub"] = json!("x"), "token.subject"),
            case("Initiation", |c| c["Initiation"] = json!({}), "token.claim-forbidden"),
            case("Risk", |c| c["Risk"] = json!({}), "token.claim-forbidden"),
            case("message", |c| c["message"] = json!({}), "token.claim-forbidden"),
            case("response_type", |c| c["response_type"] = json!("code"), "token.claim-forbidden"),
        ],
    );
    check_accepted(
        Kind::LoginHint,
        &[
            ("a company", |c| c["Type"] = json!("TradeLicenseNumber")),
            ("without sub", |c| forge::remove(c, "sub")),
            ("without iat", |c| forge::remove(c, "iat")),
            ("without nbf", |c| forge::remove(c, "nbf")),
            ("without jti", |c| forge::remove(c, "jti")),
        ],
    );
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
            &[
                ("300 seconds and the clock skew", |c| c["exp"] = json!(NOW + 310)),
                ("with nbf", |c| c["nbf"] = json!(NOW + 10)),
            ],
        );
    }
}
