//! Looking a key up in a set that is held and fresh: what stands before every verification.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hub_jwks::{CacheSettings, KeySource, Keystore, KeystoreSettings, RemoteKeySet};
use hub_roles::{ClientId, KeyId, Sig1, VerificationKey};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::harness::{Contestant, Group, Operation};
use crate::keys::OURS;
use crate::keys::served::{Everywhere, Turns, at_once, background, seen};
use crate::keys::sets::Document;

/// In one set, against a pointer load and a hash look-up.
pub(crate) fn in_set() -> Outcome<Group> {
    let cached = Cached::new()?;
    let table = Arc::clone(&cached.table);
    let floor = cached.ask(move |kid| seen(table.load().get(kid.as_str()).ok_or("no such key")?));
    Ok(Group::new("Look a key up in a set", Contestant::new("a pointer and a hash table", floor))
        .with(Contestant::new(format!("{OURS}, the key shown"), cached.in_set()).at_most(BOUND))
        .with(Contestant::new(format!("{OURS}, the key copied"), cached.copied_from_set())))
}

/// In a keystore, against the same with one more hash look-up for the set.
pub(crate) fn in_keystore() -> Outcome<Group> {
    let cached = Cached::new()?;
    let tables = HashMap::from([(cached.source.active().clone(), Arc::clone(&cached.table))]);
    let (tables, url) = (ArcSwap::from_pointee(tables), cached.source.active().clone());
    let floor = cached.ask(move |kid| {
        let tables = tables.load();
        seen(tables.get(&url).ok_or("no such set")?.load().get(kid.as_str()).ok_or("no such key")?)
    });
    let (keystore, source) = (cached.keystore.clone(), cached.source.clone());
    let by_source = cached.ask(move |kid| seen(at_once(keystore.key_at(&source, kid))??));
    Ok(Group::new("Look a key up in a keystore", Contestant::new("two pointers and two hash tables", floor))
        .with(Contestant::new(format!("{OURS}, Keystore::key"), cached.in_keystore()).at_most(BOUND))
        .with(Contestant::new(format!("{OURS}, Keystore::key_at"), by_source).at_most(BOUND)))
}

/// One client's set of three keys, held in each of the ways.
pub(crate) struct Cached {
    table: Arc<ArcSwap<HashMap<String, VerificationKey<Sig1>>>>,
    set: RemoteKeySet<ClientId>,
    keystore: Keystore,
    source: KeySource<Sig1>,
    client: ClientId,
    kids: Turns<KeyId>,
    background: Arc<Runtime>,
}

impl Cached {
    pub(crate) fn new() -> Outcome<Self> {
        let ecosystem = Ecosystem::sandbox(UnixTime::now())?;
        let document = Document::bare(&ecosystem, KEYS)?;
        let (client, kids, background) = (document.owner.clone(), document.kids()?, Arc::new(background()?));
        let transport = Everywhere::new(document.json, &background);
        let deployment = ecosystem.hub().deployment();
        let keystore = Keystore::new(deployment, ecosystem.keystore(), transport.clone(), &KeystoreSettings::new())?;
        let source = keystore.source::<Sig1>(&client)?;
        let set = RemoteKeySet::new(source.active().clone(), client.clone(), transport, &CacheSettings::new())?;
        let mut table = HashMap::new();
        for kid in &kids {
            background.block_on(keystore.key::<Sig1>(&client, kid))?;
            let key = background.block_on(set.verification_key::<Sig1>(kid))?;
            table.insert(kid.as_str().to_owned(), key);
        }
        let table = Arc::new(ArcSwap::from_pointee(table));
        Ok(Self { table, set, keystore, source, client, kids: Turns::of(&kids), background })
    }

    /// Looks at each key of its set in turn.
    pub(crate) fn in_set(&self) -> impl Operation + Send + use<> {
        let set = self.set.clone();
        self.ask(move |kid| at_once(set.with_verification_key::<Sig1, _>(kid, |key| seen(key)))??)
    }

    /// Takes a copy of each key of its set in turn.
    pub(crate) fn copied_from_set(&self) -> impl Operation + Send + use<> {
        let set = self.set.clone();
        self.ask(move |kid| seen(at_once(set.verification_key::<Sig1>(kid))??))
    }

    /// Takes a copy of each key from its keystore key in turn.
    pub(crate) fn in_keystore(&self) -> impl Operation + Send + use<> {
        let (keystore, client) = (self.keystore.clone(), self.client.clone());
        self.ask(move |kid| seen(at_once(keystore.key::<Sig1>(&client, kid))??))
    }

    fn ask<L: FnMut(&KeyId) -> Outcome<()> + Send>(&self, look: L) -> impl Operation + Send + use<L> {
        let (mut look, mut kids, background) = (look, self.kids.clone(), Arc::clone(&self.background));
        move || {
            let _kept = &background;
            look(kids.next()?)
        }
    }
}

/// The one in use, its successor, and one of before.
const KEYS: usize = 3;

const BOUND: f64 = 1.5;
