//! E0308 ServerConnection
//! An address and a header where the proxy was to prove itself by mutual TLS.

use std::net::IpAddr;

use hub_roles::HubToLfi;
use hub_tls::{AddressAndSecret, MutualTls, TrustedProxy};

fn case(
    by_secret: &TrustedProxy<HubToLfi, AddressAndSecret>,
    by_tls: &TrustedProxy<HubToLfi, MutualTls>,
    remote: IpAddr,
) {
    #[cfg(twin)]
    {
        let _ = (by_secret.hop((remote, unreachable!())), by_tls);
    }
    #[cfg(not(twin))]
    {
        let _ = (by_tls.hop((remote, unreachable!())), by_secret);
    }
}

fn main() {
    let _ = case;
}
