//! Deployments through the public API: the views of each party, and what a file is refused for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arbitrary;
mod problems;
mod views;

use hub_roles::{Deployment, DeploymentError};
use serde_json::Value;

/// The Hub's view of an ecosystem: the example of the documentation, with a second LFI and a second TPP.
const HUB: &str = concat!(
    include_str!("../../src/deployment/example.toml"),
    r#"
[tpps.registered.lender]
client_id = "lender"
organisation = "f2000000-0000-4000-8000-000000000001"
software_statement = "f2000000-0000-4000-8000-0000000000c1"

[lfis.beta]
organisation = "b1000000-0000-4000-8000-000000000001"
c3_application = "b1000000-0000-4000-8000-0000000000c3"

[instances.beta]
lfi = "beta"
issuer = "https://auth1.beta.example"
hosts = { as = "as1.beta.example", rs = "as1.beta.example" }
ozone_connect = { url = "https://ozone-connect.beta.example", server_name = "organisation-only" }
"#
);

fn values(toml: &str) -> Value {
    toml::from_str(toml).unwrap()
}

fn read(file: &Value) -> Result<Deployment, DeploymentError> {
    Deployment::from_json(&serde_json::to_vec(file).unwrap())
}
