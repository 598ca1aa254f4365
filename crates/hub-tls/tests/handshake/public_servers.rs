//! The API Hub's servers with public certificates: for a configuration that was asked for by this name, and for no other.

use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C1, C3, S1, S3, TppToHub};
use hub_testkit::{Ecosystem, ExtendedKeyUsagePurpose, Issued, Validity};
use hub_tls::{Connector, PublicAuthorities, PublicServerPath};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};
use rustls::client::Resumption;
use rustls::version::TLS13;
use rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};

use crate::web::*;
use crate::world::*;

#[tokio::test]
async fn a_public_server_is_taken_and_is_shown_our_certificate_and_the_proof_of_its_key() {
    reached_on(&of_tpp(ECO.trust()), RETAIL_AS, issued::<C1>("acme")).await;
    reached_on(&of_lfi(ECO.trust()), RETAIL_CM, issued::<C3>("bank")).await;
}

async fn reached_on<P: PublicServerPath>(connector: &Connector<P>, host: &str, ours: &Issued) {
    let public = connector.rustls_config_for_public_servers(&web());
    for version in VERSIONS {
        for identity in [Identity::of_web(&site(host)), Identity::ecdsa_of_web(host)] {
            let server = server(identity, Asks::Firmly, version);
            assert_eq!(visit(&public, &server, host).await, Ok(Some(shown(ours, version))), "{host}");
        }
    }
}

/// Each of the two curves, under a root of the other one too.
#[tokio::test]
async fn a_public_certificate_may_be_ecdsa_up_to_its_root() {
    let connector = of_tpp(ECO.trust());
    let curves = [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384];
    for (root, leaf) in curves.iter().flat_map(|root| curves.iter().map(move |leaf| (root, leaf))) {
        for version in VERSIONS {
            let (identity, root) = Identity::ecdsa(RETAIL_AS, root, leaf);
            let authorities = PublicAuthorities::from_pem(root.as_bytes()).unwrap();
            let public = connector.rustls_config_for_public_servers(&authorities);
            let seen = visit(&public, &server(identity, Asks::Firmly, version), RETAIL_AS).await;
            assert_eq!(seen, Ok(Some(shown(issued::<C1>("acme"), version))), "{root:?} {leaf:?}");
        }
    }
}

#[tokio::test]
async fn what_no_public_authority_vouches_for_is_refused() {
    let public = of_tpp(ECO.trust()).rustls_config_for_public_servers(&web());
    let mut of_clients = site(RETAIL_AS);
    of_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let hour = Duration::from_secs(3600);
    let past = site(RETAIL_AS).with_validity(Validity::around(at(now().as_secs() - 10_000), hour, hour));
    for version in VERSIONS {
        let unknown = || Identity::ecdsa(RETAIL_AS, &PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P256_SHA256).0;
        for (identity, code) in [
            (Identity::of_web(&site("another.example")), "certificate.host-name"),
            (Identity::of_web(&past), "certificate.expired"),
            (Identity::of_web(&of_clients), "certificate.extended-key-usage"),
            (unknown(), "certificate.unknown-issuer"),
        ] {
            let seen = visit(&public, &server(identity, Asks::Firmly, version), RETAIL_AS).await;
            assert_eq!(seen, Err(code), "{version:?}");
        }
        let sound = server(Identity::of_web(&site(RETAIL_AS)), Asks::Firmly, version);
        assert_eq!(visit(&public, &sound, RETAIL_AS).await, Ok(Some(shown(issued::<C1>("acme"), version))));
    }
}

#[tokio::test]
async fn a_server_that_does_not_hold_the_key_of_its_certificate_is_refused() {
    let public = of_tpp(ECO.trust()).rustls_config_for_public_servers(&web());
    let any_host = web().rustls_config_for_any_host(&settings()).unwrap();
    for version in VERSIONS {
        let ecdsa = Identity::ecdsa("thief.example", &PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P256_SHA256).0;
        for (Identity(chain, key), Identity(_, of_thief)) in [
            (Identity::of_web(&site(RETAIL_AS)), Identity::of_web(&site("thief.example"))),
            (Identity::ecdsa_of_web(RETAIL_AS), ecdsa),
        ] {
            let owner = server(Identity(chain.clone(), key), Asks::Optionally, version);
            let thief = server(Identity(chain, of_thief), Asks::Optionally, version);
            for config in [&public, &any_host] {
                visit(config, &owner, RETAIL_AS).await.unwrap();
                assert_eq!(visit(config, &thief, RETAIL_AS).await, Err("certificate.bad-signature"), "{version:?}");
            }
        }
    }
}

/// Hosts that the deployment does not name for this path, and addresses, with a public certificate for each.
#[tokio::test]
async fn other_hosts_are_refused_before_our_certificate_is_shown() {
    let public = of_tpp(ECO.trust()).rustls_config_for_public_servers(&web());
    for version in VERSIONS {
        for unknown in [RETAIL_CM, "localhost", "another.example", "127.0.0.1"] {
            let mut spec = site(unknown);
            if let Ok(address) = unknown.parse() {
                (spec.dns_names, spec.ip_names) = (Vec::new(), vec![address]);
            }
            let server = server(Identity::of_web(&spec), Asks::Firmly, version);
            assert_eq!(visit(&public, &server, unknown).await, Err("handshake.unknown-host"), "{unknown}");
        }
        let server = server(Identity::of_web(&site(RETAIL_RS)), Asks::Firmly, version);
        assert_eq!(visit(&public, &server, RETAIL_RS).await, Ok(Some(shown(issued::<C1>("acme"), version))));
    }
}

