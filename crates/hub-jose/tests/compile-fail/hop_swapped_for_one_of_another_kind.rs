//! E0308 UnixSocket
//! A proxy that proves itself by mutual TLS, and its rotation is given what proves a Unix socket.

use hub_roles::HubToLfi;
use hub_tls::{MutualTls, TrustedProxy, UnixSocket};

fn case(proxy: &TrustedProxy<HubToLfi, MutualTls>, by_tls: MutualTls, by_user: UnixSocket) {
    #[cfg(twin)]
    {
        let _ = (proxy.rotation().swap_hop(by_tls), by_user);
    }
    #[cfg(not(twin))]
    {
        let _ = (proxy.rotation().swap_hop(by_user), by_tls);
    }
}

fn main() {
    let _ = case;
}
