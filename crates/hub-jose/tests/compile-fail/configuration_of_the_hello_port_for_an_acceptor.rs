//! E0308 Acceptor ServerConfig
//! Where an acceptor is due, the configuration of the port for `/hello` is none.

use hub_roles::HubToLfi;
use hub_tls::Acceptor;

fn serves_the_hub(_: &Acceptor<HubToLfi>) {}

fn case(acceptor: &Acceptor<HubToLfi>) {
    let hello = acceptor.rustls_config_for_hello_without_client_certificates();
    #[cfg(twin)]
    serves_the_hub((acceptor, hello).0);
    #[cfg(not(twin))]
    serves_the_hub(&hello);
}

fn main() {
    let _ = case;
}
