//! An LFI: its Ozone Connect, and its calls to the Hub's Consent Manager and Headless Heimdall.
//!
//! It holds C3, S4, Sig4 and Enc1 once, whatever the number of its brands.

mod ozone_connect;
mod to_hub;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hub_jose::{Opener, Signer};
use hub_jwks::Keystore;
use hub_roles::{DecryptionKey, Deployment, HubToLfi, InstanceId, LfiToHub, Pii, Sig3, Sig4};
use hub_tls::{Acceptor, Connector};
use rustls_pki_types::UnixTime;

use super::calls::Caller;
use super::failure::Failure;
use super::jwt_auth::JwtAuthSide;
use super::keystore::keys_of_others;
use super::material::Material;
use super::network::Network;
use super::story::Story;

/// An LFI's program.
pub(super) struct Lfi {
    deployment: Deployment,
    pub(super) keys: Keystore,
    story: Story,
    /// Ozone Connect, with S4.
    pub(super) s4: Acceptor<HubToLfi>,
    /// To Consent Manager and Headless Heimdall, with C3.
    pub(super) hub: Caller<LfiToHub>,
    pub(super) jwt_auth: Arc<JwtAuthSide<Sig4, Sig3>>,
    pub(super) pii: Opener<Pii>,
    /// When each consent was created: PII is judged by it ever after.
    consents: Mutex<HashMap<String, UnixTime>>,
}

impl Lfi {
    /// Reads the LFI's files in `directory` and builds everything that is built once.
    pub(super) fn new(material: &Material, directory: &str, network: &Network, story: &Story) -> Result<Self, Failure> {
        let party = material.party(directory)?;
        let (trust, deployment) = (party.trust(), party.deployment().clone());
        let instance = first_instance(&deployment)?;

        // One set of certificates for all brands: whichever instance is asked, the expectation is the same.
        let c3 = party.credential("C3", &deployment.expect(&instance)?)?;
        let s4 = party.credential("S4", &deployment.expect(&instance)?)?;
        let enc1 = party.credential("Enc1", &deployment.expect(&instance)?)?;
        let sig4 = match deployment.expect::<Sig4>(&instance) {
            Ok(expectation) => Some(Signer::new(party.credential("Sig4", &expectation)?)),
            // Not registered, so not needed: JWT Auth is off.
            Err(_) => None,
        };

        let keys = keys_of_others(material, &party, network)?;
        let jwt_auth = Arc::new(JwtAuthSide::new(&deployment, sig4, keys.clone()));
        Ok(Self {
            s4: Acceptor::<HubToLfi>::new(trust, &deployment, s4)?,
            hub: Caller {
                connector: Connector::new(trust, &deployment, c3)?,
                jwt_auth: Arc::clone(&jwt_auth),
                network: network.clone(),
            },
            jwt_auth,
            pii: Opener::new([DecryptionKey::from(&enc1)]),
            keys,
            story: story.clone(),
            consents: Mutex::default(),
            deployment,
        })
    }

    fn consents(&self) -> MutexGuard<'_, HashMap<String, UnixTime>> {
        self.consents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn first_instance(deployment: &Deployment) -> Result<InstanceId, Failure> {
    let none = || Failure::new("deployment.no-instance", "the deployment has no API Hub instance");
    deployment.instances().next().map(|instance| instance.id().clone()).ok_or_else(none)
}
