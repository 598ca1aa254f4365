//! The API Hub, which Ozone operates: between TPPs and LFIs, for every instance at once.

mod consents;
mod lfis;
mod ozone_connect;
mod tpps;
mod webhooks;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use hub_jose::{MemoryReplayGuard, Signer};
use hub_jwks::Keystore;
use hub_roles::{Deployment, HubToLfi, InstanceId, LfiToHub, Sig2, Sig3, Sig4, TppToHub};
use hub_tls::{Acceptor, Connector};

use self::consents::Consents;
pub(super) use self::lfis::S3_LISTENER;
pub(super) use self::tpps::S1_LISTENER;
use super::calls::Caller;
use super::failure::Failure;
use super::jwt_auth::JwtAuthSide;
use super::keystore::keys_of_others;
use super::material::Material;
use super::network::Network;
use super::story::Story;
use super::web::WebClient;

/// The Hub's program.
pub(super) struct Hub {
    deployment: Deployment,
    keys: Keystore,
    network: Network,
    story: Story,
    /// For TPPs: authorisation and resource servers of all instances, with an S1 each.
    s1: Acceptor<TppToHub>,
    /// For LFIs: Headless Heimdall and Consent Manager of all instances, with an S3 each.
    pub(super) s3: Acceptor<LfiToHub>,
    /// To every LFI's Ozone Connect, with C4.
    pub(super) ozone_connect: Caller<HubToLfi>,
    pub(super) jwt_auth: Arc<JwtAuthSide<Sig3, Sig4>>,
    /// One Sig2 per instance.
    sig2: HashMap<InstanceId, Signer<Sig2>>,
    web: WebClient,
    used_assertions: MemoryReplayGuard,
    consents: Consents,
}

impl Hub {
    /// Reads the Hub's files in `directory` and builds everything that is built once.
    pub(super) fn new(material: &Material, directory: &str, network: &Network, story: &Story) -> Result<Self, Failure> {
        let party = material.party(directory)?;
        let (trust, deployment) = (party.trust(), party.deployment().clone());

        let c4 = party.credential("C4", &deployment.expect_hub()?)?;
        let (mut s1, mut s3, mut sig2) = (Vec::new(), Vec::new(), HashMap::new());
        // Not registered, so not needed: JWT Auth is off everywhere (seed, "Sig3 and Sig4").
        let has_sig3 = deployment.ozone()?.sig3_jwks_url().is_ok();
        let mut sig3 = None;
        for instance in deployment.instances() {
            let id = instance.id();
            s1.push((id.clone(), party.credential(&format!("{id}/S1"), &deployment.expect(id)?)?));
            s3.push((id.clone(), party.credential(&format!("{id}/S3"), &deployment.expect(id)?)?));
            let signer = Signer::new(party.credential(&format!("{id}/Sig2"), &deployment.expect(id)?)?);
            sig2.insert(id.clone(), signer);
            if has_sig3 && sig3.is_none() {
                sig3 = Some(Signer::new(party.credential("Sig3", &deployment.expect(id)?)?));
            }
        }

        let keys = keys_of_others(material, &party, network)?;
        let jwt_auth = Arc::new(JwtAuthSide::new(&deployment, sig3, keys.clone()));
        Ok(Self {
            s1: Acceptor::<TppToHub>::new(trust, &deployment, s1)?,
            s3: Acceptor::<LfiToHub>::new(trust, &deployment, s3)?,
            ozone_connect: Caller {
                connector: Connector::new(trust, &deployment, c4)?,
                jwt_auth: Arc::clone(&jwt_auth),
                network: network.clone(),
            },
            jwt_auth,
            sig2,
            web: WebClient::new(material)?,
            used_assertions: MemoryReplayGuard::new(ROOM),
            consents: Consents::default(),
            keys,
            network: network.clone(),
            story: story.clone(),
            deployment,
        })
    }

    pub(super) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    fn sig2(&self, instance: &InstanceId) -> Result<&Signer<Sig2>, Failure> {
        let missing = || Failure::new("hub.no-sig2", format!("{instance} has no Sig2"));
        self.sig2.get(instance).ok_or_else(missing)
    }
}

/// How many unexpired client assertions are remembered: they live for five minutes at most.
const ROOM: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
