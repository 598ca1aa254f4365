//! The claims that all kinds have.

use serde_json::{Value, json};

use super::difference::{Difference, In, case, change, limit, put, without};
use super::{Case, Row};
use crate::cast::NOW;
use crate::kinds::Kind;

pub(super) fn cases() -> Vec<Case> {
    const SEVERAL: &[Kind] =
        &[Kind::SignedRequest, Kind::SignedResponse, Kind::WebhookEvent, Kind::Pii, Kind::LoginHint];
    const ONE: &[Kind] = &[
        Kind::RequestObject,
        Kind::ClientAssertion,
        Kind::HubToLfiRequest,
        Kind::HubToLfiResponse,
        Kind::LfiToHubRequest,
        Kind::LfiToHubResponse,
    ];
    [
        In::CLAIMS.cases(Row::Claims, types()),
        In::CLAIMS.cases(Row::Dates, no_dates()),
        In::CLAIMS.cases(Row::Dates, times()),
        In::CLAIMS.cases(Row::Issuer, issuers()),
        In::CLAIMS.cases(Row::Audience, audiences()),
        In::claims_of("where several are allowed: ", SEVERAL).cases(Row::Audience, several_audiences()),
        In::claims_of("where one string is due: ", ONE)
            .cases(Row::Audience, [case("an array", change(|c| c["aud"] = json!([c["aud"]])), "token.audience-form")]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn types() -> Vec<Difference> {
    vec![
        case("sub null", put("sub", Value::Null), "token.claims"),
        case("sub a number", put("sub", 7), "token.claims"),
        limit("jti null", put("jti", "7"), put("jti", Value::Null), "token.claims"),
        limit("jti a number", put("jti", "7"), put("jti", 7), "token.claims"),
        limit("jti an array", put("jti", "7"), put("jti", json!(["7"])), "token.claims"),
        limit("jti empty", put("jti", "7"), put("jti", ""), "token.claim-value"),
        limit("jti of 257 octets", put("jti", "x".repeat(256)), put("jti", "x".repeat(257)), "token.claim-value"),
        limit(
            "jti of 129 characters of two octets",
            put("jti", "é".repeat(128)),
            put("jti", "é".repeat(129)),
            "token.claim-value",
        ),
    ]
}

/// Each date as each thing that is none.
fn no_dates() -> Vec<Difference> {
    let dates = ["exp", "iat", "nbf"].into_iter().flat_map(|date| {
        [
            ("null", Value::Null),
            ("true", json!(true)),
            ("a string", json!(NOW.to_string())),
            ("a date in words", json!("2026-05-28T20:26:40Z")),
            ("an array", json!([NOW])),
            ("an object", json!({"seconds": NOW})),
            ("negative", json!(-1)),
            ("negative by a fraction", json!(-0.5)),
            ("negative zero", json!(-0.0)),
            ("after the year 9999", json!(253_402_300_800_u64)),
            ("a fraction after the year 9999", json!(253_402_300_799.5)),
            ("in milliseconds", json!(NOW * 1000)),
            ("beyond 64 bits", json!(2e19)),
        ]
        .map(|(name, value)| {
            limit(format!("{date} {name}"), put(date, NOW as f64 + 0.5), put(date, value), "token.claims")
        })
    });
    dates.chain([case("no exp", without("exp"), "token.claims")]).collect()
}

/// Ten seconds of clock skew, and fractions on the strict side.
fn times() -> Vec<Difference> {
    let now = NOW as f64;
    vec![
        limit("expired 10 s ago", put("exp", NOW - 9), put("exp", NOW - 10), "token.expired"),
        limit("expired 9.5 s ago, rounded down", put("exp", now - 8.5), put("exp", now - 9.5), "token.expired"),
        limit("nbf in 11 s", put("nbf", NOW + 10), put("nbf", NOW + 11), "token.not-yet-valid"),
        limit("nbf in 10.5 s, rounded up", put("nbf", now + 9.5), put("nbf", now + 10.5), "token.not-yet-valid"),
        limit("iat in 11 s", put("iat", NOW + 10), put("iat", NOW + 11), "token.issued-in-future"),
        limit("iat in 10.5 s, rounded up", put("iat", now + 9.5), put("iat", now + 10.5), "token.issued-in-future"),
    ]
}

fn issuers() -> Vec<Difference> {
    let with = |spelling: fn(&str) -> String| {
        change(move |claims| {
            let issuer = spelling(claims["iss"].as_str().unwrap());
            claims["iss"] = issuer.into();
        })
    };
    vec![
        case("none", without("iss"), "token.claims"),
        case("null", put("iss", Value::Null), "token.claims"),
        case("a number", put("iss", 1), "token.claims"),
        case("an array of the right one", change(|c| c["iss"] = json!([c["iss"]])), "token.claims"),
        case("empty", put("iss", ""), "token.issuer"),
        case("somebody else", put("iss", "https://auth1.evil.example"), "token.issuer"),
        case("with a slash behind", with(|iss| format!("{iss}/")), "token.issuer"),
        case("with a space behind", with(|iss| format!("{iss} ")), "token.issuer"),
        case("with a null octet behind", with(|iss| format!("{iss}\0")), "token.issuer"),
        case("with something in front", with(|iss| format!("x{iss}")), "token.issuer"),
        case("its beginning", with(|iss| iss[..iss.len() - 1].to_owned()), "token.issuer"),
        case("its end", with(|iss| iss[1..].to_owned()), "token.issuer"),
        case("in another case", with(swap_case), "token.issuer"),
        case("with a letter that looks the same", with(|iss| iss.replace(['a', 'A'], "а")), "token.issuer"),
        // A reader that normalises would take it for the right one.
        case("with a letter composed", with(|iss| format!("{iss}\u{301}")), "token.issuer"),
    ]
}

fn audiences() -> Vec<Difference> {
    vec![
        case("none", without("aud"), "token.claims"),
        case("null", put("aud", Value::Null), "token.claims"),
        case("a number", put("aud", 1), "token.claims"),
        case("an object", change(|c| c["aud"] = json!({"0": c["aud"]})), "token.claims"),
        case("an empty array", put("aud", json!([])), "token.claims"),
        case("empty", put("aud", ""), "token.audience"),
        case("somebody else", put("aud", "https://evil.example"), "token.audience"),
        case("with a slash behind", change(|c| c["aud"] = format!("{}/", audience(c)).into()), "token.audience"),
        case("its beginning", change(|c| c["aud"] = audience(c)[1..].into()), "token.audience"),
        case("in another case", change(|c| c["aud"] = swap_case(&audience(c)).into()), "token.audience"),
        case("several in one string", change(|c| c["aud"] = format!("{} x", audience(c)).into()), "token.audience"),
    ]
}

fn several_audiences() -> Vec<Difference> {
    let among = |others: usize| {
        change(move |c| {
            let all = vec!["x".to_owned(); others].into_iter().chain([audience(c)]);
            c["aud"] = all.collect::<Vec<_>>().into();
        })
    };
    vec![
        limit("one of nine", among(7), among(8), "token.claims"),
        limit("only others", among(1), put("aud", json!(["a", "b"])), "token.audience"),
        limit("beside a number", among(1), change(|c| c["aud"] = json!([audience(c), 1])), "token.claims"),
        limit("beside null", among(1), change(|c| c["aud"] = json!([audience(c), null])), "token.claims"),
        limit("inside another array", among(0), change(|c| c["aud"] = json!([[audience(c)]])), "token.claims"),
    ]
}

fn audience(claims: &Value) -> String {
    let audience = &claims["aud"];
    audience.as_str().or_else(|| audience[0].as_str()).unwrap().to_owned()
}

fn swap_case(text: &str) -> String {
    let swapped = text.to_ascii_uppercase();
    if swapped == text { text.to_ascii_lowercase() } else { swapped }
}
