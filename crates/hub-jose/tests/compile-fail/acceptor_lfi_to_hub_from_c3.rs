//! E0271 S3 C3
//! An acceptor of LfiToHub from a C3 credential.

use hub_roles::{C3, Credential, Deployment, InstanceId, LfiToHub, S3, TrustFramework};
use hub_tls::Acceptor;

fn case(
    trust: &TrustFramework,
    deployment: &Deployment,
    instance: InstanceId,
    right: Credential<S3>,
    wrong: Credential<C3>,
) {
    #[cfg(twin)]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, right)]);
    #[cfg(not(twin))]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, wrong)]);
}

fn main() {
    let _ = case;
}
