//! Our side of the path from the Hub to the bank, whichever it is, and the stranger in the place of its peer.

use hub_roles::{C4, HubToLfi, S4, TrustFramework};
use hub_testkit::{Issued, LeafKind, LeafSpec};
use hub_tls::{Acceptor, ConfigError, Connector, Settings};
use rustls::SupportedProtocolVersion;

use super::table::{Place, Side, Verdict};
use crate::generous::{Client, calls, is_called};
use crate::rotation::Swap;
use crate::world::*;

#[derive(Clone)]
pub(super) enum Ours {
    Acceptor(Acceptor<HubToLfi>),
    Connector(Connector<HubToLfi>),
}

impl Place {
    /// The bank's Ozone Connect, or the Hub that calls it.
    pub(super) fn ours(self, trust: &TrustFramework, settings: &Settings) -> Ours {
        let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
        match self.side {
            Side::Acceptor => Ours::Acceptor(
                Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), settings).unwrap(),
            ),
            Side::Connector => {
                Ours::Connector(Connector::with_settings(trust, hub.deployment(), hub.c4(), settings).unwrap())
            }
        }
    }

    /// The certificate of its peer.
    pub(super) fn peer(self) -> &'static Issued {
        match self.side {
            Side::Acceptor => issued::<C4>("ozone"),
            Side::Connector => issued::<S4>("bank"),
        }
    }

    /// What a certificate of its peer says.
    pub(super) fn spec_of_peer(self) -> &'static LeafSpec {
        match self.side {
            Side::Acceptor => ECO.holding::<C4>("ozone").unwrap().spec(),
            Side::Connector => ECO.holding::<S4>("bank").unwrap().spec(),
        }
    }

    /// The kind of certificate that it judges.
    pub(super) fn kind(self) -> LeafKind {
        self.spec_of_peer().kind
    }
}

impl Ours {
    pub(super) fn swap_trust(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        match self {
            Self::Acceptor(acceptor) => acceptor.rotation().swap_trust(trust),
            Self::Connector(connector) => connector.rotation().swap_trust(trust),
        }
    }

    /// How many connections the swap closed.
    pub(super) fn swap(&self, swap: Swap) -> usize {
        match self {
            Self::Acceptor(acceptor) => swap.at_acceptor(acceptor),
            Self::Connector(connector) => swap.at_connector(connector),
        }
    }

    /// The verdict on a stranger who presents this.
    pub(super) async fn judges(&self, version: &'static SupportedProtocolVersion, presented: &Issued) -> Verdict {
        let outcome = match self {
            Self::Acceptor(acceptor) => {
                let server_name = Some(BANK_OZONE_CONNECT);
                calls(Client { identity: Some(presented), version, server_name }, acceptor).await
            }
            Self::Connector(connector) => is_called(presented, version, connector, BANK_OZONE_CONNECT).await,
        };
        Verdict::on(presented, outcome)
    }
}
