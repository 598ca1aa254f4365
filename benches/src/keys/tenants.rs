//! Looking keys up for many tenants.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hub_jwks::{KeySource, Keystore, KeystoreSettings};
use hub_roles::{ClientId, KeyId, OrganisationId, Sig1, SoftwareStatementId, VerificationKey};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::harness::{Contestant, Group, Operation};
use crate::keys::OURS;
use crate::keys::served::{Everywhere, Turns, at_once, background, seen};
use crate::keys::sets::Document;

/// Each of so many tenants in turn, whose sets lie all over the memory.
pub(crate) fn of(tenants: usize) -> Outcome<Group> {
    let ecosystem = Ecosystem::sandbox(UnixTime::now())?;
    let document = Document::bare(&ecosystem, 1)?;
    let kid = document.kids()?.pop().ok_or("a key")?;
    let background = background()?;
    let (deployment, urls) = (ecosystem.hub().deployment(), ecosystem.keystore());
    let transport = Everywhere::new(document.json, &background);
    let keystore = Keystore::new(deployment, urls.clone(), transport, &KeystoreSettings::new())?;
    let (mut sources, mut tables) = (Vec::new(), HashMap::new());
    for number in 0..tenants {
        // In another order than that in which they were first met.
        let [organisation, application] =
            ["4a73", "4f57"].map(|part| format!("0d6a7f2e-2f0a-{part}-9a52-{:012}", number * STRIDE % tenants));
        let client: ClientId =
            format!("https://rp.sandbox.directory.openfinance.ae/openid_relying_party/{application}").parse()?;
        let (organisation, application): (OrganisationId, SoftwareStatementId) =
            (organisation.parse()?, application.parse()?);
        let source = KeySource::<Sig1>::new(client, urls.application_keys(&organisation, &application).active());
        let key = background.block_on(keystore.key_at(&source, &kid))?;
        let table = HashMap::from([(kid.as_str().to_owned(), key)]);
        tables.insert(source.active().clone(), Arc::new(ArcSwap::from_pointee(table)));
        sources.push(source);
    }
    sources.sort_by(|one, other| one.active().as_str().cmp(other.active().as_str()));
    let sources = Turns::of(&sources);
    let floor = {
        let (tables, mut sources, kid) = (ArcSwap::from_pointee(tables), sources.clone(), kid.clone());
        move || {
            let tables = tables.load();
            let set: &Arc<ArcSwap<HashMap<String, VerificationKey<Sig1>>>> =
                tables.get(sources.next()?.active()).ok_or("no such set")?;
            seen(set.load().get(kid.as_str()).ok_or("no such key")?)
        }
    };
    let ours = Tenants { keystore, sources, kid, _background: background };
    Ok(Group::new(
        format!("Look a key up for {tenants} tenants"),
        Contestant::new("two pointers and two hash tables", floor),
    )
    .with(Contestant::new(format!("{OURS}, Keystore::key_at"), ours)))
}

struct Tenants {
    keystore: Keystore,
    sources: Turns<KeySource<Sig1>>,
    kid: KeyId,
    _background: Runtime,
}

impl Operation for Tenants {
    fn run(&mut self) -> Outcome<()> {
        seen(at_once(self.keystore.key_at(self.sources.next()?, &self.kid))??)
    }
}

/// Prime, so that it meets each of a power of ten.
const STRIDE: usize = 7919;
