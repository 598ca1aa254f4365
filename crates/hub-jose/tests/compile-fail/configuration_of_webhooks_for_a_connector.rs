//! E0308 Connector ClientConfig
//! Where a connector is due, a configuration for webhooks is none.

use hub_roles::TppToHub;
use hub_tls::{Connector, PublicAuthorities, Settings};

fn calls_the_hub(_: &Connector<TppToHub>) {}

fn case(connector: &Connector<TppToHub>, authorities: &PublicAuthorities) {
    let webhooks = authorities.rustls_config_for_any_host(&Settings::new()).unwrap();
    #[cfg(twin)]
    calls_the_hub((connector, webhooks).0);
    #[cfg(not(twin))]
    calls_the_hub(&webhooks);
}

fn main() {
    let _ = case;
}
