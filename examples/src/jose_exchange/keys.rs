//! The keys of both sides, handed over in every form that both know.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use hub_jose::TokenRule;
use hub_jose::jwe::{self, Jwe};
use hub_jwks::{JwkError, KeySet, Publication};
use hub_roles::{
    CertificateChain, Credential, DecryptionKey, Enc1, EncryptionKey, KeyId, RsaPublicKey, Sig1, SoftwareKey,
    VerificationKey,
};
use hub_testkit::{KeyPool, TestKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{SubjectPublicKeyInfoDer, UnixTime};
use serde_json::{Value, json};

use super::Fault;
use super::answer::Answer;
use super::cast::Cast;
use super::foreign::{Foreign, Form, Request};
use super::payloads::LARGEST;
use super::tally::Tally;

/// A pair of each size.
pub(super) struct Keys(Vec<Pair>);

/// The keys of one exchange: those that are its turn, in the form that is its turn.
pub(super) struct Turn<'k> {
    /// Our private keys.
    pub(super) sig1: &'k Credential<Sig1>,
    pub(super) enc1: &'k [DecryptionKey<Enc1>; 1],
    /// Their names for the public ones.
    pub(super) sig1_there: &'k str,
    pub(super) enc1_there: &'k str,
    /// Their name for their private key, which both signs and decrypts; it is its `kid` too.
    pub(super) theirs: &'k str,
    /// The public one, for each use.
    pub(super) their_sig1: &'k VerificationKey<Sig1>,
    pub(super) their_enc1: &'k EncryptionKey<Enc1>,
}

impl Keys {
    /// Each side makes keys and reads the other's.
    pub(super) fn exchange(foreign: &mut Foreign, cast: &Cast, tally: &mut Tally) -> Result<Self, Fault> {
        let mut pairs = Vec::new();
        for (bits, key) in [
            (2048, TestKey::rsa_2048(KeyPool::COMMITTED - 1).ok_or("no such key")??),
            (3072, TestKey::rsa_3072()?),
            (4096, TestKey::rsa_4096()?),
        ] {
            let ours = Ours::hand_over(foreign, cast, bits, key)?;
            let theirs = Theirs::receive(foreign, cast, bits)?;
            theirs.check_private_forms(foreign, tally)?;
            pairs.push(Pair { ours, theirs });
        }
        tally.group("their private keys: in PEM they decrypt here, in a key set they are refused");
        Ok(Self(pairs))
    }

    /// Sizes take turns; forms do once all sizes have had theirs.
    pub(super) fn turn(&self, turn: usize) -> Result<Turn<'_>, Fault> {
        let Pair { ours, theirs } = in_turn(&self.0, turn)?;
        let turn = turn / self.0.len();
        Ok(Turn {
            sig1: &ours.sig1,
            enc1: &ours.enc1,
            sig1_there: in_turn(&ours.sig1_there, turn)?,
            enc1_there: in_turn(&ours.enc1_there, turn)?,
            theirs: &theirs.name,
            their_sig1: in_turn(&theirs.sig1, turn)?,
            their_enc1: in_turn(&theirs.enc1, turn)?,
        })
    }
}

struct Pair {
    ours: Ours,
    theirs: Theirs,
}

/// Our private keys, and their names for the public ones, one for each form.
struct Ours {
    sig1: Credential<Sig1>,
    enc1: [DecryptionKey<Enc1>; 1],
    sig1_there: Vec<String>,
    enc1_there: Vec<String>,
}

impl Ours {
    fn hand_over(foreign: &mut Foreign, cast: &Cast, bits: usize, key: TestKey) -> Result<Self, Fault> {
        let holding = cast.eco.holding::<Sig1>("acme")?;
        let issued = cast.eco.authority().issue(&holding.spec().clone().with_key(key))?;
        let chain = CertificateChain::from_der(issued.chain())?;
        let certificate = cast.eco.trust().verify(&chain, holding.expectation(), UnixTime::now())?;
        let private = Arc::new(SoftwareKey::from_pem(issued.key_pem()?.as_bytes())?);

        let public = certificate.public_key();
        let enc1_kid: KeyId = format!("enc1-{bits}").parse()?;
        let directory = cast.directory()?;
        let as_sig1 = Publication::new(directory.clone()).certificate(&certificate);
        let as_enc1 = Publication::new(directory).bare::<Enc1>(&enc1_kid, public);

        let [mut sig1_there, mut enc1_there] = [Vec::new(), Vec::new()];
        for (names, role, set) in [(&mut sig1_there, "sig1", as_sig1), (&mut enc1_there, "enc1", as_enc1)] {
            for (form, text) in [
                (Form::Spki, pem("PUBLIC KEY", &public.to_spki_der()?)),
                (Form::X509, issued.certificate_pem()?),
                (Form::Jwk, only_key(&set)?),
            ] {
                if foreign.abilities().reads.contains(&form) {
                    let name = format!("our-{role}-{bits}-{form:?}");
                    foreign.have(&Request::Load { key: &name, form, text: &text })?;
                    names.push(name);
                }
            }
        }
        Ok(Self {
            sig1_there,
            enc1_there,
            enc1: [DecryptionKey::bare(enc1_kid, Arc::clone(&private) as _)],
            sig1: Credential::with_shared_key(certificate, private)?,
        })
    }
}

