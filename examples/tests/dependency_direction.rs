//! Imports point down only (`docs/architecture.md`, "The crates").

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each library crate and the workspace crates that it may depend on.
const ALLOWED: [(&str, &[&str]); 5] = [
    ("hub-json", &[]),
    ("hub-roles", &["hub-json"]),
    ("hub-tls", &["hub-roles"]),
    ("hub-jwks", &["hub-json", "hub-roles"]),
    ("hub-jose", &["hub-json", "hub-jwks", "hub-roles", "hub-tls"]),
];

/// What the model must not know: TLS stacks, HTTP clients and servers, runtimes.
const NOT_IN_THE_MODEL: [&str; 6] = ["rustls", "tokio", "tokio-rustls", "hyper", "hyper-util", "reqwest"];

/// Crate, then dependency, then the kinds of dependency it is.
type Dependencies = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn dependencies() -> Dependencies {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = Dependencies::new();
    for package in metadata["packages"].as_array().unwrap() {
        let entry = found.entry(package["name"].as_str().unwrap().to_owned()).or_default();
        for dependency in package["dependencies"].as_array().unwrap() {
            let kind = dependency["kind"].as_str().unwrap_or("normal").to_owned();
            entry.entry(dependency["name"].as_str().unwrap().to_owned()).or_default().insert(kind);
        }
    }
    found
}

fn normal<'a>(dependencies: &'a Dependencies, name: &str) -> BTreeSet<&'a str> {
    dependencies[name].iter().filter(|(_, kinds)| kinds.contains("normal")).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn library_crates_depend_on_lower_floors_only() {
    let dependencies = dependencies();
    for (name, allowed) in ALLOWED {
        let hub: BTreeSet<_> =
            normal(&dependencies, name).into_iter().filter(|dependency| dependency.starts_with("hub-")).collect();
        let allowed = allowed.iter().copied().collect();
        assert!(hub.is_subset(&allowed), "{name} depends on {hub:?}, allowed are {allowed:?}");
    }
    let others = ["hub-testkit", "hub-examples", "hub-benches"];
    let libraries: BTreeSet<_> = ALLOWED.iter().map(|(name, _)| *name).chain(others).collect();
    let known: BTreeSet<_> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(known, libraries, "a crate of the workspace has no floor yet");
}

#[test]
fn the_model_knows_no_tls_stack_no_http_client_and_no_runtime() {
    let dependencies = dependencies();
    let model = normal(&dependencies, "hub-roles");
    for name in NOT_IN_THE_MODEL {
        assert!(!model.contains(name), "hub-roles depends on {name}");
    }
    // The neighbour: the same look at hub-tls does find them.
    assert!(normal(&dependencies, "hub-tls").contains("rustls"));
}

#[test]
fn the_testkit_is_a_development_dependency_of_every_library_that_uses_it() {
    let dependencies = dependencies();
    let mut users = 0;
    for (name, _) in ALLOWED {
        if let Some(kinds) = dependencies[name].get("hub-testkit") {
            assert_eq!(kinds, &BTreeSet::from(["dev".to_owned()]), "{name}");
            users += 1;
        }
    }
    assert!(users > 0);
}
