//! Any text as a deployment file, in JSON and in TOML: what it says is complete, or the part that lacks is named.

#![no_main]

use hub_fuzz::seeds;
use hub_roles::{Deployment, S1, S4};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::check("deployment", read), |text: &[u8]| {
    read(text);
});

fn read(text: &[u8]) -> Vec<&'static str> {
    let json = Some(Deployment::from_json(text));
    let toml = str::from_utf8(text).ok().map(Deployment::from_toml);
    let mut readings = Vec::new();
    for (reading, deployment) in [("json", json), ("toml", toml)] {
        match deployment {
            Some(Ok(deployment)) => {
                for instance in deployment.instances() {
                    let _ = (deployment.expect::<S1>(instance.id()), deployment.expect::<S4>(instance.id()));
                }
                readings.push(reading);
            }
            Some(Err(error)) => assert!(!error.problems().is_empty()),
            None => {}
        }
    }
    readings
}
