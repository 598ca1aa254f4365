//! E0599 presenting HubToLfi
//! Only the API Hub's tokens are bound to a certificate, so only a connector of TppToHub presents one by its thumbprint.

use hub_roles::{HubToLfi, KeyId, TppToHub};
use hub_tls::Connector;

fn case(right: &Connector<TppToHub>, wrong: &Connector<HubToLfi>, thumbprint: &KeyId) {
    #[cfg(twin)]
    let _ = (right.presenting(thumbprint), wrong);
    #[cfg(not(twin))]
    let _ = (wrong.presenting(thumbprint), right);
}

fn main() {
    let _ = case;
}
