//! E0308 C3 S1
//! A connector of LfiToHub from a S1 credential.

use hub_roles::{C3, Credential, Deployment, LfiToHub, S1, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C3>, wrong: Credential<S1>) {
    #[cfg(twin)]
    let _ = Connector::<LfiToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<LfiToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
