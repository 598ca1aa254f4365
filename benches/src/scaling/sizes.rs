//! Signing and verifying tokens of one size after another.

use std::hint::black_box;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hub_jose::{SignedRequest, Unverified};
use serde_json::{Value, json};

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::tokens::OURS;
use crate::tokens::parties::Client;

/// A request with so many kibibytes of claims.
pub(crate) fn sign(kibibytes: usize) -> Outcome<Group> {
    let parties = Client::new()?;
    let content = content(kibibytes);
    let floor = {
        let (keys, octets) = (Rc::clone(&parties.sig1_keys), message(&parties, &content)?.0);
        move || keys.sign(&octets).map(|signature| drop(black_box(signature)))
    };
    let ours = move || signed(&parties, &content).map(|token| drop(black_box(token)));
    Ok(Group::new(
        format!("Sign a request of {kibibytes} KiB"),
        Contestant::new("aws-lc-rs, the signature alone", floor),
    )
    .with(Contestant::new(OURS, ours)))
}

/// A request with so many kibibytes of claims.
pub(crate) fn verify(kibibytes: usize) -> Outcome<Group> {
    let parties = Client::new()?;
    let content = content(kibibytes);
    let token = signed(&parties, &content)?;
    let floor = {
        let (keys, (octets, signature)) = (Rc::clone(&parties.sig1_keys), message(&parties, &content)?);
        move || keys.verify(&octets, &signature)
    };
    let expected = parties.expected();
    let ours = move || {
        let token = Unverified::<SignedRequest<Value>>::parse(&token)?;
        black_box(token.verify(&parties.sig1_public, &expected, parties.now)?);
        Ok(())
    };
    Ok(Group::new(
        format!("Verify a request of {kibibytes} KiB"),
        Contestant::new("aws-lc-rs, the verification alone", floor),
    )
    .with(Contestant::new(OURS, ours)))
}

fn signed(parties: &Client, content: &Value) -> Outcome<String> {
    Ok(parties.sig1.sign(&SignedRequest::new(&parties.client, &parties.issuer, content), parties.now)?)
}

/// What is signed of it, and the signature.
fn message(parties: &Client, content: &Value) -> Outcome<(Vec<u8>, Vec<u8>)> {
    let token = signed(parties, content)?;
    let (message, signature) = token.rsplit_once('.').ok_or("a token has three segments")?;
    Ok((message.as_bytes().to_vec(), BASE64URL.decode(signature)?))
}

/// One long member, as a file is: so the number of values stays the same.
fn content(kibibytes: usize) -> Value {
    json!({"Data": "x".repeat(kibibytes * 1024)})
}
