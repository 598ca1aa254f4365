//! Verifying: from the token as it arrives to the claims, with every check that a contestant has.

use std::hint::black_box;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hub_jose::{ClientAssertion, MemoryReplayGuard, Unverified};
use rustls_pki_types::UnixTime;

use crate::Outcome;
use crate::harness::{Contestant, Group, Operation};
use crate::peers::{self, Keys, Terms, TokenVerifier};
use crate::tokens::OURS;
use crate::tokens::parties::{Client, Connected, bare};
use crate::tokens::pool::{Pool, Round, Spending};

pub(crate) fn client_assertion() -> Outcome<Group> {
    let parties = Client::new()?;
    let (keys, terms) = (Rc::clone(&parties.sig1_keys), parties.terms()?);
    let pool = Pool::new(parties.now, |at| parties.assertion(at))?;
    let tokens = pool.current.clone();
    let expected = parties.expected();
    let ours = Spending::new(&pool, move |text: &str, guard: &MemoryReplayGuard, now| {
        read_clock();
        let token = Unverified::<ClientAssertion>::parse(text)?;
        let verified = token.verify(&parties.sig1_public, &expected, now)?.spend(guard, now)?;
        black_box(verified);
        Ok(())
    })?;
    group("Verify a client assertion", tokens, &keys, &terms, Contestant::new(OURS, ours))
}

pub(crate) fn jwt_auth() -> Outcome<Group> {
    let parties = Connected::new()?;
    let (keys, terms) = (Rc::clone(&parties.sig3_keys), parties.terms()?);
    let pool = Pool::new(parties.now, |at| parties.authorization(at))?;
    let tokens = pool.current.iter().map(|value| bare(value).map(str::to_owned)).collect::<Outcome<Vec<_>>>()?;
    let ours = Spending::new(&pool, move |value: &str, guard: &MemoryReplayGuard, now| {
        read_clock();
        let token = parties.jwt_auth().parse_request([value])?;
        let unspent = parties.jwt_auth().verify_request(&token, &parties.hub, &parties.sig3_public, now)?;
        black_box(unspent.spend(guard, now)?);
        Ok(())
    })?;
    group("Verify a JWT Auth token", tokens, &keys, &terms, Contestant::new(OURS, ours))
}

/// The signature alone, whatever the token says.
pub(super) fn check_signature(token: &str, keys: &Keys) -> Outcome<()> {
    let (message, signature) = parts(token)?;
    keys.verify(&message, &signature)
}

fn group(
    title: &'static str,
    tokens: Vec<String>,
    keys: &Rc<Keys>,
    terms: &Rc<Terms>,
    ours: Contestant,
) -> Outcome<Group> {
    let parts = tokens.iter().map(|token| parts(token)).collect::<Outcome<Rc<[_]>>>()?;
    let floor = Bare { keys: Rc::clone(keys), tokens: Round::new(parts) };
    let tokens: Rc<[String]> = tokens.into();
    let peers = peers::verifiers(keys, terms)?.into_iter().map(|peer| {
        let name = peer.name();
        Contestant::new(name, Whole { peer, tokens: Round::new(Rc::clone(&tokens)) })
    });
    Ok(Group::new(title, Contestant::new("aws-lc-rs, the verification alone", floor))
        .with(ours.at_most(1.08))
        .with_all(peers))
}

/// What is signed, and the signature.
fn parts(token: &str) -> Outcome<(Vec<u8>, Vec<u8>)> {
    let (message, signature) = token.rsplit_once('.').ok_or("a token has three segments")?;
    Ok((message.as_bytes().to_vec(), BASE64URL.decode(signature)?))
}

/// The tokens of a pool would soon expire, so all are verified at the time when they were made: but a server reads its clock.
fn read_clock() {
    black_box(UnixTime::now());
}

struct Bare {
    keys: Rc<Keys>,
    tokens: Round<(Vec<u8>, Vec<u8>)>,
}

impl Operation for Bare {
    fn run(&mut self) -> Outcome<()> {
        let (message, signature) = self.tokens.next()?;
        self.keys.verify(message, signature)
    }
}

struct Whole {
    peer: Rc<dyn TokenVerifier>,
    tokens: Round<String>,
}

impl Operation for Whole {
    fn run(&mut self) -> Outcome<()> {
        self.peer.verify(self.tokens.next()?)
    }
}
