//! What errors and `Debug` tell: safe to log whatever a sender writes, and nothing of what is secret.

use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use hub_jose::{IdToken, Opener, TokenError, Unverified};
use hub_roles::Pii;
use serde_json::{Value, json};

use crate::cast::{ECO, NONCE, login, now, public};
use crate::forge;
use crate::kinds::{
    Kind, event_draft, hint_draft, id_token, pii_draft, request_object, sealed_pii, signed_request, signed_response,
};

/// Ends a line, forges another, paints a terminal, turns the direction of writing, and goes on.
fn hostile() -> String {
    "\u{1b}[2J\r\n2026-01-01 INFO accepted\u{202e}\"\\\u{0}".repeat(40)
}

/// Stands in every claim that nobody compares, and so in no error.
const SECRET: &str = "4000123412341234";

fn assert_safe(kind: Kind, member: &str, refused: &TokenError) {
    for text in [refused.to_string(), format!("{refused:?}")] {
        assert!(text.chars().count() <= 1500, "{kind:?}, {member}: {} characters", text.chars().count());
        assert!(
            !text.chars().any(|character| character.is_control() || character == '\u{202e}'),
            "{kind:?}, {member}: {text:?}"
        );
        assert!(!text.contains(SECRET), "{kind:?}, {member}: {text}");
    }
}

fn sound(kind: Kind) -> Value {
    let mut claims = forge::claims(&kind.issue());
    claims["nickname"] = json!(SECRET);
    claims
}

#[test]
fn a_header_puts_nothing_into_a_log() {
    for kind in Kind::ALL {
        let payload = sound(kind).to_string();
        assert_eq!(kind.accept(&kind.sign_payload(payload.as_bytes())), Ok(()), "{kind:?}");
        for member in ["alg", "typ", "cty", "kid"] {
            for value in [json!(hostile()), json!({hostile(): hostile()}), json!("x".repeat(1000))] {
                let token = kind.sign_with(|header| header[member] = value.clone(), payload.as_bytes());
                assert_safe(kind, member, &kind.accept(&token).unwrap_err());
            }
        }
        let token = kind.sign_with(|header| header["x5u"] = json!(hostile()), payload.as_bytes());
        assert_safe(kind, "x5u", &kind.accept(&token).unwrap_err());
    }
}

#[test]
fn claims_put_nothing_into_a_log() {
    for kind in Kind::ALL {
        let sound = sound(kind);
        for member in ["iss", "aud", "exp", "iat", "nbf"] {
            for value in
                [json!(hostile()), json!([hostile()]), json!({hostile(): SECRET}), json!([SECRET, {}]), json!(null)]
            {
                let mut claims = sound.clone();
                claims[member] = value;
                assert_safe(kind, member, &kind.accept(&kind.sign(&claims)).unwrap_err());
            }
        }
        let twice = format!("{{{name}:1,{name}:1,{}", &sound.to_string()[1..], name = json!(hostile()));
        assert_safe(kind, "a member twice", &kind.accept(&kind.sign_payload(twice.as_bytes())).unwrap_err());
        let cut = sound.to_string();
        let cut = &cut.as_bytes()[..cut.len() - 1];
        assert_safe(kind, "no JSON", &kind.accept(&kind.sign_payload(cut)).unwrap_err());
    }
}

/// Neither of what is signed nor of what is not.
#[test]
fn an_error_repeats_no_token() {
    for kind in Kind::ALL {
        let token = kind.sign(&sound(kind));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let damaged = format!("{signed}.{}", forge::base64url(&[7; 256]));
        let refused = kind.accept(&damaged).unwrap_err();
        assert_eq!(
            (refused.code(), refused.hub_code(), refused.is_retryable()),
            ("token.signature", Some("JWS.InvalidSignature"), false)
        );
        for text in [refused.to_string(), format!("{refused:?}")] {
            for segment in signed.split('.').chain([signature]) {
                assert!(!text.contains(&segment[..20]), "{kind:?}: {text}");
            }
        }
        assert_safe(kind, "signature", &refused);
    }
}

#[test]
fn nothing_secret_shows_in_debug() {
    let (token, sealed) = (Kind::ClientAssertion.issue(), sealed_pii());
    let parsed = Unverified::<hub_jose::ClientAssertion>::parse(&token).unwrap();
    let shown = format!(
        "{parsed:?} {:?} {:?} {:?}",
        Jws::parse(&token, 1 << 20).unwrap(),
        Jwe::parse(&sealed, 1 << 20).unwrap(),
        Opener::<Pii>::new([ECO.lfi("bank").unwrap().enc1()]),
    );
    // Nor do the persons and nonces of what was accepted.
    let sent = Unverified::<IdToken>::parse(&Kind::IdToken.issue()).unwrap();
    let verified = sent.verify(&public("retail"), &login(), now()).unwrap();
    let (registered, claims) = (verified.registered(), verified.claims());
    let shown = format!("{shown} {verified:?} {registered:?} {claims:?} {:?} {:?}", login(), id_token());
    // Nor does what is to be sent.
    let shown = format!("{shown} {:?} {:?} {:?}", request_object(), signed_request(), signed_response());
    let shown = format!("{shown} {:?} {:?}", event_draft(), pii_draft());
    let shown = format!("{shown} {:?}", hint_draft());
    for secret in [NONCE, registered.subject().unwrap(), "PaymentId", "Authorized", "Ivan", "784-1980", "af0ifjsldkj"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for segment in token.split('.').chain(sealed.split('.')).filter(|segment| !segment.is_empty()) {
        assert!(!shown.contains(segment), "{shown}");
    }
}
