//! E0599 peer
//! Whoever has a public certificate is nobody's peer.

use hub_roles::LfiToHub;
use hub_tls::{Connector, PublicAuthorities};

fn case(connector: &Connector<LfiToHub>, authorities: &PublicAuthorities) {
    let public = connector.rustls_config_for_public_servers(authorities);
    #[cfg(twin)]
    let _ = public;
    #[cfg(not(twin))]
    let _ = public.peer();
}

fn main() {
    let _ = case;
}