/// The two worlds do not mix, also where somebody has put the Trust Framework's root among the public ones.
#[tokio::test]
async fn a_certificate_of_the_trust_framework_is_no_public_one_and_the_other_way_round() {
    both_ways(&of_tpp(ECO.trust()), RETAIL_AS, issued::<S1>("retail"), issued::<C1>("acme")).await;
    both_ways(&of_lfi(ECO.trust()), RETAIL_CM, issued::<S3>("retail"), issued::<C3>("bank")).await;
}

async fn both_ways<P: PublicServerPath>(connector: &Connector<P>, name: &str, theirs: &Issued, ours: &Issued) {
    let mixed = [WEB.bundle_pem().unwrap(), ECO.authority().bundle_pem().unwrap()].concat();
    let mixed = PublicAuthorities::from_pem(mixed.as_bytes()).unwrap();
    let (public, typed) = (connector.rustls_config_for_public_servers(&mixed), connector.rustls_config());
    let any_host = mixed.rustls_config_for_any_host(&settings()).unwrap();
    for version in VERSIONS {
        let of_web = || server(Identity::of_web(&site(name)), Asks::Optionally, version);
        let of_hub = || server(Identity(theirs.chain(), theirs.private_key()), Asks::Optionally, version);
        let seen = Ok(Some(shown(ours, version)));
        assert_eq!(visit(&public, &of_web(), name).await, seen);
        assert_eq!(visit(&typed, &of_hub(), name).await, seen);
        assert_eq!(visit(&typed, &of_web(), name).await, Err("certificate.unknown-issuer"));
        // Its root is there, and so nothing else would have kept it out.
        assert_eq!(visit(&any_host, &of_hub(), name).await.map(|_| ()), Ok(()));
        assert_eq!(visit(&public, &of_hub(), name).await, Err("handshake.not-public"));
        let leaf_alone = Identity(vec![theirs.certificate.clone()], theirs.private_key());
        let leaf_alone = server(leaf_alone, Asks::Optionally, version);
        assert_eq!(visit(&public, &leaf_alone, name).await, Err("handshake.not-public"));

        let connected = meet(
            async |io| drop(of_web().accept(io).await),
            async |io| connector.connect(&host(name), io).await.map(drop),
        );
        assert_eq!(connected.await.1.unwrap_err().code(), "certificate.unknown-issuer");
    }
}

#[tokio::test]
async fn the_configuration_follows_every_rotation() {
    const MOVED_AS: &str = "as1.moved.preprod.apihub.openfinance.ae";
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let acme = eco.tpp("acme").unwrap();
    let connector =
        Connector::<TppToHub>::with_settings(eco.trust(), acme.deployment(), acme.c1(), &settings()).unwrap();
    let public = connector.rustls_config_for_public_servers(&web());
    let moved = edited(acme.deployment_json(), |file| file["instances"]["retail"]["hosts"]["as"] = MOVED_AS.into());
    let before = eco.issued::<C1>("acme").unwrap().clone();
    eco.rotate::<C1>("acme").unwrap();
    let (after, c1) = (eco.issued::<C1>("acme").unwrap(), eco.tpp("acme").unwrap().c1());

    let at = |name| server(Identity::of_web(&site(name)), Asks::Firmly, &TLS13);
    let (here, there) = (at(RETAIL_AS), at(MOVED_AS));
    assert_eq!(visit(&public, &here, RETAIL_AS).await, Ok(Some(shown(&before, &TLS13))));
    connector.rotation().swap_credential(c1).unwrap();
    assert_eq!(visit(&public, &here, RETAIL_AS).await, Ok(Some(shown(after, &TLS13))));
    assert_eq!(visit(&public, &there, MOVED_AS).await, Err("handshake.unknown-host"));

    connector.rotation().swap_deployment(&moved).unwrap();
    assert_eq!(visit(&public, &here, RETAIL_AS).await, Err("handshake.unknown-host"));
    assert_eq!(visit(&public, &there, MOVED_AS).await, Ok(Some(shown(after, &TLS13))));
}

/// Nobody would ask about the server of a resumed session again.
#[tokio::test]
async fn no_session_resumes_though_the_server_would() {
    let connector = of_tpp(ECO.trust());
    for version in VERSIONS {
        let server = server(Identity::of_web(&site(RETAIL_AS)), Asks::Firmly, version);
        let ours = connector.rustls_config_for_public_servers(&web());
        let mut resuming = ClientConfig::clone(&ours);
        resuming.resumption = Resumption::in_memory_sessions(8);
        for (config, second) in [(ours, HandshakeKind::Full), (Arc::new(resuming), HandshakeKind::Resumed)] {
            visit(&config, &server, RETAIL_AS).await.unwrap();
            let visitor = visit(&config, &server, RETAIL_AS).await.unwrap().unwrap();
            assert_eq!(visitor.kind, Some(second), "{version:?}");
        }
    }
}

/// A client that proved to hold `ours`, in a full handshake.
fn shown(ours: &Issued, version: &SupportedProtocolVersion) -> Visitor {
    Visitor { kid: Some(ours.kid()), version: Some(version.version), kind: Some(HandshakeKind::Full) }
}