/// Their name for their private key, and the public ones as we read them, one for each form.
struct Theirs {
    name: String,
    kid: KeyId,
    sig1: Vec<VerificationKey<Sig1>>,
    enc1: Vec<EncryptionKey<Enc1>>,
}

impl Theirs {
    fn receive(foreign: &mut Foreign, cast: &Cast, bits: usize) -> Result<Self, Fault> {
        let name = format!("theirs-{bits}");
        let kid: KeyId = name.parse()?;
        foreign.have(&Request::Generate { key: &name, bits })?;

        let (client, bank) = (cast.client()?, cast.bank()?);
        let (mut sig1, mut enc1) = (Vec::new(), Vec::new());
        if foreign.abilities().writes.contains(&Form::Spki) {
            let spki = SubjectPublicKeyInfoDer::from_pem_slice(foreign.write(&name, Form::Spki)?.as_bytes())?;
            let public = RsaPublicKey::from_spki_der(&spki)?;
            sig1.push(VerificationKey::registered(client.clone(), kid.clone(), public.clone())?);
            enc1.push(EncryptionKey::registered(bank, kid.clone(), public)?);
        }
        let set = set_of(&foreign.write(&name, Form::Jwk)?, &kid)?;
        sig1.push(KeySet::parse(client.clone(), &set)?.verification_key(&kid)?);
        enc1.push(KeySet::parse(bank, &set)?.encryption_key(Some(&kid))?);
        Ok(Self { name, kid, sig1, enc1 })
    }

    fn check_private_forms(&self, foreign: &mut Foreign, tally: &mut Tally) -> Result<(), Fault> {
        let content = b"to whoever holds the private key";
        let jwe = jwe::encrypt(in_turn(&self.enc1, 0)?, None, content)?;
        for form in [Form::Pkcs8, Form::Pkcs1] {
            if foreign.abilities().writes.contains(&form) {
                let private = SoftwareKey::from_pem(foreign.write(&self.name, form)?.as_bytes())?;
                let keys = [DecryptionKey::<Enc1>::bare(self.kid.clone(), Arc::new(private))];
                let opened = Jwe::parse(&jwe, LARGEST).and_then(|jwe| jwe.decrypt(&keys));
                let opened = Answer::of(opened.map(|content| content.to_vec()), TokenRule::code);
                tally.opened(format_args!("{} in {form:?}", self.name), content, &opened);
            }
        }
        let set = KeySet::parse((), &set_of(&foreign.write(&self.name, Form::PrivateJwk)?, &self.kid)?)?;
        let rejected = set.rejected().first().map_or("accepted", |key| JwkError::code(&key.reason));
        tally.check(rejected == "jwk.private-member", format_args!("{} in a key set", self.name), rejected);
        Ok(())
    }
}

/// The one key of a set that we publish.
pub(super) fn only_key(set: &Publication) -> Result<String, Fault> {
    let set: Value = serde_json::from_slice(&set.to_json())?;
    Ok(set.pointer("/keys/0").ok_or("an empty set")?.to_string())
}

/// A set with a key of theirs, under the `kid` that it is registered by.
fn set_of(jwk: &str, kid: &KeyId) -> Result<Vec<u8>, Fault> {
    let mut jwk: Value = serde_json::from_str(jwk)?;
    jwk.as_object_mut().ok_or("a JWK is an object")?.insert("kid".to_owned(), json!(kid));
    Ok(json!({ "keys": [jwk] }).to_string().into_bytes())
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> = der.chunks(48).map(Base64::encode_string).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn in_turn<T>(items: &[T], turn: usize) -> Result<&T, Fault> {
    items.get(turn % items.len().max(1)).ok_or_else(|| "nothing to take turns".into())
}
