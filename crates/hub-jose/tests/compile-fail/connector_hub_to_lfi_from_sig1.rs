//! E0308 C4 Sig1
//! A connector of HubToLfi from a Sig1 credential.

use hub_roles::{C4, Credential, Deployment, HubToLfi, Sig1, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C4>, wrong: Credential<Sig1>) {
    #[cfg(twin)]
    let _ = Connector::<HubToLfi>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<HubToLfi>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
