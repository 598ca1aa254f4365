//! E0308 S4 Sig2
//! An acceptor of HubToLfi from a Sig2 credential.

use hub_roles::{Credential, Deployment, HubToLfi, S4, Sig2, TrustFramework};
use hub_tls::Acceptor;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<S4>, wrong: Credential<Sig2>) {
    #[cfg(twin)]
    let _ = Acceptor::<HubToLfi>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Acceptor::<HubToLfi>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
