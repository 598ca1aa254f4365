//! E0308 S4 S1
//! An acceptor of HubToLfi from a S1 credential.

use hub_roles::{Credential, Deployment, HubToLfi, S1, S4, TrustFramework};
use hub_tls::Acceptor;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<S4>, wrong: Credential<S1>) {
    #[cfg(twin)]
    let _ = Acceptor::<HubToLfi>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Acceptor::<HubToLfi>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
