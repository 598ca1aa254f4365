//! E0451 ProvenHop
//! Only evidence proves a hop.

use hub_roles::HubToLfi;
use hub_tls::{MutualTls, ProvenHop, TrustedProxy};

fn case(proxy: &TrustedProxy<HubToLfi, MutualTls>) {
    #[cfg(twin)]
    {
        let _: Result<ProvenHop<HubToLfi>, _> = proxy.hop(unreachable!());
    }
    #[cfg(not(twin))]
    {
        let _ = ProvenHop::<HubToLfi> { forwarding: unreachable!() };
        let _ = proxy;
    }
}

fn main() {
    let _ = case;
}
