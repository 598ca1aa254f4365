//! An API Hub, as far as it tells TPPs who they are.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use hub_roles::TppToHub;
use hub_testkit::Ecosystem;
use hub_tls::{Acceptor, Caller, Limits, ServedOn, Settings};
use tokio::net::TcpListener;

/// A Hub on a port of loopback.
pub(super) struct Hub {
    address: SocketAddr,
}

#[derive(Clone)]
struct Instances;

impl ServedOn for Instances {
    type Path = TppToHub;
}

impl Hub {
    /// Serves all instances until the program ends.
    pub(super) async fn open(eco: &Ecosystem) -> Result<Self, Box<dyn Error>> {
        let hub = eco.hub();
        let mut served = Vec::new();
        for instance in hub.instances() {
            served.push((instance.clone(), hub.s1(instance)?));
        }
        let settings = Settings::new().with_alpn(["h2", "http/1.1"]);
        let acceptor = Acceptor::<TppToHub>::with_settings(eco.trust(), hub.deployment(), served, &settings)?;
        let port = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = port.local_addr()?;
        let routes = Router::new().route("/who-am-i", get(who_am_i));
        tokio::spawn(acceptor.listen(port, Limits::new())?.serve(routes, Instances));
        Ok(Self { address })
    }

    /// Where all hosts of all instances are.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn who_am_i(tpp: Caller<TppToHub>) -> String {
    tpp.peer().subject().to_string()
}
