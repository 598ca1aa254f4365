//! E0271 S3 C1
//! An acceptor of LfiToHub from a C1 credential.

use hub_roles::{C1, Credential, Deployment, InstanceId, LfiToHub, S3, TrustFramework};
use hub_tls::Acceptor;

fn case(
    trust: &TrustFramework,
    deployment: &Deployment,
    instance: InstanceId,
    right: Credential<S3>,
    wrong: Credential<C1>,
) {
    #[cfg(twin)]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, right)]);
    #[cfg(not(twin))]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, wrong)]);
}

fn main() {
    let _ = case;
}
