//! E0423 Caller
//! A caller comes from a connection only.

use hub_roles::{C4, HubToLfi};
use hub_tls::{Caller, Peer};

fn case(caller: Caller<HubToLfi>, peer: Peer<C4>) {
    #[cfg(twin)]
    {
        let _: (&Peer<C4>, _) = (caller.peer(), peer);
    }
    #[cfg(not(twin))]
    {
        let _: (Caller<HubToLfi>, _) = (Caller(peer), caller);
    }
}

fn main() {
    let _ = case;
}
