//! E0308 C3 Enc1
//! A connector of LfiToHub from a Enc1 credential.

use hub_roles::{C3, Credential, Deployment, Enc1, LfiToHub, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C3>, wrong: Credential<Enc1>) {
    #[cfg(twin)]
    let _ = Connector::<LfiToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<LfiToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
