//! E0599 swap_credential TrustedProxy
//! The certificate that clients see is the proxy's to present.

use hub_roles::{Credential, HubToLfi, S4};
use hub_tls::{Acceptor, MutualTls, TrustedProxy};

fn case(proxy: &TrustedProxy<HubToLfi, MutualTls>, acceptor: &Acceptor<HubToLfi>, s4: Credential<S4>) {
    #[cfg(twin)]
    {
        let _ = (acceptor.rotation().swap_credential(s4), proxy);
    }
    #[cfg(not(twin))]
    {
        let _ = (proxy.rotation().swap_credential(s4), acceptor);
    }
}

fn main() {
    let _ = case;
}
