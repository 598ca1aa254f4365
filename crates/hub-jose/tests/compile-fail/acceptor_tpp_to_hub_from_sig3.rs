//! E0271 S1 Sig3
//! An acceptor of TppToHub from a Sig3 credential.

use hub_roles::{Credential, Deployment, InstanceId, S1, Sig3, TppToHub, TrustFramework};
use hub_tls::Acceptor;

fn case(
    trust: &TrustFramework,
    deployment: &Deployment,
    instance: InstanceId,
    right: Credential<S1>,
    wrong: Credential<Sig3>,
) {
    #[cfg(twin)]
    let _ = Acceptor::<TppToHub>::new(trust, deployment, [(instance, right)]);
    #[cfg(not(twin))]
    let _ = Acceptor::<TppToHub>::new(trust, deployment, [(instance, wrong)]);
}

fn main() {
    let _ = case;
}
