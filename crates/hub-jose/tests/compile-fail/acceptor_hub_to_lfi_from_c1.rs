//! E0308 S4 C1
//! An acceptor of HubToLfi from a C1 credential.

use hub_roles::{C1, Credential, Deployment, HubToLfi, S4, TrustFramework};
use hub_tls::Acceptor;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<S4>, wrong: Credential<C1>) {
    #[cfg(twin)]
    let _ = Acceptor::<HubToLfi>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Acceptor::<HubToLfi>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
