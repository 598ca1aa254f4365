//! Selecting a key from a set that was read.

use std::collections::HashMap;

use hub_roles::{KeyId, Sig1, VerificationKey};
use hub_testkit::Ecosystem;
use jsonwebtoken::jwk::JwkSet;
use rustls_pki_types::UnixTime;

use crate::Outcome;
use crate::harness::{Contestant, Group};
use crate::keys::OURS;
use crate::keys::served::{Turns, seen};
use crate::keys::sets::Document;

/// Each key of the set in turn.
pub(crate) fn in_set_of(keys: usize) -> Outcome<Group> {
    let document = Document::bare(&Ecosystem::sandbox(UnixTime::now())?, keys)?;
    let kids = document.kids()?;
    let set = document.parsed()?;
    // The first who asks for a key makes it ready.
    let made = kids.iter().map(|kid| Ok((kid.as_str().to_owned(), set.verification_key::<Sig1>(kid)?)));
    let table = made.collect::<Outcome<HashMap<String, VerificationKey<Sig1>>>>()?;
    let floor = with(&kids, move |kid| seen(table.get(kid.as_str()).ok_or("no such key")?));
    let ours = with(&kids, move |kid| seen(set.verification_key::<Sig1>(kid)?));
    let jwks: JwkSet = serde_json::from_slice(&document.json)?;
    let peer = with(&kids, move |kid| seen(jwks.find(kid.as_str()).ok_or("no such key")?));
    Ok(Group::new(
        format!("Select from a set of {keys} keys"),
        Contestant::new("a hash table, the key borrowed", floor),
    )
    .with(Contestant::new(OURS, ours))
    .with(Contestant::new("jsonwebtoken, the key unread", peer)))
}

/// Looks for one after the other.
fn with<L: FnMut(&KeyId) -> Outcome<()>>(kids: &[KeyId], mut look: L) -> impl FnMut() -> Outcome<()> + use<L> {
    let mut kids = Turns::of(kids);
    move || look(kids.next()?)
}
