//! Who may be the client behind a proxy: one state, replaced as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use hub_roles::{HubToLfi, InstanceId, Path};

use crate::accepting::AcceptingPath;
use crate::basis::Basis;
use crate::config::Foundation;
use crate::error::ConfigError;
use crate::verifier::ClientVerifier;

/// The clients of each instance that the proxy serves. A chain that was accepted as one of them is remembered, and forgotten with the
/// state.
pub(super) struct Clients<P: AcceptingPath> {
    pub(super) basis: Basis,
    /// Those of one instance, which are those of all where they are the same.
    first: Arc<ClientVerifier<P::Client>>,
    /// Those of each instance, where they differ.
    by_instance: HashMap<InstanceId, Arc<ClientVerifier<P::Client>>>,
    renew: fn(&Self, &Foundation<'_>) -> Result<Self, ConfigError>,
}

impl<P: AcceptingPath<Instance = InstanceId>> Clients<P> {
    /// Those of these instances.
    pub(super) fn of_instances(
        foundation: &Foundation<'_>,
        instances: impl IntoIterator<Item = InstanceId>,
    ) -> Result<Self, ConfigError> {
        let Foundation { trust, deployment, .. } = *foundation;
        let mut by_instance = HashMap::new();
        let mut known = None;
        for id in instances {
            let verifier = ClientVerifier::shared(known.as_ref(), trust, foundation.found(deployment.expect(&id))?);
            known = Some(Arc::clone(&verifier));
            by_instance.insert(id, verifier);
        }
        let first = by_instance.values().next().cloned();
        let first = first.ok_or(ConfigError::NoInstance { path: P::ID, need: "name those that the proxy serves" })?;
        Ok(Self { basis: Basis::of(foundation), first, by_instance, renew: Self::renew_instances })
    }

    /// Verifies those of an instance, if the proxy serves it.
    pub(super) fn of(&self, instance: &InstanceId) -> Option<&ClientVerifier<P::Client>> {
        self.by_instance.get(instance).map(AsRef::as_ref)
    }

    fn renew_instances(&self, foundation: &Foundation<'_>) -> Result<Self, ConfigError> {
        Self::of_instances(foundation, self.by_instance.keys().cloned())
    }
}

impl Clients<HubToLfi> {
    /// The Hub and nobody else.
    pub(super) fn hub(foundation: &Foundation<'_>) -> Result<Self, ConfigError> {
        let hub = foundation.found(foundation.deployment.expect_hub())?;
        let first = Arc::new(ClientVerifier::new(foundation.trust.clone(), hub));
        let (basis, by_instance) = (Basis::of(foundation), HashMap::new());
        Ok(Self { basis, first, by_instance, renew: |_, foundation| Self::hub(foundation) })
    }

    /// Verifies the Hub.
    pub(super) fn the_hub(&self) -> &ClientVerifier<<HubToLfi as Path>::Client> {
        &self.first
    }
}

impl<P: AcceptingPath> Clients<P> {
    /// Those of the same instances on another foundation.
    pub(super) fn renewed(&self, foundation: &Foundation<'_>) -> Result<Self, ConfigError> {
        (self.renew)(self, foundation)
    }
}
