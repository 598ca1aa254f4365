//! The instances of a file, by each of what a request may name.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use crate::deployment::instance::{LfiInstance, Seen};
use crate::deployment::lfi::Lfis;
use crate::deployment::read::Table;
use crate::host::{HostName, HttpsUrl};
use crate::id::{IdError, InstanceId, Issuer, ProviderId};

/// The `instances` of a file. At the API Hub there are thousands, and each request names one: none is looked for one by one.
#[derive(Debug)]
pub(super) struct Instances {
    by_id: BTreeMap<InstanceId, Arc<LfiInstance>>,
    by_host: HashMap<HostName, Arc<LfiInstance>>,
    by_provider: HashMap<ProviderId, Arc<LfiInstance>>,
    by_issuer: HashMap<Issuer, Arc<LfiInstance>>,
    by_ozone_connect: HashMap<HostName, Vec<Arc<LfiInstance>>>,
}

impl Instances {
    pub(super) fn read(file: &mut Table<'_>, lfis: &Lfis) -> Self {
        let mut seen = Seen::new();
        let entries = file.named("instances").into_iter();
        let by_id = entries
            .filter_map(|(name, node)| {
                let id = name.parse().map_or_else(|error: IdError| node.refuse(error), Some);
                node.table(|table| LfiInstance::read(name, id, table, lfis, &mut seen)).flatten()
            })
            .map(|instance| (instance.id().clone(), Arc::new(instance)))
            .collect();
        Self::indexed(by_id)
    }

    fn indexed(by_id: BTreeMap<InstanceId, Arc<LfiInstance>>) -> Self {
        let mut by_ozone_connect: HashMap<_, Vec<_>> = HashMap::new();
        for (host, instance) in pairs(&by_id, |instance| instance.ozone_connect_url.known().map(HttpsUrl::host)) {
            by_ozone_connect.entry(host).or_default().push(instance);
        }
        Self {
            by_host: pairs(&by_id, |instance| instance.hosts().known()).collect(),
            by_provider: pairs(&by_id, |instance| instance.provider_id.known()).collect(),
            by_issuer: pairs(&by_id, |instance| instance.issuer().ok()).collect(),
            by_ozone_connect,
            by_id,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &LfiInstance> {
        self.by_id.values().map(AsRef::as_ref)
    }

    pub(super) fn by_id(&self, id: &InstanceId) -> Option<&LfiInstance> {
        self.by_id.get(id).map(AsRef::as_ref)
    }

    pub(super) fn by_host(&self, host: &HostName) -> Option<&LfiInstance> {
        self.by_host.get(host).map(AsRef::as_ref)
    }

    pub(super) fn by_provider(&self, provider: &ProviderId) -> Option<&LfiInstance> {
        self.by_provider.get(provider).map(AsRef::as_ref)
    }

    pub(super) fn by_issuer(&self, issuer: &Issuer) -> Option<&LfiInstance> {
        self.by_issuer.get(issuer).map(AsRef::as_ref)
    }

    /// By ID, as everywhere.
    pub(super) fn by_ozone_connect(&self, host: &HostName) -> impl Iterator<Item = &LfiInstance> {
        self.by_ozone_connect.get(host).into_iter().flatten().map(AsRef::as_ref)
    }
}

/// What each instance is known by, and the instance.
fn pairs<'a, K: Clone + Hash + Eq + 'a, Keys: IntoIterator<Item = &'a K>>(
    by_id: &'a BTreeMap<InstanceId, Arc<LfiInstance>>,
    keys: impl Fn(&'a LfiInstance) -> Keys,
) -> impl Iterator<Item = (K, Arc<LfiInstance>)> {
    by_id
        .values()
        .flat_map(move |instance| keys(instance).into_iter().map(move |key| (key.clone(), Arc::clone(instance))))
}
