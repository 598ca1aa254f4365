//! E0277 HubToLfi TppToHub LfiToHub S4
//! An LFI's Ozone Connect presents S4, never a public certificate.

use hub_roles::{HubToLfi, TppToHub};
use hub_tls::{Connector, PublicAuthorities};

fn case(right: &Connector<TppToHub>, wrong: &Connector<HubToLfi>, authorities: &PublicAuthorities) {
    #[cfg(twin)]
    {
        let _ = (right.rustls_config_for_public_servers(authorities), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.rustls_config_for_public_servers(authorities), right);
    }
}

fn main() {
    let _ = case;
}
