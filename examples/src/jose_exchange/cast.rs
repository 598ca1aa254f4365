//! The ecosystem that typed tokens are exchanged in.

use hub_roles::{C4, ClientId, HttpsUrl, HubToLfi, LfiInstance, OrganisationId};
use hub_testkit::Ecosystem;
use hub_tls::{Acceptor, Connector, Peer};
use rustls_pki_types::UnixTime;

use super::Fault;

/// The TPP `acme`, the LFI `bank` with its brand `retail`, and the Hub.
pub(super) struct Cast {
    pub(super) eco: Ecosystem,
    /// The Hub, on a connection to the bank's Ozone Connect.
    pub(super) hub: Peer<C4>,
}

impl Cast {
    pub(super) async fn new() -> Result<Self, Fault> {
        let eco = Ecosystem::sandbox(UnixTime::now())?;
        let hub = call_of_the_hub(&eco).await?;
        Ok(Self { eco, hub })
    }

    pub(super) fn client(&self) -> Result<&ClientId, Fault> {
        Ok(self.eco.tpp("acme")?.client_id())
    }

    pub(super) fn bank(&self) -> Result<OrganisationId, Fault> {
        Ok(self.eco.lfi("bank")?.organisation())
    }

    /// `retail`, as the Hub knows it.
    pub(super) fn retail(&self) -> Result<&LfiInstance, Fault> {
        Ok(self.eco.hub().deployment().instance(&"retail".parse()?)?)
    }

    /// Where published keys say that their certificates are. Nobody goes there.
    pub(super) fn directory(&self) -> Result<HttpsUrl, Fault> {
        Ok("https://keystore.example/acme".parse()?)
    }
}

async fn call_of_the_hub(eco: &Ecosystem) -> Result<Peer<C4>, Fault> {
    let (hub, bank) = (eco.hub(), eco.lfi("bank")?);
    let s4 = Acceptor::<HubToLfi>::new(eco.trust(), bank.deployment(), bank.s4())?;
    let c4 = Connector::<HubToLfi>::new(eco.trust(), hub.deployment(), hub.c4())?;
    let (near, far) = tokio::io::duplex(1 << 16);
    let host = hub.deployment().instance(&"retail".parse()?)?.ozone_connect_url()?.host();
    let (accepted, connected) = tokio::join!(s4.accept(far), c4.connect(host, near));
    connected?;
    Ok(accepted?.peer().clone())
}
