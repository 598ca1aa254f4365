//! A TPP: payment consents, payments, and the receiver of webhook events.

mod payments;
mod webhooks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hub_jose::{Opener, Signer};
use hub_jwks::Keystore;
use hub_roles::{
    ClientId, Credential, DecryptionKey, Deployment, InstanceId, Own, Sig1, TppRegistration, TppToHub, WebhookEvent,
};
use hub_tls::Connector;

use super::failure::Failure;
use super::keystore::keys_of_others;
use super::material::Material;
use super::network::Network;
use super::story::Story;

pub(super) use self::webhooks::{RECEIVER, WEBHOOK_HOST};

/// A TPP's program.
pub(super) struct Tpp {
    deployment: Deployment,
    client: ClientId,
    keys: Keystore,
    network: Network,
    story: Story,
    /// To every API Hub instance, with C1.
    hub: Connector<TppToHub>,
    /// Sig1: another one after a rotation.
    signer: Mutex<Arc<Signer<Sig1>>>,
    /// Enc2.
    events: Opener<WebhookEvent>,
    /// At which instance each consent was given: only that one's events about it are believed.
    consents: Mutex<HashMap<String, InstanceId>>,
}

impl Tpp {
    /// Reads the TPP's files in `directory` and builds everything that is built once.
    pub(super) fn new(material: &Material, directory: &str, network: &Network, story: &Story) -> Result<Self, Failure> {
        let party = material.party(directory)?;
        let (trust, deployment) = (party.trust(), party.deployment().clone());
        let Own::Tpp(client) = deployment.own().clone() else {
            return Err(Failure::new("deployment.own", format!("{directory}/deployment.toml is not a TPP's")));
        };
        let c1 = party.credential("C1", &deployment.expect_tpp(&client)?)?;
        let sig1 = party.credential("Sig1", &deployment.expect_tpp(&client)?)?;
        let enc2 = party.credential("Enc2", &deployment.expect_tpp(&client)?)?;
        Ok(Self {
            hub: Connector::new(trust, &deployment, c1)?,
            signer: Mutex::new(Arc::new(Signer::new(sig1))),
            events: Opener::new([DecryptionKey::from(&enc2)]),
            keys: keys_of_others(material, &party, network)?,
            network: network.clone(),
            story: story.clone(),
            consents: Mutex::default(),
            client,
            deployment,
        })
    }

    /// A Sig1 of its own, by the name of its files.
    pub(super) fn sig1(&self, material: &Material, directory: &str, name: &str) -> Result<Credential<Sig1>, Failure> {
        material.party(directory)?.credential(name, &self.deployment.expect_tpp(&self.client)?)
    }

    /// Signs with the next Sig1 from now on: it has the same subject, and has been published for ten minutes.
    pub(super) fn cut_over(&self, next: Credential<Sig1>) {
        *self.signer.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Signer::new(next));
    }

    pub(super) fn registration(&self) -> Result<&TppRegistration, Failure> {
        Ok(self.deployment.tpp(&self.client)?)
    }

    fn signer(&self) -> Arc<Signer<Sig1>> {
        Arc::clone(&self.signer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn consents(&self) -> MutexGuard<'_, HashMap<String, InstanceId>> {
        self.consents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
