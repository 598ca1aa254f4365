//! E0308 C4 C1
//! A connector of HubToLfi from a C1 credential.

use hub_roles::{C1, C4, Credential, Deployment, HubToLfi, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C4>, wrong: Credential<C1>) {
    #[cfg(twin)]
    let _ = Connector::<HubToLfi>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<HubToLfi>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
