//! The codecs: what one side makes of random octets, the other undoes; once a bit of it is changed, it does not.

use hub_jose::jwe::{self, Jwe};
use hub_jose::jws::{self, Jws};
use hub_jose::{TokenRule, nested};
use serde_json::{Value, json};

use super::Fault;
use super::answer::Answer;
use super::foreign::Foreign;
use super::keys::{Keys, Turn};
use super::payloads::{changed, payloads};
use super::tally::Tally;

/// Every operation, both ways round.
pub(super) fn exchange(foreign: &mut Foreign, keys: &Keys, tally: &mut Tally) -> Result<(), Fault> {
    let payloads = payloads()?;
    // What becomes of a JWE of nothing is for `profile` to say.
    let filled: Vec<_> = payloads.iter().filter(|payload| !payload.is_empty()).cloned().collect();

    let encrypts = foreign.abilities().encrypts;
    let mut each = |what: &str, payloads: &[Vec<u8>], make: Make, open: Open| -> Result<(), Fault> {
        for (turn, payload) in payloads.iter().enumerate() {
            let turn = keys.turn(turn)?;
            let case = format!("{what}, {} octets, with {} and {}", payload.len(), turn.theirs, turn.sig1_there);
            let token = make(foreign, &turn, payload)?;
            tally.opened(&case, payload, &open(foreign, &turn, &token)?);
            tally.refused(format_args!("{case}, a bit changed"), &open(foreign, &turn, &changed(&token)?)?);
        }
        tally.group(format_args!("{what}: {} payloads, and each with a bit changed", payloads.len()));
        Ok(())
    };
    each("signed here, verified there", &payloads, sign_here, verify_there)?;
    each("signed there, verified here", &payloads, sign_there, verify_here)?;
    if encrypts {
        each("encrypted here, decrypted there", &filled, encrypt_here, decrypt_there)?;
        each("encrypted there, decrypted here", &payloads, encrypt_there, decrypt_here)?;
        each("nested here, opened there", &payloads, nest_here, open_there)?;
        each("nested there, opened here", &payloads, nest_there, open_here)?;
    }
    Ok(())
}

/// How a token is made of a payload.
type Make = fn(&mut Foreign, &Turn<'_>, &[u8]) -> Result<String, Fault>;

/// How the payload is got out of it again.
type Open = fn(&mut Foreign, &Turn<'_>, &str) -> Result<Answer<Vec<u8>>, Fault>;

fn sign_here(_: &mut Foreign, turn: &Turn<'_>, payload: &[u8]) -> Result<String, Fault> {
    Ok(jws::sign(turn.sig1, None, None, payload)?)
}

fn sign_there(foreign: &mut Foreign, turn: &Turn<'_>, payload: &[u8]) -> Result<String, Fault> {
    foreign.sign(turn.theirs, &jws_header(turn), payload)
}

fn verify_here(_: &mut Foreign, turn: &Turn<'_>, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
    Ok(verified(turn, token))
}

fn verify_there(foreign: &mut Foreign, turn: &Turn<'_>, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
    foreign.verify(turn.sig1_there, token)
}

fn encrypt_here(_: &mut Foreign, turn: &Turn<'_>, payload: &[u8]) -> Result<String, Fault> {
    Ok(jwe::encrypt(turn.their_enc1, None, payload)?)
}

fn encrypt_there(foreign: &mut Foreign, turn: &Turn<'_>, payload: &[u8]) -> Result<String, Fault> {
    foreign.encrypt(turn.enc1_there, &jwe_header(turn), payload)
}

fn decrypt_here(_: &mut Foreign, turn: &Turn<'_>, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
    let content = Jwe::parse(token, LIMIT).and_then(|jwe| jwe.decrypt(turn.enc1));
    Ok(Answer::of(content.map(|content| content.to_vec()), TokenRule::code))
}

fn decrypt_there(foreign: &mut Foreign, turn: &Turn<'_>, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
    foreign.decrypt(turn.theirs, token)
}

fn nest_here(foreign: &mut Foreign, turn: &Turn<'_>, payload: &[u8]) -> Result<String, Fault> {
    Ok(nested::seal(&sign_here(foreign, turn, payload)?, turn.their_enc1)?)
}

fn nest_there(foreign: &mut Foreign, turn: &Turn<'_>, payload: &[u8]) -> Result<String, Fault> {
    let jws = sign_there(foreign, turn, payload)?;
    encrypt_there(foreign, turn, jws.as_bytes())
}

fn open_here(_: &mut Foreign, turn: &Turn<'_>, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
    Ok(opened(turn, token))
}

fn open_there(foreign: &mut Foreign, turn: &Turn<'_>, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
    match decrypt_there(foreign, turn, token)? {
        Answer::Done(jws) => verify_there(foreign, turn, str::from_utf8(&jws)?),
        refused => Ok(refused),
    }
}

/// The payload of a JWS of theirs.
pub(super) fn verified(turn: &Turn<'_>, token: &str) -> Answer<Vec<u8>> {
    let payload = Jws::parse(token, LIMIT).and_then(|jws| jws.verify(turn.their_sig1).map(<[u8]>::to_vec));
    Answer::of(payload, TokenRule::code)
}

/// The payload of a JWS of theirs in a JWE to us.
pub(super) fn opened(turn: &Turn<'_>, token: &str) -> Answer<Vec<u8>> {
    let jws = nested::open(token, turn.enc1, LIMIT).map_err(|(_, rule)| rule);
    Answer::of(jws.and_then(|jws| jws.verify(turn.their_sig1).map(<[u8]>::to_vec)), TokenRule::code)
}

/// The least that they have to say.
pub(super) fn jws_header(turn: &Turn<'_>) -> Value {
    json!({"alg": "PS256", "kid": turn.theirs})
}

/// And to us.
pub(super) fn jwe_header(turn: &Turn<'_>) -> Value {
    let [enc1] = turn.enc1;
    json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": enc1.kid(), "cty": "JWT"})
}

/// Room for the largest payload, signed and encrypted: what PII may have.
const LIMIT: usize = 256 << 10;
