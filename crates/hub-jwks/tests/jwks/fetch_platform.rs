//! Fetching from a keystore that the operating system's authorities vouch for. On these systems the roots are files, and a variable names
//! another file: a process of its own has its own roots.

use std::process::Command;
use std::{env, fs};

use hub_jwks::{AddressPolicy, Fetcher};
use hub_roles::Environment;
use hub_testkit::Authority;

use crate::fetch::{OK, code, fetch, set};
use crate::server::{Answer, HOST, Server, url};
use crate::world::ECOSYSTEM;

const ROOTS: &str = "HUB_JWKS_TEST_OF_PLATFORM";

#[tokio::test]
async fn the_operating_systems_authorities_are_asked() {
    match env::var(ROOTS) {
        Ok(roots) => assert_eq!(verdict(&roots).await, expected(&roots)),
        Err(_) => ["the keystore's", "another's", "none"].iter().for_each(|roots| in_a_process_with(roots)),
    }
}

fn expected(roots: &str) -> &'static str {
    match roots {
        "the keystore's" => "fetched",
        "another's" => "fetch.tls",
        _ => "fetcher.platform",
    }
}

/// What comes of a fetch, once these are the roots of the operating system.
async fn verdict(roots: &str) -> &'static str {
    let pem = match roots {
        "the keystore's" => ECOSYSTEM.authority().bundle_pem().unwrap(),
        "another's" => {
            let other = Authority::production(ECOSYSTEM.authority().keys(), ECOSYSTEM.now()).unwrap();
            other.bundle_pem().unwrap()
        }
        _ => String::new(),
    };
    fs::write(env::var("SSL_CERT_FILE").unwrap(), pem).unwrap();
    let server = Server::start(Answer::response(OK, "", &set())).await;
    let builder = Fetcher::builder_with_platform_roots(&Environment::Sandbox)
        .address_policy(AddressPolicy::IncludingLocal)
        .resolve(HOST.parse().unwrap(), server.address);
    match builder.clone().build() {
        Ok(_) => code(fetch(builder, &url()).await),
        Err(error) => error.code(),
    }
}

fn in_a_process_with(roots: &str) {
    let file = env::temp_dir().join(format!("hub-jwks-roots-{}.pem", std::process::id()));
    let test = concat!(module_path!(), "::the_operating_systems_authorities_are_asked");
    let test = test.split_once("::").unwrap().1;
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact"])
        .env("SSL_CERT_FILE", &file)
        .env_remove("SSL_CERT_DIR")
        .env(ROOTS, roots)
        .output()
        .unwrap();
    fs::remove_file(file).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{roots}: {text}");
}
