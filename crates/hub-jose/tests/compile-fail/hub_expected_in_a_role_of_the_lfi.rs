//! E0271 Ozone Lfi
//! An expectation of the API Hub for a role that an LFI registers.

use hub_roles::Deployment;

fn case(deployment: &Deployment) {
    #[cfg(twin)]
    {
        let _ = deployment.expect_hub::<hub_roles::Sig3>();
    }
    #[cfg(not(twin))]
    {
        let _ = deployment.expect_hub::<hub_roles::S3>();
    }
}

fn main() {
    let _ = case;
}
