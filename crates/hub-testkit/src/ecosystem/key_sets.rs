//! What the Trust Framework's keystore publishes of an ecosystem (FACTS section 3).

use std::collections::BTreeMap;

use hub_jwks::{KeystoreUrl, Publication};
use hub_roles::{Enc1, HttpsUrl};

use super::any_holding::AnyHolding;
use crate::Ecosystem;

impl Ecosystem {
    /// Where the Trust Framework of this environment publishes whose keys.
    #[must_use]
    pub fn keystore(&self) -> KeystoreUrl {
        KeystoreUrl::at(self.register.keystore.clone())
    }

    /// Every key set as JSON, by the path of its URL: `/<organisation>/application.jwks` and its kin, each with the set of
    /// retired keys below `inactive/`, which may be empty.
    ///
    /// [`Keystore::serve`](crate::Keystore::serve) serves them.
    #[must_use]
    pub fn key_sets(&self) -> BTreeMap<String, Vec<u8>> {
        let keystore = self.keystore();
        let mut sets = KeySets::default();
        for holding in self.holdings() {
            let location = holding.location(&keystore);
            sets.extend(&location.active(), location.directory(), |set| holding.publish(set));
            sets.extend(location.inactive().published_at(), location.directory(), |set| holding.publish_retired(set));
        }
        for (lfi, bare) in self.lfis().filter_map(|lfi| Some((lfi, lfi.bare_enc1()?))) {
            let location = keystore.organisation_keys(&lfi.organisation());
            sets.extend(&location.active(), location.directory(), |set| {
                set.bare::<Enc1>(bare.kid(), lfi.enc1().public_key())
            });
        }
        // A TPP's retired keys may also stand below its software statement alone.
        for tpp in self.tpps() {
            let location = keystore.application_keys(&tpp.organisation(), &tpp.software_statement());
            let elsewhere = keystore.inactive_keys_of(&tpp.software_statement());
            sets.extend(elsewhere.published_at(), location.directory(), |set| {
                tpp.enc2.publish_retired(tpp.sig1.publish_retired(set))
            });
        }
        sets.into_json()
    }
}

/// Key sets in the making, by path.
#[derive(Default)]
struct KeySets(BTreeMap<String, Publication>);

impl KeySets {
    /// Adds keys to the set at `url`, whose certificates are below `directory`.
    fn extend(&mut self, url: &HttpsUrl, directory: &HttpsUrl, add: impl FnOnce(Publication) -> Publication) {
        let set = self.0.remove(url.path()).unwrap_or_else(|| Publication::new(directory.clone()));
        self.0.insert(url.path().to_owned(), add(set));
    }

    fn into_json(self) -> BTreeMap<String, Vec<u8>> {
        self.0.into_iter().map(|(path, set)| (path, set.to_json())).collect()
    }
}
