//! PII: signed, then encrypted.

use std::hint::black_box;
use std::rc::Rc;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hub_jose::{Opener, PiiDraft, Sealer};
use hub_roles::Pii;
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::peers::Keys;
use crate::peers::bare::{CONTENT_KEY_OCTETS, NONCE_OCTETS, open as open_content, seal as seal_content};
use crate::tokens::OURS;
use crate::tokens::parties::Client;

pub(crate) fn seal() -> Outcome<Group> {
    let parties = Client::new()?;
    let content = content();
    let taken_apart = TakenApart::of(&sealed(&parties, &content, parties.now)?, &parties)?;
    let floor = move || taken_apart.seal_again();
    let ours = move || sealed(&parties, &content, UnixTime::now()).map(|jwe| drop(black_box(jwe)));
    Ok(Group::new("Seal PII of 1 KiB", Contestant::new(FLOOR, floor)).with(Contestant::new(OURS, ours)))
}

pub(crate) fn open() -> Outcome<Group> {
    let parties = Client::new()?;
    let now = parties.now;
    let jwe = sealed(&parties, &content(), now)?;
    let taken_apart = TakenApart::of(&jwe, &parties)?;
    let floor = move || taken_apart.open();
    let opener = Opener::<Pii>::new([parties.enc1.clone()]);
    let expected = parties.expected();
    let sig1_keys = [parties.sig1_public];
    let ours = move || {
        black_box(UnixTime::now());
        black_box(opener.open(&jwe, &sig1_keys, &expected, now)?);
        Ok(())
    };
    Ok(Group::new("Open PII of 1 KiB", Contestant::new(FLOOR, floor)).with(Contestant::new(OURS, ours).at_most(1.02)))
}

fn sealed(parties: &Client, content: &Value, now: UnixTime) -> Outcome<String> {
    let draft = PiiDraft::new(&parties.client, &parties.issuer, content);
    Ok(Sealer::<Pii>::new(&parties.sig1, &parties.enc1_public).seal(&draft, now)?)
}

/// About 1 KiB.
fn content() -> Value {
    let creditor =
        json!({"Name": {"en": "A creditor of some length"}, "Account": {"Identification": "AE070331234567890123456"}});
    json!({"Initiation": {"Creditor": vec![creditor; 9]}, "Risk": {"PaymentContextCode": "BillPayment"}})
}

/// The octets that the cryptography of a nested token works on.
struct TakenApart {
    sig1: Rc<Keys>,
    enc1: Rc<Keys>,
    protected: String,
    encrypted_key: Vec<u8>,
    nonce: [u8; NONCE_OCTETS],
    /// Ciphertext and tag.
    sealed: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    jws: Vec<u8>,
}

impl TakenApart {
    fn of(jwe: &str, parties: &Client) -> Outcome<Self> {
        let mut segments = jwe.split('.');
        let mut next = || segments.next().ok_or("five segments");
        let protected = next()?.to_owned();
        let encrypted_key = BASE64URL.decode(next()?)?;
        let nonce = BASE64URL.decode(next()?)?.as_slice().try_into()?;
        let mut sealed = BASE64URL.decode(next()?)?;
        sealed.extend(BASE64URL.decode(next()?)?);

        let mut jws = sealed.clone();
        let key = parties.enc1_keys.decrypt(&encrypted_key)?;
        let octets = open_content(&key, nonce, protected.as_bytes(), &mut jws)?;
        jws.truncate(octets);
        let (message, signature) = str::from_utf8(&jws)?.rsplit_once('.').ok_or("three segments")?;
        Ok(Self {
            sig1: Rc::clone(&parties.sig1_keys),
            enc1: Rc::clone(&parties.enc1_keys),
            message: message.into(),
            signature: BASE64URL.decode(signature)?,
            protected,
            encrypted_key,
            nonce,
            sealed,
            jws,
        })
    }

    fn seal_again(&self) -> Outcome<()> {
        black_box(self.sig1.sign(&self.message)?);
        let (mut key, mut nonce) = ([0; CONTENT_KEY_OCTETS], [0; NONCE_OCTETS]);
        rand::fill(&mut key)?;
        rand::fill(&mut nonce)?;
        black_box(self.enc1.encrypt(&key)?);
        let mut content = self.jws.clone();
        black_box(seal_content(&key, nonce, self.protected.as_bytes(), &mut content)?);
        Ok(())
    }

    fn open(&self) -> Outcome<()> {
        let key = self.enc1.decrypt(&self.encrypted_key)?;
        let mut content = self.sealed.clone();
        black_box(open_content(&key, self.nonce, self.protected.as_bytes(), &mut content)?);
        self.sig1.verify(&self.message, &self.signature)
    }
}

const FLOOR: &str = "aws-lc-rs, the operations alone";
