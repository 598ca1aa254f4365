//! Signing: from the parties to the token as it is sent.

use std::hint::black_box;
use std::rc::Rc;

use rustls_pki_types::UnixTime;

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::peers::{self, Keys, Terms, TokenSigner, TokenVerifier};
use crate::tokens::OURS;
use crate::tokens::parties::{Client, Connected, bare};
use crate::tokens::verifying::check_signature;

pub(crate) fn client_assertion() -> Outcome<Group> {
    let parties = Client::new()?;
    let (keys, terms) = (Rc::clone(&parties.sig1_keys), parties.terms()?);
    let sample = parties.assertion(parties.now)?;
    let ours = move || sent(&parties.assertion(UnixTime::now())?);
    group("Sign a client assertion", &sample, &keys, &terms, Contestant::new(OURS, ours))
}

pub(crate) fn jwt_auth() -> Outcome<Group> {
    let parties = Connected::new()?;
    let (keys, terms) = (Rc::clone(&parties.sig3_keys), parties.terms()?);
    let sample = bare(&parties.authorization(parties.now)?)?.to_owned();
    let ours = move || sent(&parties.authorization(UnixTime::now())?);
    group("Sign a JWT Auth token", &sample, &keys, &terms, Contestant::new(OURS, ours))
}

fn group(title: &'static str, sample: &str, keys: &Rc<Keys>, terms: &Rc<Terms>, ours: Contestant) -> Outcome<Group> {
    let (message, _) = sample.rsplit_once('.').ok_or("a sample token")?;
    let floor = {
        let (keys, message) = (Rc::clone(keys), message.to_owned());
        move || keys.sign(message.as_bytes()).map(|signature| drop(black_box(signature)))
    };
    let (signers, verifiers) = (peers::signers(keys, terms)?, peers::verifiers(keys, terms)?);
    for signer in &signers {
        accepted_by_all(signer.as_ref(), &verifiers, keys)?;
    }
    let peers = signers.into_iter().map(|peer| Contestant::new(peer.name(), move || sent(&peer.sign()?)));
    Ok(Group::new(title, Contestant::new("aws-lc-rs, the signature alone", floor))
        .with(ours.at_most(1.01))
        .with_all(peers))
}

/// What one signs everybody has to accept, or the figures are of different work.
fn accepted_by_all(signer: &dyn TokenSigner, verifiers: &[Rc<dyn TokenVerifier>], keys: &Keys) -> Outcome<()> {
    let token = signer.sign()?;
    check_signature(&token, keys).map_err(|error| format!("{}'s signature: {error}", signer.name()))?;
    for verifier in verifiers {
        verifier.verify(&token).map_err(|error| format!("{} by {}: {error}", signer.name(), verifier.name()))?;
    }
    Ok(())
}

fn sent(token: &str) -> Outcome<()> {
    if black_box(token).is_empty() { Err("an empty token".into()) } else { Ok(()) }
}
