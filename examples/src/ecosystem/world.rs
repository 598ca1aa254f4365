//! Everybody, each at a port of loopback.

use std::sync::Arc;

use hub_jose::Event;
use hub_roles::InstanceId;
use tokio::sync::mpsc;

use super::directory;
use super::failure::Failure;
use super::hub::Hub;
use super::keystore::Keystore;
use super::lfi::Lfi;
use super::material::Material;
use super::network::{Incident, Incidents, Network, Port};
use super::story::Story;
use super::tpp::{Tpp, WEBHOOK_HOST};

/// The parties, and what comes out of them.
pub(super) struct World {
    pub(super) material: Material,
    pub(super) network: Network,
    pub(super) story: Story,
    pub(super) keystore: Keystore,
    pub(super) hub: Arc<Hub>,
    pub(super) lfi: Arc<Lfi>,
    pub(super) other_lfi: Arc<Lfi>,
    pub(super) tpp: Arc<Tpp>,
    pub(super) other_tpp: Arc<Tpp>,
    /// Events that the TPP has opened.
    pub(super) events: mpsc::UnboundedReceiver<Event>,
    /// What servers have refused.
    pub(super) incidents: mpsc::UnboundedReceiver<Incident>,
}

/// The two brands of the LFI, which share its certificates.
pub(super) const BRANDS: [&str; 2] = ["retail", "business"];
/// The instance of the other LFI, which uses no JWT Auth.
pub(super) const OTHER: &str = "other";

impl World {
    /// Opens every port, builds every party on its own files, and lets them listen.
    pub(super) async fn open(material: Material) -> Result<Self, Failure> {
        let story = Story::default();
        let (incidents, refused) = Incidents::new();
        let (s1, s3, s4, other_s4) =
            (Port::open().await?, Port::open().await?, Port::open().await?, Port::open().await?);
        let (keys, webhooks) = (Port::open().await?, Port::open().await?);

        let mut network = Network::default();
        let party = material.party("hub")?;
        for instance in party.deployment().instances() {
            let hosts = instance.hosts();
            network.add(hosts.authorisation()?, s1.address());
            network.add(hosts.resource()?, s1.address());
            network.add(hosts.headless_heimdall()?, s3.address());
            network.add(hosts.consent_manager()?, s3.address());
            let ozone_connect = if instance.id().as_str() == OTHER { &other_s4 } else { &s4 };
            network.add(instance.ozone_connect_url()?.host(), ozone_connect.address());
        }
        network.add(party.keystore()?.host(), keys.address());
        network.add(&WEBHOOK_HOST.parse()?, webhooks.address());
        drop(party);

        let keystore = Keystore::default();
        directory::publish(&material, &keystore)?;
        keystore.serve(&material, keys, incidents.clone())?;

        let hub = Arc::new(Hub::new(&material, "hub", &network, &story)?);
        hub.serve_tpps(s1, incidents.clone());
        hub.serve_lfis(s3, incidents.clone());
        let lfi = Arc::new(Lfi::new(&material, "lfi", &network, &story)?);
        lfi.serve(S4_LISTENER, s4, incidents.clone());
        let other_lfi = Arc::new(Lfi::new(&material, "other-lfi", &network, &story)?);
        other_lfi.serve("the other LFI's S4", other_s4, incidents.clone());
        let tpp = Arc::new(Tpp::new(&material, "tpp", &network, &story)?);
        let events = tpp.receive_events(&material, "tpp", webhooks, incidents)?;
        let other_tpp = Arc::new(Tpp::new(&material, "other-tpp", &network, &story)?);

        Ok(Self { material, network, story, keystore, hub, lfi, other_lfi, tpp, other_tpp, events, incidents: refused })
    }

    /// The LFI that an instance belongs to.
    pub(super) fn lfi_of(&self, instance: &InstanceId) -> &Arc<Lfi> {
        if instance.as_str() == OTHER { &self.other_lfi } else { &self.lfi }
    }
}

pub(super) const S4_LISTENER: &str = "the LFI's S4";
