//! E0308 C4 S4
//! A connector of HubToLfi from a S4 credential.

use hub_roles::{C4, Credential, Deployment, HubToLfi, S4, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C4>, wrong: Credential<S4>) {
    #[cfg(twin)]
    let _ = Connector::<HubToLfi>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<HubToLfi>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
