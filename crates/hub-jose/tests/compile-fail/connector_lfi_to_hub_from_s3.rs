//! E0308 C3 S3
//! A connector of LfiToHub from a S3 credential.

use hub_roles::{C3, Credential, Deployment, LfiToHub, S3, TrustFramework};
use hub_tls::Connector;

fn case(trust: &TrustFramework, deployment: &Deployment, right: Credential<C3>, wrong: Credential<S3>) {
    #[cfg(twin)]
    let _ = Connector::<LfiToHub>::new(trust, deployment, right);
    #[cfg(not(twin))]
    let _ = Connector::<LfiToHub>::new(trust, deployment, wrong);
}

fn main() {
    let _ = case;
}
