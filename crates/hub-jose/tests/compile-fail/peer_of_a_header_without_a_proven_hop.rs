//! E0599 peer TrustedProxy
//! A header says nothing until the hop from the proxy is proven.

use hub_roles::HubToLfi;
use hub_tls::{MutualTls, ProvenHop, TrustedProxy};
use rustls_pki_types::UnixTime;

fn case(proxy: &TrustedProxy<HubToLfi, MutualTls>, hop: &ProvenHop<HubToLfi>, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (hop.peer(unreachable!(), now), proxy);
    }
    #[cfg(not(twin))]
    {
        let _ = (proxy.peer(unreachable!(), now), hop);
    }
}

fn main() {
    let _ = case;
}
