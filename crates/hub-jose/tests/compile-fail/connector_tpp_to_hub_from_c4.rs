//! E0308 C1 C4
//! A connector of TppToHub from a C4 credential.

use hub_roles::{C1, C4, Credential, Deployment, TppToHub, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C1>, wrong: Credential<C4>) {
    #[cfg(twin)]
    let _ = Connector::<TppToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<TppToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
