//! Who signed, who was expected, and how often.

use std::num::NonZeroUsize;

use hub_jose::{ClientAssertion, ExpectedClient, IdToken, JwtAuth, MemoryReplayGuard, Unverified};
use hub_roles::{HubToLfi, Sig1, Sig2, VerificationKey};
use serde_json::json;

use super::difference::sound_claims;
use super::{Case, Row, Side, verdict};
use crate::cast::{CONNECTIONS, ECO, acme, bank_side, from_acme, instance, issuer, login, now, public, sig1};
use crate::forge;
use crate::kinds::{Kind, pii_opener, sealed_pii};

pub(super) fn cases() -> Vec<Case> {
    [whose_key(), among_several(), replays(), jwt_auth()].into_iter().flatten().collect()
}

fn other_tpp() -> VerificationKey<Sig1> {
    public("other-tpp")
}

/// A key of one TPP under the name of another.
fn registered(kid: &VerificationKey<Sig1>, key: &VerificationKey<Sig1>) -> VerificationKey<Sig1> {
    VerificationKey::registered(acme().clone(), kid.kid().clone(), key.public_key().clone()).unwrap()
}

fn whose_key() -> Vec<Case> {
    let with_key = |name, rule, key: fn() -> VerificationKey<Sig1>| {
        let judge = move |side: &Side| {
            let key = side.pick(public("acme"), key());
            let token = Unverified::<ClientAssertion>::parse(&Kind::ClientAssertion.issue()).unwrap();
            verdict(token.verify(&key, &from_acme(), now()))
        };
        Case::new(Row::WhoseKey, name, rule, judge, |side| side)
    };
    let impostor = |name, rule, expects_impostor: bool| {
        let judge = move |side: &Side| {
            let other = ECO.tpp("other-tpp").unwrap();
            let (signer, key) = side.pick((sig1(), public("acme")), (other.sig1(), other_tpp()));
            let header = json!({"alg": "PS256", "kid": signer.kid()}).to_string();
            let claims = sound_claims(Kind::ClientAssertion).to_string();
            let token = forge::jws(&signer, header.as_bytes(), claims.as_bytes());
            let expected = match side {
                Side::Refused if expects_impostor => ExpectedClient::new(other.client_id(), issuer("retail")),
                _ => from_acme(),
            };
            verdict(Unverified::<ClientAssertion>::parse(&token).unwrap().verify(&key, &expected, now()))
        };
        Case::new(Row::WhoseKey, name, rule, judge, |side| side)
    };
    let lfi = Case::new(
        Row::WhoseKey,
        "of another LFI",
        "token.key-owner",
        |holder: &&str| {
            let signer = ECO.hub().sig2(*holder).unwrap();
            let header = json!({"alg": "PS256", "kid": signer.kid()}).to_string();
            let token = forge::jws(&signer, header.as_bytes(), sound_claims(Kind::IdToken).to_string().as_bytes());
            verdict(Unverified::<IdToken>::parse(&token).unwrap().verify(&public::<Sig2>(holder), &login(), now()))
        },
        |side: Side| side.pick("retail", "other"),
    );
    vec![
        with_key("of another client", "token.key-owner", other_tpp),
        with_key("of another name", "token.unknown-key", || registered(&other_tpp(), &public("acme"))),
        with_key("another one of the right name", "token.signature", || registered(&public("acme"), &other_tpp())),
        impostor("another client signs in the first one's name", "token.key-owner", false),
        impostor("another client signs, is expected, and names the first one", "token.issuer", true),
        lfi,
    ]
}

fn among_several() -> Vec<Case> {
    let case = |name, rule, keys: fn() -> Vec<VerificationKey<Sig1>>| {
        let judge = move |side: &Side| {
            let keys = side.pick(vec![other_tpp(), public("acme")], keys());
            verdict(pii_opener().open(&sealed_pii(), &keys, &from_acme(), now()))
        };
        Case::new(Row::WhoseKey, name, rule, judge, |side| side)
    };
    vec![
        case("in a set without it", "token.unknown-key", || vec![other_tpp()]),
        case("in an empty set", "token.unknown-key", Vec::new),
        case("in a set with two of the name", "token.ambiguous-key", || {
            vec![public("acme"), registered(&public("acme"), &other_tpp())]
        }),
    ]
}

