//! Public authorities, and the servers that no role stands for: receivers of webhooks, keystores.

use hub_roles::S4;
use hub_tls::{AuthoritiesError, PublicAuthorities, Settings};
use rustls::HandshakeKind;

use crate::web::*;
use crate::world::*;

const RECEIVER: &str = "webhooks.fintech.example";

#[tokio::test]
async fn any_host_is_reached_under_its_own_name_without_a_certificate_of_ours() {
    let config = web().rustls_config_for_any_host(&settings()).unwrap();
    for version in VERSIONS {
        for identity in [Identity::of_web(&site(RECEIVER)), Identity::ecdsa_of_web(RECEIVER)] {
            // Twice: nothing resumes.
            let server = server(identity, Asks::Optionally, version);
            for _ in 0..2 {
                let kind = Some(HandshakeKind::Full);
                let nobody = Visitor { kid: None, version: Some(version.version), kind };
                assert_eq!(visit(&config, &server, RECEIVER).await, Ok(Some(nobody)));
            }
            assert_eq!(visit(&config, &server, "other.example").await, Err("certificate.host-name"));
        }
        let s4 = issued::<S4>("bank");
        let of_lfi = server(Identity(s4.chain(), s4.private_key()), Asks::Never, version);
        assert_eq!(visit(&config, &of_lfi, BANK_OZONE_CONNECT).await, Err("certificate.unknown-issuer"));
    }
}

/// A caller that brings no certificate finds the door closed where one is asked for.
#[tokio::test]
async fn a_server_that_needs_a_client_certificate_is_not_for_webhooks() {
    let config = web().rustls_config_for_any_host(&settings()).unwrap();
    for version in VERSIONS {
        let at = |asks| server(Identity::of_web(&site(RECEIVER)), asks, version);
        assert_eq!(visit(&config, &at(Asks::Firmly), RECEIVER).await, Err("handshake.peer-refused-us"));
        visit(&config, &at(Asks::Never), RECEIVER).await.unwrap();
    }
}

#[test]
fn authorities_are_made_of_roots_and_of_nothing_else() {
    let build = |pem: &str| PublicAuthorities::from_pem(pem.as_bytes()).map(drop);
    let block = |kind: &str, octets: usize| {
        // Each three octets are four letters.
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", "AAAA".repeat(octets / 3))
    };
    let root = WEB.bundle_pem().unwrap();
    let garbage = block("CERTIFICATE", 300);

    assert_eq!(build(&root), Ok(()));
    assert_eq!(build(&format!("# A comment\n{root}{}{garbage}", block("X509 CRL", 30))), Ok(()));
    for (pem, error) in [
        (String::new(), AuthoritiesError::NoRoots),
        ("no PEM at all".to_owned(), AuthoritiesError::NoRoots),
        (block("PRIVATE KEY", 300), AuthoritiesError::NoRoots),
        (garbage.repeat(3), AuthoritiesError::NoRoots),
        (root.replace("-----END CERTIFICATE-----", "-----END CERTIFICAT-----"), AuthoritiesError::Pem),
        (root.replacen('M', "*", 1), AuthoritiesError::Pem),
        (block("CERTIFICATE", 16 * 1024 + 2), AuthoritiesError::TooLarge { found: 16 * 1024 + 2 }),
        (root.repeat(513), AuthoritiesError::TooMany),
    ] {
        assert_eq!(build(&pem), Err(error));
    }
    assert_eq!(build(&root.repeat(512)), Ok(()));
    assert_eq!(format!("{:?}", web()), "PublicAuthorities(2 roots)");
}

#[test]
fn an_application_protocol_that_cannot_be_sent_is_noticed_at_once() {
    let build = |protocol: &str| web().rustls_config_for_any_host(&Settings::new().with_alpn([protocol]));
    assert_eq!(build("h2").unwrap().alpn_protocols, [b"h2"]);
    assert_eq!(build("").unwrap_err().code(), "authorities.tls");
}

/// On these systems the roots are files, and a variable names another file: a process of its own has its own roots.
#[cfg(all(feature = "platform-verifier", unix, not(target_vendor = "apple")))]
mod platform {
    use std::process::Command;
    use std::{env, fs};

    use hub_testkit::{Authority, KeyPool, Profile};
    use rustls::version::TLS13;

    use super::*;

    const EXPECTED: &str = "HUB_TLS_TEST_OF_PLATFORM";

    #[tokio::test]
    async fn the_operating_systems_authorities_are_asked() {
        match env::var(EXPECTED) {
            Ok(expected) => assert_eq!(verdict().await, expected),
            Err(_) => {
                let other = Authority::new(Profile::named("Elsewhere"), &KeyPool::new(), now()).unwrap();
                in_a_process_with("web", &WEB.bundle_pem().unwrap(), "accepted");
                in_a_process_with("elsewhere", &other.bundle_pem().unwrap(), "certificate.unknown-issuer");
                in_a_process_with("nothing", "", "authorities.platform");
            }
        }
    }

    async fn verdict() -> &'static str {
        let authorities = match PublicAuthorities::from_platform() {
            Ok(authorities) => authorities,
            Err(error) => return error.code(),
        };
        assert_eq!(format!("{authorities:?}"), "PublicAuthorities(the operating system's)");
        let config = authorities.rustls_config_for_any_host(&settings()).unwrap();
        let server = server(Identity::of_web(&site(RECEIVER)), Asks::Never, &TLS13);
        visit(&config, &server, RECEIVER).await.map_or_else(|code| code, |_| "accepted")
    }

    fn in_a_process_with(name: &str, roots: &str, expected: &str) {
        let file = env::temp_dir().join(format!("hub-tls-{name}-{}.pem", std::process::id()));
        fs::write(&file, roots).unwrap();
        let test = concat!(module_path!(), "::the_operating_systems_authorities_are_asked");
        let test = test.split_once("::").unwrap().1;
        let output = Command::new(env::current_exe().unwrap())
            .args([test, "--exact"])
            .env("SSL_CERT_FILE", &file)
            .env_remove("SSL_CERT_DIR")
            .env(EXPECTED, expected)
            .output()
            .unwrap();
        fs::remove_file(file).unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{name}: {text}");
    }
}
