//! E0308 C3 C1
//! A connector of LfiToHub from a C1 credential.

use hub_roles::{C1, C3, Credential, Deployment, LfiToHub, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C3>, wrong: Credential<C1>) {
    #[cfg(twin)]
    let _ = Connector::<LfiToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<LfiToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
