//! E0451 Expectation
//! An expectation comes from a deployment only.

use hub_roles::{C1, Deployment, Expectation, InstanceId};

fn case(deployment: &Deployment, instance: &InstanceId, other: Expectation<C1>) {
    #[cfg(twin)]
    {
        let _ = deployment.expect::<C1>(instance);
        drop(other);
    }
    #[cfg(not(twin))]
    {
        let _ = Expectation::<C1> { hosts: Vec::new(), ..other };
        let _ = (deployment, instance);
    }
}

fn main() {
    let _ = case;
}
