//! E0308 C1 Enc1
//! A connector of TppToHub from a Enc1 credential.

use hub_roles::{C1, Credential, Deployment, Enc1, TppToHub, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C1>, wrong: Credential<Enc1>) {
    #[cfg(twin)]
    let _ = Connector::<TppToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<TppToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
