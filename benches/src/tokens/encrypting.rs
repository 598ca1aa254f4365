//! Encryption alone: content of 1 and of 64 KiB, by RSA-OAEP-256 and A256GCM.

use std::hint::black_box;
use std::rc::Rc;

use hub_jose::jwe::{self, Jwe};
use hub_roles::{DecryptionKey, Enc1, EncryptionKey};

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::peers::{self, ContentPeer, Named};
use crate::tokens::OURS;
use crate::tokens::parties::Client;

pub(crate) fn seal_1_kib() -> Outcome<Group> {
    seal("Encrypt 1 KiB", KIB, Some(1.05))
}

pub(crate) fn seal_64_kib() -> Outcome<Group> {
    seal("Encrypt 64 KiB", 64 * KIB, None)
}

pub(crate) fn open_1_kib() -> Outcome<Group> {
    open("Decrypt 1 KiB", KIB, Some(1.01))
}

pub(crate) fn open_64_kib() -> Outcome<Group> {
    open("Decrypt 64 KiB", 64 * KIB, None)
}

fn seal(title: &'static str, octets: usize, bound: Option<f64>) -> Outcome<Group> {
    let content: Rc<[u8]> = content(octets);
    group(title, bound, octets, |peer| {
        let content = Rc::clone(&content);
        Ok(Contestant::new(peer.name(), move || peer.seal(&content).map(|jwe| drop(black_box(jwe)))))
    })
}

fn open(title: &'static str, octets: usize, bound: Option<f64>) -> Outcome<Group> {
    let content = content(octets);
    group(title, bound, octets, |peer| {
        let jwe = peer.seal(&content)?;
        Ok(Contestant::new(peer.name(), move || peer.open(&jwe).map(|content| drop(black_box(content)))))
    })
}

/// The one by hand is the floor, we come next.
fn group(
    title: &'static str,
    bound: Option<f64>,
    octets: usize,
    contestant: impl Fn(Rc<dyn ContentPeer>) -> Outcome<Contestant>,
) -> Outcome<Group> {
    let parties = Client::new()?;
    let peers = peers::of_content(&parties.enc1_keys, parties.enc1.kid().as_str())?;
    let ours: Rc<dyn ContentPeer> =
        Rc::new(Ours { key: parties.enc1_public, keys: [parties.enc1], limit: 2 * octets + 4 * KIB });
    let all: Vec<_> = peers.iter().chain([&ours]).collect();
    for sender in &all {
        for recipient in &all {
            opened_by(sender.as_ref(), recipient.as_ref(), &content(octets))?;
        }
    }
    let ours = contestant(ours)?;
    let ours = match bound {
        Some(bound) => ours.at_most(bound),
        None => ours,
    };
    let mut peers = peers.into_iter().map(contestant);
    let floor = peers.next().ok_or("no floor")??;
    Ok(Group::new(title, floor).with(ours).with_all(peers.collect::<Outcome<Vec<_>>>()?))
}

/// What one encrypts each has to decrypt, or the figures are of different work.
fn opened_by(sender: &dyn ContentPeer, recipient: &dyn ContentPeer, content: &[u8]) -> Outcome<()> {
    if recipient.open(&sender.seal(content)?)? == content {
        return Ok(());
    }
    Err(format!("{} does not read what {} wrote", recipient.name(), sender.name()).into())
}

struct Ours {
    key: EncryptionKey<Enc1>,
    keys: [DecryptionKey<Enc1>; 1],
    limit: usize,
}

impl Named for Ours {
    fn name(&self) -> &'static str {
        OURS
    }
}

impl ContentPeer for Ours {
    fn seal(&self, content: &[u8]) -> Outcome<String> {
        Ok(jwe::encrypt(&self.key, None, content).map_err(|problem| format!("{problem:?}"))?)
    }

    fn open(&self, jwe: &str) -> Outcome<Vec<u8>> {
        Ok(Jwe::parse(jwe, self.limit)?.decrypt(&self.keys)?.to_vec())
    }
}

/// Text as JSON has it.
fn content(octets: usize) -> Rc<[u8]> {
    "{\"Initiation\": {\"Creditor\": []}} ".bytes().cycle().take(octets).collect()
}

const KIB: usize = 1024;
