//! E0599 remove_instance HubToLfi
//! An Ozone Connect server serves whatever instances its LFI has: none can be taken from it.

use hub_roles::{HubToLfi, InstanceId, TppToHub};
use hub_tls::{Acceptor, Rotation};

fn case(right: &Rotation<Acceptor<TppToHub>>, wrong: &Rotation<Acceptor<HubToLfi>>, instance: &InstanceId) {
    #[cfg(twin)]
    let _ = (right.remove_instance(instance), wrong);
    #[cfg(not(twin))]
    let _ = (wrong.remove_instance(instance), right);
}

fn main() {
    let _ = case;
}
