//! E0271 S3 Sig4
//! An acceptor of LfiToHub from a Sig4 credential.

use hub_roles::{Credential, Deployment, InstanceId, LfiToHub, S3, Sig4, TrustFramework};
use hub_tls::Acceptor;

fn case(
    trust: &TrustFramework,
    deployment: &Deployment,
    instance: InstanceId,
    right: Credential<S3>,
    wrong: Credential<Sig4>,
) {
    #[cfg(twin)]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, right)]);
    #[cfg(not(twin))]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, wrong)]);
}

fn main() {
    let _ = case;
}
