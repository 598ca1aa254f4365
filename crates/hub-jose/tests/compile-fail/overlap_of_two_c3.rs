//! E0599 swap_credential_keeping_old LfiToHub
//! Access tokens are bound to C1 alone: no other certificate is kept beside its successor.

use std::time::Duration;

use hub_roles::{C1, C3, Credential, LfiToHub, TppToHub};
use hub_tls::{Connector, Rotation};

fn case(right: Rotation<Connector<TppToHub>>, wrong: Rotation<Connector<LfiToHub>>, c1: Credential<C1>, c3: Credential<C3>) {
    #[cfg(twin)]
    let _ = (right.swap_credential_keeping_old(c1, Duration::ZERO), wrong, c3);
    #[cfg(not(twin))]
    let _ = (wrong.swap_credential_keeping_old(c3, Duration::ZERO), right, c1);
}

fn main() {
    let _ = case;
}
