//! E0308 Connector ClientConfig
//! Where a connector is due, a configuration for public servers is none.

use hub_roles::TppToHub;
use hub_tls::{Connector, PublicAuthorities};

fn calls_the_hub(_: &Connector<TppToHub>) {}

fn case(connector: &Connector<TppToHub>, authorities: &PublicAuthorities) {
    let public = connector.rustls_config_for_public_servers(authorities);
    #[cfg(twin)]
    calls_the_hub((connector, public).0);
    #[cfg(not(twin))]
    calls_the_hub(&public);
}

fn main() {
    let _ = case;
}
