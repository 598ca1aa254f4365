//! Saying no: what strangers send is refused before any cryptography, at a cost that grows with its size and no faster.

use std::hint::black_box;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hub_jose::{ExpectedClient, SignedRequest, TokenError, Unverified};
use hub_roles::{Sig1, VerificationKey};
use rustls_pki_types::UnixTime;
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::tokens::parties::Client;

pub(crate) fn at_1_kib() -> Outcome<Group> {
    group("Refuse 1 KiB", KIB, Some(0.10))
}

pub(crate) fn at_8_kib() -> Outcome<Group> {
    group("Refuse 8 KiB", 8 * KIB, None)
}

pub(crate) fn at_64_kib() -> Outcome<Group> {
    group("Refuse 64 KiB", 64 * KIB, None)
}

/// The floor is what the sender of a good token of 1 KiB costs, whatever the size of those that are refused.
fn group(title: &'static str, octets: usize, bound: Option<f64>) -> Outcome<Group> {
    let parties = Client::new()?;
    let verifier =
        Rc::new(Verifier { key: parties.sig1_public.clone(), expected: parties.expected(), now: parties.now });
    let floor = {
        let (verifier, token) = (Rc::clone(&verifier), request(&parties, KIB)?);
        move || Ok(verifier.accept(&token, token.len())?)
    };
    let good = request(&parties, octets)?;
    let mut refusals = Vec::new();
    for Refusal { name, code, token, limit } in refusals_of(&good)? {
        let verifier = Rc::clone(&verifier);
        let refusal = Contestant::new(name, move || match verifier.accept(&token, limit) {
            Err(error) if error.code() == code => Ok(()),
            Err(error) => Err(format!("{name}: {error}").into()),
            Ok(()) => Err(format!("{name} was accepted").into()),
        });
        refusals.push(match bound {
            Some(bound) => refusal.at_most(bound),
            None => refusal,
        });
    }
    Ok(Group::new(title, Contestant::new("hub-jose, accepting 1 KiB", floor)).with_all(refusals))
}

struct Verifier {
    key: VerificationKey<Sig1>,
    expected: ExpectedClient,
    now: UnixTime,
}

impl Verifier {
    fn accept(&self, token: &str, limit: usize) -> Result<(), TokenError> {
        let token = Unverified::<SignedRequest<Value>>::parse_up_to(token, limit)?;
        black_box(token.verify(&self.key, &self.expected, self.now)?);
        Ok(())
    }
}

/// A token that breaks one rule.
struct Refusal {
    name: &'static str,
    code: &'static str,
    token: String,
    limit: usize,
}

/// One of each class that is refused before the signature is looked at.
fn refusals_of(good: &str) -> Outcome<Vec<Refusal>> {
    let (header, rest) = good.split_once('.').ok_or("a token has three segments")?;
    let header: Map<String, Value> = serde_json::from_slice(&BASE64URL.decode(header)?)?;
    let with_header = |json: &str| format!("{}.{rest}", BASE64URL.encode(json));
    let to_json = |header| with_header(&Value::Object(header).to_string());
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header.insert(name.to_owned(), value);
        to_json(header)
    };
    let without = |name: &str| {
        let mut header = header.clone();
        header.remove(name);
        to_json(header)
    };
    let refusal = |name, code, token: String| Refusal { name, code, limit: token.len(), token };
    let json = Value::Object(header.clone()).to_string();
    let twice = json.replacen('{', "{\"alg\":\"PS256\",", 1);
    let other_letter = |text: &str| text.replacen(|_: char| true, "+", 1);
    let (payload, signature) = rest.split_once('.').ok_or("a token has three segments")?;
    let head = BASE64URL.encode(json);
    Ok(vec![
        Refusal { name: "too large", code: "token.too-large", token: good.to_owned(), limit: good.len() - 1 },
        refusal("one segment", "token.segments", good.replace('.', "-")),
        refusal("nothing but dots", "token.segments", ".".repeat(good.len())),
        refusal("alg none", "token.unsecured", with("alg", json!("none"))),
        refusal("alg HS256", "token.algorithm", with("alg", json!("HS256"))),
        refusal("a key in the header", "token.header-forbidden", with("jwk", json!({"kty": "RSA"}))),
        refusal("a member twice", "token.header-json", with_header(&twice)),
        refusal("a header beyond 2 KiB", "token.header-json", with("x", json!("x".repeat(2 * KIB)))),
        refusal("no kid", "token.header-missing", without("kid")),
        refusal("another typ", "token.typ", with("typ", json!("at+jwt"))),
        refusal(
            "another spelling of the payload",
            "token.base64url",
            format!("{head}.{}.{signature}", other_letter(payload)),
        ),
        refusal(
            "another spelling of the signature",
            "token.base64url",
            format!("{head}.{payload}.{}", other_letter(signature)),
        ),
        refusal("an unknown kid", "token.unknown-key", with("kid", json!("nobodys"))),
    ])
}

/// A signed request of about so many octets.
fn request(parties: &Client, octets: usize) -> Outcome<String> {
    // Header, claims and signature take half a kibibyte, base64 a third of the rest.
    let filler = "x".repeat((octets - KIB * 3 / 4) * 3 / 4);
    let draft = SignedRequest::new(&parties.client, &parties.issuer, json!({"Data": filler}));
    Ok(parties.sig1.sign(&draft, parties.now)?)
}

const KIB: usize = 1024;
