//! E0271 S3 Sig1
//! An acceptor of LfiToHub from a Sig1 credential.

use hub_roles::{Credential, Deployment, InstanceId, LfiToHub, S3, Sig1, TrustFramework};
use hub_tls::Acceptor;

fn case(
    trust: &TrustFramework,
    deployment: &Deployment,
    instance: InstanceId,
    right: Credential<S3>,
    wrong: Credential<Sig1>,
) {
    #[cfg(twin)]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, right)]);
    #[cfg(not(twin))]
    let _ = Acceptor::<LfiToHub>::new(trust, deployment, [(instance, wrong)]);
}

fn main() {
    let _ = case;
}
