//! Where others know more than the ecosystem's profile: what they make beyond it is refused here, by the rule that should. Where they
//! take less, that is said too.

use hub_jose::{jwe, jws};
use serde_json::{Value, json};

use super::Fault;
use super::answer::Answer;
use super::codecs::{jwe_header, jws_header, opened, verified};
use super::foreign::{Foreign, Request, base64url};
use super::json::with;
use super::keys::{Keys, Turn};
use super::payloads::{LARGEST, random_octets};
use super::tally::Tally;

/// What one side refuses.
pub(super) fn exchange(foreign: &mut Foreign, keys: &Keys, tally: &mut Tally) -> Result<(), Fault> {
    let turn = keys.turn(0)?;
    for (name, rule, change) in signed_otherwise() {
        let header = with(jws_header(&turn), change);
        let (payload, json) = (base64url(b"{}"), name == JWS_AS_JSON);
        let made = foreign.text(&Request::Sign { key: turn.theirs, header: &header, payload, json })?;
        judge(foreign, tally, (name, rule), &made, |token| verified(&turn, token));
    }
    // Signed with one key under the `kid` of another, which is theirs as well.
    let other = keys.turn(1)?;
    let token = foreign.sign(turn.theirs, &jws_header(&other), b"{}")?;
    tally.refused_by("token.signature", "signed with another key", &verified(&other, &token));
    tally.group("signed there otherwise, refused here by the rule that should");

    for (name, rule, change) in encrypted_otherwise() {
        let header = with(jwe_header(&turn), change);
        let jws = foreign.sign(turn.theirs, &jws_header(&turn), b"{}")?;
        let (plaintext, json) = (base64url(jws.as_bytes()), name == JWE_AS_JSON);
        let made = foreign.text(&Request::Encrypt { key: turn.enc1_there, header: &header, plaintext, json })?;
        judge(foreign, tally, (name, rule), &made, |token| opened(&turn, token));
    }
    if foreign.abilities().encrypts {
        nested_otherwise(foreign, &turn, tally)?;
    }
    tally.group("encrypted there otherwise, refused here by the rule that should");

    within_their_limits(foreign, &turn, tally)?;
    tally.group("made here, taken there within their own limits");
    Ok(())
}

/// A name, as in `never_makes`, the rule that refuses it, and what the header says in place of what it should.
fn signed_otherwise() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("RS256", "token.algorithm", json!({"alg": "RS256"})),
        ("PS384", "token.algorithm", json!({"alg": "PS384"})),
        ("PS512", "token.algorithm", json!({"alg": "PS512"})),
        ("jwk", "token.header-forbidden", json!({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}})),
        ("jku", "token.header-forbidden", json!({"jku": "https://keys.example/set.jwks"})),
        ("x5c", "token.header-forbidden", json!({"x5c": ["AAAA"]})),
        ("crit", "token.header-forbidden", json!({"crit": [EXTENSION], EXTENSION: true})),
        ("b64", "token.header-forbidden", json!({"crit": ["b64"], "b64": false})),
        ("long header", "token.header-json", json!({"x5t": "x".repeat(2048)})),
        ("no kid", "token.header-missing", json!({"kid": null})),
        ("unknown kid", "token.unknown-key", json!({"kid": "unknown"})),
        (JWS_AS_JSON, "token.segments", json!({})),
    ]
}

fn encrypted_otherwise() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("RSA1_5", "token.algorithm", json!({"alg": "RSA1_5"})),
        ("RSA-OAEP", "token.algorithm", json!({"alg": "RSA-OAEP"})),
        ("A128GCM", "token.algorithm", json!({"enc": "A128GCM"})),
        ("A256CBC-HS512", "token.algorithm", json!({"enc": "A256CBC-HS512"})),
        ("zip", "token.header-forbidden", json!({"zip": "DEF"})),
        ("cty", "token.cty", json!({"cty": "json"})),
        ("unknown kid of a JWE", "token.unknown-key", json!({"kid": "unknown"})),
        (JWE_AS_JSON, "token.segments", json!({})),
    ]
}

/// A JWE without a JWS in it, in each way.
fn nested_otherwise(foreign: &mut Foreign, turn: &Turn<'_>, tally: &mut Tally) -> Result<(), Fault> {
    let header = jwe_header(turn);
    let once = foreign.encrypt(turn.enc1_there, &header, b"{}")?;
    tally.refused_by("token.plain-content", "plain JSON in a JWE", &opened(turn, &once));
    let twice = foreign.encrypt(turn.enc1_there, &header, once.as_bytes())?;
    tally.refused_by("token.nested-encryption", "a JWE in a JWE", &opened(turn, &twice));
    let other = foreign.sign(turn.theirs, &with(jws_header(turn), json!({"alg": "RS256"})), b"{}")?;
    let other = foreign.encrypt(turn.enc1_there, &header, other.as_bytes())?;
    tally.refused_by("token.algorithm", "RS256 in a JWE", &opened(turn, &other));
    Ok(())
}

/// What is sound, and not everybody takes.
fn within_their_limits(foreign: &mut Foreign, turn: &Turn<'_>, tally: &mut Tally) -> Result<(), Fault> {
    let limits_sizes = foreign.abilities().limits_sizes;
    for (size, taken) in [(1024, true), (LARGEST, !limits_sizes)] {
        let payload = random_octets(size)?;
        let token = jws::sign(turn.sig1, None, None, &payload)?;
        let answer = foreign.octets(&Request::Verify { key: turn.sig1_there, token: &token, stock: true })?;
        taken_or_refused(tally, taken, &format!("a JWS of {size} octets"), &payload, &answer);
        if foreign.abilities().encrypts {
            let token = jwe::encrypt(turn.their_enc1, None, &payload)?;
            let answer = foreign.octets(&Request::Decrypt { key: turn.theirs, token: &token, stock: true })?;
            taken_or_refused(tally, taken, &format!("a JWE of {size} octets"), &payload, &answer);
        }
    }
    if foreign.abilities().encrypts {
        let token = jwe::encrypt(turn.their_enc1, None, b"")?;
        let answer = foreign.decrypt(turn.theirs, &token)?;
        taken_or_refused(tally, foreign.abilities().opens_empty, "a JWE of nothing", b"", &answer);
    } else {
        let (header, plaintext) = (jwe_header(turn), base64url(b"{}"));
        let made = foreign.text(&Request::Encrypt { key: turn.enc1_there, header: &header, plaintext, json: false })?;
        tally.refused("RSA-OAEP-256, which it does not have", &made);
    }
    Ok(())
}

fn taken_or_refused(tally: &mut Tally, taken: bool, what: &str, content: &[u8], answer: &Answer<Vec<u8>>) {
    if taken { tally.opened(what, content, answer) } else { tally.refused(what, answer) }
}

/// What they never make, they refuse to; everything else they do make, and we refuse.
fn judge(
    foreign: &Foreign,
    tally: &mut Tally,
    (name, rule): (&str, &str),
    made: &Answer<String>,
    open: impl FnOnce(&str) -> Answer<Vec<u8>>,
) {
    let never = foreign.abilities().never_makes.iter().any(|never| never == name);
    match made {
        made if never => tally.refused(format_args!("{name}, which it never makes"), made),
        Answer::Done(token) => tally.refused_by(rule, name, &open(token)),
        Answer::Refused(reason) => tally.check(false, format_args!("{name}, not made"), reason),
    }
}

const JWS_AS_JSON: &str = "JWS as JSON";
const JWE_AS_JSON: &str = "JWE as JSON";
const EXTENSION: &str = "https://tokens.example/extension";