/// Uses of tokens, one after the other, of which the last is judged.
#[derive(Debug, Clone, PartialEq)]
struct Uses {
    capacity: usize,
    /// The `jti` of each.
    tokens: Vec<(Kind, &'static str)>,
}

fn replays() -> Vec<Case> {
    let judge = |Uses { capacity, tokens }: &Uses| {
        let guard = MemoryReplayGuard::new(NonZeroUsize::new(*capacity).unwrap());
        let spend = |(kind, jti): &(Kind, &str)| {
            let mut claims = sound_claims(*kind);
            claims["jti"] = json!(jti);
            verdict(kind.spend(&kind.sign(&claims), &guard))
        };
        let (last, earlier) = tokens.split_last().unwrap();
        earlier.iter().for_each(|token| assert_eq!(spend(token), Ok(())));
        spend(last)
    };
    let case = |row, name, rule, neighbour: Uses, refused: Uses| {
        Case::new(row, name, rule, judge, move |side: Side| side.pick(&neighbour, &refused).clone())
    };
    let uses = |tokens: &[(Kind, &'static str)]| Uses { capacity: 100, tokens: tokens.to_vec() };
    let twice = |kind: Kind| {
        let (neighbour, refused) = (uses(&[(kind, "1"), (kind, "2")]), uses(&[(kind, "1"), (kind, "1")]));
        case(Row::Replay, format!("{kind:?} twice"), "token.replayed", neighbour, refused)
    };
    let (request, response) = (Kind::LfiToHubRequest, Kind::HubToLfiResponse);
    let full = |capacity| Uses { capacity, ..uses(&[(Kind::ClientAssertion, "1"), (Kind::ClientAssertion, "2")]) };
    let single_use = [
        Kind::ClientAssertion,
        Kind::HubToLfiRequest,
        Kind::HubToLfiResponse,
        Kind::LfiToHubRequest,
        Kind::LfiToHubResponse,
    ];
    single_use
        .map(twice)
        .into_iter()
        .chain([
            case(
                Row::JwtAuth,
                "a request of the LFI used again as its response".to_owned(),
                "token.replayed",
                uses(&[(request, "1"), (response, "2")]),
                uses(&[(request, "1"), (response, "1")]),
            ),
            case(
                Row::JwtAuth,
                "a response of the LFI used again as its request".to_owned(),
                "token.replayed",
                uses(&[(response, "1"), (request, "2")]),
                uses(&[(response, "1"), (request, "1")]),
            ),
            case(Row::Replay, "a full guard".to_owned(), "token.replay-guard", full(4), full(2)),
        ])
        .collect()
}

fn jwt_auth() -> Vec<Case> {
    let value = |name, rule, value: fn(&str) -> String| {
        let judge = move |side: &Side| {
            let token = Kind::HubToLfiRequest.issue();
            let value = side.pick(format!("Bearer {token}"), value(&token));
            verdict(bank_side::<HubToLfi>().parse_request([&value]))
        };
        Case::new(Row::JwtAuth, name, rule, judge, |side| side)
    };
    let off = Case::new(
        Row::JwtAuth,
        "switched off",
        "token.jwt-auth-off",
        |of: &&str| {
            let deployment = ECO.hub().deployment();
            let agreed = JwtAuth::<HubToLfi>::of(deployment, deployment.instance(&instance(of)).unwrap()).unwrap();
            let token = agreed.parse_response([format!("Bearer {}", Kind::HubToLfiResponse.issue())]).unwrap();
            verdict(agreed.verify_response(&token, &CONNECTIONS.bank_answering, &public("bank"), now()))
        },
        |side: Side| side.pick("retail", "other"),
    );
    let not = "token.not-jwt-auth";
    vec![
        value("nothing", not, |_| String::new()),
        value("a scheme alone", not, |_| "Bearer".to_owned()),
        value("a scheme and a space", not, |_| "Bearer ".to_owned()),
        value("a bankConnectToken", not, |_| "Bearer 0a1b2c3d-bank-connect-token".to_owned()),
        value("an opaque token with dots", not, |_| "Bearer opaque.with.dots".to_owned()),
        value("two segments", not, |_| "Bearer a.b".to_owned()),
        value("another scheme", not, |_| "Basic dXNlcjpwYXNzd29yZA==".to_owned()),
        value("a token without a scheme", not, str::to_owned),
        value("a token of the scheme DPoP", not, |token| format!("DPoP {token}")),
        value("a tab behind the scheme", not, |token| format!("Bearer\t{token}")),
        value("a segment more", not, |token| format!("Bearer {token}.x")),
        value("a JWE", not, |_| format!("Bearer {}", sealed_pii())),
        value("two tokens", "token.base64url", |token| format!("Bearer {token}, Bearer")),
        value("somebody else's JWS", "token.algorithm", |_| {
            format!("Bearer {}.e30.AA", forge::base64url(br#"{"alg":"RS256"}"#))
        }),
        value("a megabyte of header", "token.too-large", |_| {
            let header = json!({"x": "x".repeat(1 << 20)}).to_string();
            format!("Bearer {}.e30.AA", forge::base64url(header.as_bytes()))
        }),
        value("a token too long", "token.too-large", |token| format!("Bearer {token}{}", "A".repeat(8192))),
        off,
    ]
}
