//! E0271 S1 Enc1
//! An acceptor of TppToHub from a Enc1 credential.

use hub_roles::{Credential, Deployment, Enc1, InstanceId, S1, TppToHub, TrustFramework};
use hub_tls::Acceptor;

fn case(
    trust: &TrustFramework,
    deployment: &Deployment,
    instance: InstanceId,
    right: Credential<S1>,
    wrong: Credential<Enc1>,
) {
    #[cfg(twin)]
    let _ = Acceptor::<TppToHub>::new(trust, deployment, [(instance, right)]);
    #[cfg(not(twin))]
    let _ = Acceptor::<TppToHub>::new(trust, deployment, [(instance, wrong)]);
}

fn main() {
    let _ = case;
}
