//! E0624 new
//! A certificate does not make its presenter a peer.

use hub_roles::{C1, Certificate};
use hub_tls::Peer;

fn case(peer: Peer<C1>, certificate: Certificate<C1>) {
    #[cfg(twin)]
    {
        let _: (&Certificate<C1>, _) = (peer.certificate(), certificate);
    }
    #[cfg(not(twin))]
    {
        let _ = Peer::<C1>::new(certificate);
        drop(peer);
    }
}

fn main() {
    let _ = case;
}
