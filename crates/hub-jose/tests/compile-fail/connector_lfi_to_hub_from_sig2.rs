//! E0308 C3 Sig2
//! A connector of LfiToHub from a Sig2 credential.

use hub_roles::{C3, Credential, Deployment, LfiToHub, Sig2, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C3>, wrong: Credential<Sig2>) {
    #[cfg(twin)]
    let _ = Connector::<LfiToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<LfiToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
