//! Reading a set.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD as BASE64, BASE64_URL_SAFE_NO_PAD as BASE64URL};
use hub_jwks::{Jwk, KeyUse};
use hub_testkit::Ecosystem;
use jsonwebtoken::jwk::JwkSet;
use rustls_pki_types::UnixTime;
use serde::Deserialize;

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::keys::OURS;
use crate::keys::served::seen;
use crate::keys::sets::Document;

pub(crate) fn bare(keys: usize) -> Outcome<Group> {
    group(format!("Read a set of {keys} bare keys"), Document::bare(&Ecosystem::sandbox(UnixTime::now())?, keys)?)
}

/// Of such keys 27 are as many as fit into what is read of a set.
pub(crate) fn certified(keys: usize) -> Outcome<Group> {
    let document = Document::certified(&Ecosystem::sandbox(UnixTime::now())?, keys)?;
    group(format!("Read a set of {keys} keys with x5c"), document)
}

fn group(title: String, document: Document) -> Outcome<Group> {
    let (plain_keys, set) = (plain(&document.json)?, document.parsed()?);
    if !plain_keys.iter().zip(set.keys()).all(|(plain, key)| plain.is(key)) {
        return Err("the floor reads something else".into());
    }
    let floor = {
        let json = document.json.clone();
        move || seen(plain(&json)?)
    };
    let peer = {
        let json = document.json.clone();
        move || seen(serde_json::from_slice::<JwkSet>(&json)?)
    };
    let ours = move || seen(document.parsed()?);
    Ok(Group::new(title, Contestant::new("serde_json and base64, unchecked", floor))
        .with(Contestant::new(OURS, ours))
        .with(Contestant::new("jsonwebtoken, base64 left undone", peer)))
}

/// The members that matter, and their octets. It takes a member that stands there twice, any modulus and exponent, a private key, keys
/// that say two things of their use, and never looks into a certificate.
fn plain(json: &[u8]) -> Outcome<Vec<PlainKey>> {
    let written: WrittenSet = serde_json::from_slice(json)?;
    let decoded = written.keys.into_iter().map(|key| {
        Ok(PlainKey {
            modulus: BASE64URL.decode(key.n)?,
            exponent: BASE64URL.decode(key.e)?,
            certificates: key.x5c.into_iter().flatten().map(|text| Ok(BASE64.decode(text)?)).collect::<Outcome<_>>()?,
            kid: key.kid,
            key_use: key.key_use,
        })
    });
    decoded.collect()
}

#[derive(Deserialize)]
struct WrittenSet {
    keys: Vec<WrittenKey>,
}

#[derive(Deserialize)]
struct WrittenKey {
    kid: String,
    #[serde(rename = "use")]
    key_use: Option<String>,
    n: String,
    e: String,
    x5c: Option<Vec<String>>,
}

struct PlainKey {
    kid: String,
    key_use: Option<String>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    certificates: Vec<Vec<u8>>,
}

impl PlainKey {
    fn is(&self, key: &Jwk) -> bool {
        self.kid == key.kid().as_str()
            && self.key_use.as_deref() == key.key_use().map(KeyUse::as_str)
            && (&*self.modulus, &*self.exponent) == (key.public_key().modulus(), key.public_key().exponent())
            && self.certificates.is_empty() == key.chain().is_none()
    }
}
