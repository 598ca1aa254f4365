//! E0308 TrustFramework PublicAuthorities
//! Public authorities are no trust framework: nothing they vouch for has a role.

use hub_roles::{C1, Credential, Deployment, TppToHub, TrustFramework};
use hub_tls::{Connector, PublicAuthorities};

fn case(right: &TrustFramework, wrong: &PublicAuthorities, deployment: &Deployment, c1: Credential<C1>) {
    #[cfg(twin)]
    let _ = (Connector::<TppToHub>::new(right, deployment, c1), wrong);
    #[cfg(not(twin))]
    let _ = (Connector::<TppToHub>::new(wrong, deployment, c1), right);
}

fn main() {
    let _ = case;
}
