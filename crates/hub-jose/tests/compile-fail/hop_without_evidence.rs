//! E0061 hop
//! A hop that nothing proves.

use hub_roles::HubToLfi;
use hub_tls::{MutualTls, TrustedProxy};

fn case(proxy: &TrustedProxy<HubToLfi, MutualTls>) {
    #[cfg(twin)]
    {
        let _ = proxy.hop(unreachable!());
    }
    #[cfg(not(twin))]
    {
        let _ = proxy.hop();
    }
}

fn main() {
    let _ = case;
}
