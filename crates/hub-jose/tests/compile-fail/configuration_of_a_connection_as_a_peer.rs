//! E0599 peer
//! An exported configuration yields no peer.

use hub_roles::HubToLfi;
use hub_tls::Acceptor;

fn case(acceptor: &Acceptor<HubToLfi>) {
    #[cfg(twin)]
    {
        let _ = acceptor.rustls_config();
    }
    #[cfg(not(twin))]
    {
        let _ = acceptor.rustls_config().peer();
    }
}

fn main() {
    let _ = case;
}
