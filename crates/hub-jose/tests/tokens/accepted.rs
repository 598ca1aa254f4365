//! What occurs and is not to be refused (FACTS section 4), and what was asked for and is.

use hub_jose::{ClientAssertion, ExpectedIdToken, IdToken, IdTokenClaims, MaxAge, Unverified};
use serde_json::{Value, json};

use crate::cast::{NONCE, NOW, acme, issuer, login, now, public, signer2};
use crate::forge;
use crate::kinds::{Kind, sealed_hint};

type Change = fn(&mut Value);

/// Claims that these kinds accept.
fn claims(kinds: &[Kind], changes: &[(&str, Change)]) {
    for kind in kinds {
        for (name, change) in changes {
            let mut claims = forge::claims(&kind.issue());
            change(&mut claims);
            assert_eq!(kind.accept(&kind.sign(&claims)), Ok(()), "{kind:?}: {name}");
        }
    }
}

#[test]
fn by_every_kind() {
    claims(
        &Kind::ALL,
        &[
            ("as it is issued", |_| ()),
            ("nbf with a fraction", |c| c["nbf"] = json!(NOW as f64 - 0.25)),
            ("an unknown claim", |c| c["new"] = json!({"a": [1, null]})),
        ],
    );
    let headers: [(&str, Change); 5] = [
        ("neither typ nor cty", |_| ()),
        ("typ JWT", |h| h["typ"] = json!("JWT")),
        ("typ JOSE and cty json", |h| (h["typ"], h["cty"]) = (json!("JOSE"), json!("json"))),
        ("a media type in full", |h| h["typ"] = json!("application/jwt")),
        ("an unknown parameter", |h| h["x5t#S256"] = json!("AA")),
    ];
    for kind in Kind::ALL {
        let claims = forge::claims(&kind.issue()).to_string();
        for (name, change) in headers {
            assert_eq!(kind.accept(&kind.sign_with(change, claims.as_bytes())), Ok(()), "{kind:?}: {name}");
        }
    }
}

#[test]
fn by_some_kinds() {
    let assertion: Change = |c| c["exp"] = json!(NOW + 310);
    claims(&[Kind::ClientAssertion], &[("as long as the official collection's", assertion)]);
    claims(
        &[Kind::HubToLfiRequest, Kind::HubToLfiResponse, Kind::LfiToHubRequest, Kind::LfiToHubResponse],
        &[("300 seconds and the clock skew", |c| c["exp"] = json!(NOW + 310))],
    );
    claims(
        &[Kind::RequestObject, Kind::WebhookEvent, Kind::LoginHint],
        &[("without iat", |c| forge::remove(c, "iat"))],
    );
    claims(&[Kind::RequestObject], &[("login_hint", |c| c["login_hint"] = json!(sealed_hint()))]);
    claims(&[Kind::Pii, Kind::LoginHint], &[("without jti", |c| forge::remove(c, "jti"))]);
    claims(&[Kind::LoginHint], &[("without nbf", |c| forge::remove(c, "nbf"))]);
    claims(&[Kind::Pii], &[("without Risk", |c| forge::remove(c, "Risk"))]);
    claims(
        &[Kind::LoginHint],
        &[("a company", |c| c["Type"] = json!("TradeLicenseNumber")), ("without sub", |c| forge::remove(c, "sub"))],
    );
    claims(
        &[Kind::SignedRequest, Kind::SignedResponse],
        &[
            ("nbf 0 and no ceiling", |c| (c["nbf"], c["exp"]) = (json!(0), json!(NOW + 10_000_000))),
            ("without iat", |c| forge::remove(c, "iat")),
            ("aud a string", |c| c["aud"] = c["aud"][0].clone()),
            ("an array as message", |c| c["message"] = json!([1, 2])),
            ("an array, which is no event by position", |c| c["message"] = json!([{"EventType": "x"}])),
            ("Meta an array, which is none either", |c| c["message"] = json!({"Meta": ["x"]})),
            ("errors as message", |c| c["message"] = json!({"Errors": [{"Code": "x", "Message": "y"}]})),
        ],
    );
    claims(
        &[Kind::IdToken],
        &[
            ("an array as aud", |c| c["aud"] = json!([c["aud"]])),
            ("what nobody asked for", |c| {
                (c["acr"], c["auth_time"], c["s_hash"]) = (json!("urn:x"), json!(NOW - 5), json!("x"));
            }),
        ],
    );
}

#[test]
fn a_request_object_until_its_end() {
    let mut claims = forge::claims(&Kind::RequestObject.issue());
    claims["exp"] = json!(NOW + 600);
    let token = Kind::RequestObject.sign(&claims);
    assert_eq!(Kind::RequestObject.accept_at(&token, NOW + 609), Ok(()));
    assert_eq!(Kind::RequestObject.accept_at(&token, NOW + 610).unwrap_err().code(), "token.expired");
}

#[test]
fn at_no_end_of_time() {
    for kind in Kind::ALL {
        let token = kind.issue();
        assert_eq!(kind.accept_at(&token, NOW), Ok(()), "{kind:?}");
        assert_eq!(kind.accept_at(&token, u64::MAX).unwrap_err().code(), "token.expired", "{kind:?}");
        let too_early = kind.accept_at(&token, 0).unwrap_err();
        assert!(["token.not-yet-valid", "token.issued-in-future"].contains(&too_early.code()), "{kind:?}: {too_early}");
    }
}

/// The typ that a kind has for itself.
#[test]
fn the_typ_of_its_own() {
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

    let cases: [(&str, Change, &str); 8] = [
        ("no s_hash", |c| forge::remove(c, "s_hash"), "token.claim-missing"),
        ("of another state", |c| c["s_hash"] = json!("AAAA"), "token.claim-value"),
        ("no acr", |c| forge::remove(c, "acr"), "token.claim-missing"),
        ("another acr", |c| c["acr"] = json!("urn:ca"), "token.claim-value"),
        ("no auth_time", |c| forge::remove(c, "auth_time"), "token.claim-missing"),
        ("still to come", |c| c["auth_time"] = json!(NOW + 11), "token.claim-value"),
        ("too long ago", |c| c["auth_time"] = json!(NOW - 71), "token.claim-value"),
        ("a fraction too long ago", |c| c["auth_time"] = json!(NOW as f64 - 70.5), "token.claim-value"),
    ];
    for (name, change, code) in cases {
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

/// A client that names itself is known before its token is verified, for looking up whom to expect.
#[test]
fn the_claimed_client() {
    let token = Unverified::<ClientAssertion>::parse(&Kind::ClientAssertion.issue()).unwrap();
    assert_eq!(&token.claimed_client().unwrap(), acme());
}
