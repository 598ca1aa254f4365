//! Any text as a deployment file, in JSON and in TOML: what it says is complete, or the part that lacks is named.

#![no_main]

use hub_roles::{Deployment, S1, S4};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for deployment in [Deployment::from_json(text.as_bytes()), Deployment::from_toml(text)] {
        match deployment {
            Ok(deployment) => {
                for instance in deployment.instances() {
                    let _ = (deployment.expect::<S1>(instance.id()), deployment.expect::<S4>(instance.id()));
                }
            }
            Err(error) => assert!(!error.problems().is_empty()),
        }
    }
});
