//! E0599 rustls_config_for_hello_without_client_certificates Acceptor LfiToHub
//! The Hub's servers have no `/hello` for everybody: only an LFI's Ozone Connect does.

use hub_roles::{HubToLfi, LfiToHub};
use hub_tls::Acceptor;

fn case(right: &Acceptor<HubToLfi>, wrong: &Acceptor<LfiToHub>) {
    #[cfg(twin)]
    let _ = (right.rustls_config_for_hello_without_client_certificates(), wrong);
    #[cfg(not(twin))]
    let _ = (wrong.rustls_config_for_hello_without_client_certificates(), right);
}

fn main() {
    let _ = case;
}
