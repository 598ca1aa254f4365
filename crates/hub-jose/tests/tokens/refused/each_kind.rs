//! The claims of each kind (FACTS section 4).

use serde_json::{Value, json};

use super::difference::{Change, Difference, In, case, change, limit, put, without};
use super::{Case, Row};
use crate::cast::NOW;
use crate::kinds::Kind;

pub(super) fn cases() -> Vec<Case> {
    const ASSERTION: In = In::claims_of("client assertion: ", &[Kind::ClientAssertion]);
    const REQUEST: In = In::claims_of("request object: ", &[Kind::RequestObject]);
    const BODIES: In = In::claims_of("signed bodies: ", &[Kind::SignedRequest, Kind::SignedResponse]);
    const RESPONSE: In = In::claims_of("signed response: ", &[Kind::SignedResponse]);
    const ID_TOKEN: In = In::claims_of("ID token: ", &[Kind::IdToken]);
    const EVENT: In = In::claims_of("webhook event: ", &[Kind::WebhookEvent]);
    const PII: In = In::claims_of("PII: ", &[Kind::Pii]);
    const HINT: In = In::claims_of("login hint: ", &[Kind::LoginHint]);
    const JWT_AUTH: In = In::claims_of(
        "JWT Auth: ",
        &[Kind::HubToLfiRequest, Kind::HubToLfiResponse, Kind::LfiToHubRequest, Kind::LfiToHubResponse],
    );
    [
        ASSERTION.cases(Row::Claims, [missing("sub"), missing("jti"), missing("iat"), another("sub", "token.subject")]),
        ASSERTION.cases(Row::Lifetimes, [lifetime("iat", 310), a_fraction_longer("iat", 310)]),
        ASSERTION.cases(Row::ConfusionBetweenTokens, foreign(&OF_OTHERS)),
        ASSERTION.cases(Row::Audience, endpoints()),
        REQUEST.cases(Row::Claims, request_objects()),
        REQUEST.cases(
            Row::ConfusionBetweenTokens,
            [limit("sub", put("SUB", "x"), put("sub", "x"), "token.claim-forbidden")],
        ),
        REQUEST.cases(Row::Lifetimes, request_object_lifetimes()),
        REQUEST.cases(Row::ConfusionBetweenTokens, foreign(&["message"])),
        BODIES.cases(Row::Claims, signed_bodies()),
        RESPONSE.cases(Row::ConfusionBetweenTokens, events_as_responses()),
        ID_TOKEN.cases(Row::Claims, id_tokens()),
        ID_TOKEN.cases(Row::ConfusionBetweenTokens, foreign(&["message"])),
        EVENT.cases(Row::Claims, webhook_events()),
        PII.cases(Row::Claims, [missing("sub"), missing("iat"), missing("nbf"), another("sub", "token.subject")]),
        PII.cases(Row::ConfusionBetweenTokens, [case("no Initiation", without("Initiation"), "token.claims")]),
        PII.cases(Row::ConfusionBetweenTokens, foreign(&["Identification", "message", "response_type"])),
        HINT.cases(Row::Claims, login_hints()),
        HINT.cases(Row::ConfusionBetweenTokens, foreign(&["Initiation", "Risk", "message", "response_type"])),
        JWT_AUTH.cases(Row::JwtAuth, jwt_auth()),
        JWT_AUTH.cases(Row::Lifetimes, [lifetime("iat", 310), a_fraction_longer("iat", 310)]),
        JWT_AUTH.cases(Row::ConfusionBetweenTokens, foreign(&OF_OTHERS)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const OF_OTHERS: [&str; 5] = ["Identification", "Initiation", "Risk", "message", "response_type"];

fn missing(claim: &'static str) -> Difference {
    case(format!("no {claim}"), without(claim), "token.claim-missing")
}

fn another(claim: &'static str, rule: &'static str) -> Difference {
    case(format!("another {claim}"), put(claim, "x"), rule)
}

/// Claims of other kinds, whatever they say; their neighbours stand under a name in another case.
fn foreign(claims: &[&'static str]) -> Vec<Difference> {
    let refused = |claim: &'static str, value: Value| {
        let in_other_case = change({
            let (name, value) = (claim.to_ascii_uppercase(), value.clone());
            move |claims| claims[&name] = value.clone()
        });
        limit(format!("{claim} {value}"), in_other_case, put(claim, value), "token.claim-forbidden")
    };
    claims.iter().flat_map(|claim| [json!({}), json!("x"), Value::Null].map(|value| refused(claim, value))).collect()
}

fn lifetime(from: &str, seconds: u64) -> Difference {
    let name = format!("exp {} s after {from}", seconds + 1);
    limit(name, put("exp", NOW + seconds), put("exp", NOW + seconds + 1), "token.lifetime")
}

fn a_fraction_longer(from: &str, seconds: u64) -> Difference {
    let (name, at) = (format!("exp {seconds}.5 s after {from}"), (NOW + seconds) as f64);
    limit(name, put("exp", at - 0.5), put("exp", at + 0.5), "token.lifetime")
}

fn endpoints() -> Vec<Difference> {
    let with_path =
        |path: &'static str| change(move |c| c["aud"] = format!("{}{path}", c["aud"].as_str().unwrap()).into());
    ["/token", "/par", "/.well-known/openid-configuration", "?x"]
        .map(|path| case(format!("aud with {path}"), with_path(path), "token.audience"))
        .into()
}

fn request_objects() -> Vec<Difference> {
    let members = [
        "client_id",
        "response_type",
        "scope",
        "redirect_uri",
        "nonce",
        "state",
        "code_challenge",
        "code_challenge_method",
        "authorization_details",
    ];
    let absent = members.map(|claim| case(format!("no {claim}"), without(claim), "token.claims"));
    let null = members.map(|claim| case(format!("{claim} null"), put(claim, Value::Null), "token.claims"));
    let others = [
        missing("nbf"),
        another("client_id", "token.claim-value"),
        case("response_type code id_token", put("response_type", "code id_token"), "token.claim-value"),
        case("plain PKCE", put("code_challenge_method", "plain"), "token.claim-value"),
        case("the challenge too short", put("code_challenge", "AAAA"), "token.claims"),
        limit(
            "the challenge in another spelling",
            put("code_challenge", format!("{}A", "A".repeat(42))),
            put("code_challenge", format!("{}B", "A".repeat(42))),
            "token.claims",
        ),
        limit(
            "the challenge with padding",
            put("code_challenge", "A".repeat(43)),
            put("code_challenge", format!("{}=", "A".repeat(43))),
            "token.claims",
        ),
        case("authorization_details an object", put("authorization_details", json!({})), "token.claims"),
        limit("max_age too long", put("max_age", 3600), put("max_age", 3601), "token.claims"),
        limit("max_age negative", put("max_age", 0), put("max_age", -1), "token.claims"),
        limit("max_age a string", put("max_age", 60), put("max_age", "60"), "token.claims"),
        case("login_hint in the clear", put("login_hint", json!({"Type": "EmiratesID"})), "token.claims"),
        limit("max_age null", put("max_age", 60), put("max_age", Value::Null), "token.claims"),
    ];
    absent.into_iter().chain(null).chain(others).collect()
}

/// `exp` counts from `nbf`, and `nbf` from now.
fn request_object_lifetimes() -> Vec<Difference> {
    let old = |nbf: f64| change(move |c| (c["nbf"], c["exp"]) = (json!(nbf), json!(NOW - 5)));
    let now = NOW as f64;
    vec![
        lifetime("nbf", 610),
        a_fraction_longer("nbf", 610),
        limit("nbf 611 s ago", old(now - 610.0), old(now - 611.0), "token.too-old"),
        limit("nbf 610.5 s ago", old(now - 609.5), old(now - 610.5), "token.too-old"),
        limit("nbf 311 s ago, exp in 300 s", put("nbf", NOW - 310), put("nbf", NOW - 311), "token.lifetime"),
        case("nbf 0", put("nbf", 0), "token.lifetime"),
    ]
}

fn signed_bodies() -> Vec<Difference> {
    vec![
        missing("nbf"),
        case("no message", without("message"), "token.claims"),
        case("message a number", put("message", 1), "token.claim-value"),
        case("message a text", put("message", "{}"), "token.claim-value"),
        case("message true", put("message", true), "token.claim-value"),
        case("message null", put("message", Value::Null), "token.claim-value"),
    ]
}

fn events_as_responses() -> Vec<Difference> {
    let meta = |meta: Value| put("message", json!({"Meta": meta}));
    vec![
        limit("an event", meta(json!({"TotalPages": 1})), meta(json!({"EventType": "x"})), "token.claim-forbidden"),
        limit(
            "an event of no type",
            meta(json!({"eventType": null})),
            meta(json!({"EventType": null})),
            "token.claim-forbidden",
        ),
    ]
}

fn id_tokens() -> Vec<Difference> {
    let several = |c: &mut Value| c["aud"] = json!([c["aud"], "x"]);
    let with_azp = |c: &mut Value| (c["azp"], c["aud"]) = (c["aud"].clone(), json!([c["aud"], "x"]));
    vec![
        missing("sub"),
        missing("iat"),
        case("no nonce", without("nonce"), "token.claims"),
        another("nonce", "token.claim-value"),
        case("nonce null", put("nonce", Value::Null), "token.claims"),
        limit("several audiences without azp", change(with_azp), change(several), "token.claim-missing"),
        limit("azp somebody else", change(with_azp), put("azp", "x"), "token.claim-value"),
        limit("auth_time a string", put("auth_time", NOW), put("auth_time", NOW.to_string()), "token.claims"),
        limit("acr a number", put("acr", "1"), put("acr", 1), "token.claims"),
        limit("s_hash null", put("s_hash", "x"), put("s_hash", Value::Null), "token.claims"),
    ]
}

fn webhook_events() -> Vec<Difference> {
    let message = |change_message: fn(&mut Value)| -> Change { change(move |c| change_message(&mut c["message"])) };
    let drop_from_meta =
        |member: &'static str| change(move |c| crate::forge::remove(&mut c["message"]["Meta"], member));
    let members = ["EventDateTime", "EventResource", "EventType", "ConsentId"];
    members
        .map(|member| case(format!("no {member}"), drop_from_meta(member), "token.claims"))
        .into_iter()
        .chain([
            case("another consent", message(|m| m["Meta"]["ConsentId"] = json!("x")), "token.claim-value"),
            case("no message", without("message"), "token.claims"),
            case("no Meta", message(|m| crate::forge::remove(m, "Meta")), "token.claims"),
            case("no Data", message(|m| crate::forge::remove(m, "Data")), "token.claims"),
            case("Data an array", message(|m| m["Data"] = json!([])), "token.claim-value"),
            case("Data null", message(|m| m["Data"] = Value::Null), "token.claim-value"),
            case("message by position", message(|m| *m = json!([m["Meta"], m["Data"]])), "token.claims"),
            case("Meta by position", message(|m| m["Meta"] = json!(["a", "b", "c", "d"])), "token.claims"),
        ])
        .collect()
}

fn login_hints() -> Vec<Difference> {
    vec![
        case("no Type", without("Type"), "token.claims"),
        case("an unknown Type", put("Type", "Passport"), "token.claims"),
        case("no Identification", without("Identification"), "token.claims"),
        case("Identification a number", put("Identification", 784), "token.claims"),
        another("sub", "token.subject"),
    ]
}

fn jwt_auth() -> Vec<Difference> {
    vec![
        missing("sub"),
        missing("iat"),
        missing("jti"),
        case("sub another organisation", put("sub", "0f000000-0000-4000-8000-000000000001"), "token.subject"),
        case(
            "sub in upper case",
            change(|c| c["sub"] = c["sub"].as_str().unwrap().to_uppercase().into()),
            "token.subject",
        ),
        case("another name as iss", put("iss", "Another Bank"), "token.issuer"),
        case("another provider as aud", put("aud", "OTHER"), "token.audience"),
    ]
}
