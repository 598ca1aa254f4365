//! E0599 HubToLfi instance
//! The Hub names the instance in each request, not in the connection.

use hub_roles::{HubToLfi, InstanceId, LfiToHub};
use hub_tls::Caller;

fn case(right: &Caller<LfiToHub>, wrong: &Caller<HubToLfi>) {
    #[cfg(twin)]
    {
        let _: (&InstanceId, _) = (right.instance(), wrong);
    }
    #[cfg(not(twin))]
    {
        let _: (&InstanceId, _) = (wrong.instance(), right);
    }
}

fn main() {
    let _ = case;
}
