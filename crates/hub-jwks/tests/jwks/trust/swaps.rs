//! Another trust framework or deployment in the place of the one in force, while keys are looked up.

use std::sync::Arc;

use hub_jwks::{CertificatePolicy, Keystore};
use hub_roles::{Enc2, Sig1};
use hub_testkit::{CrlSpec, Ecosystem};

use super::{POLICIES, Scene, rule};
use crate::world::{ECOSYSTEM, certificate, now};

#[tokio::test]
async fn a_revoked_certificate_is_refused_from_the_swap_on_and_lists_never_go_back() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let (client, other) = (scene.client(), ECOSYSTEM.tpp("other-tpp").unwrap());
    let (kid, other_kid) = (certificate::<Sig1>("acme").kid().clone(), other.sig1().kid().clone());
    let serial = ECOSYSTEM.issued::<Sig1>("acme").unwrap().serial;
    let list = ECOSYSTEM.authority().crl(&CrlSpec::current(now()).revoking(serial)).unwrap();
    let revoking = ECOSYSTEM.trust().with_revocation_lists(&[list.der()], now()).unwrap();
    for policy in POLICIES {
        let keystore = scene.keystore(ECOSYSTEM.trust(), policy);
        assert_eq!(rule(keystore.key::<Sig1>(client, &kid).await), Ok(()));
        keystore.swap_trust(&revoking).unwrap();
        for _ in 0..2 {
            assert_eq!(rule(keystore.key::<Sig1>(client, &kid).await), Err("certificate.revoked"));
            let opening = keystore.key_for_opening_later(client, &kid, now()).await;
            assert_eq!(rule(opening), Err("certificate.revoked"));
            assert_eq!(rule(keystore.key::<Sig1>(other.client_id(), &other_kid).await), Ok(()));
        }
        assert_eq!(keystore.swap_trust(ECOSYSTEM.trust()).unwrap_err().code(), "revocation-list.lost");
        assert_eq!(rule(keystore.key::<Sig1>(client, &kid).await), Err("certificate.revoked"));
    }
}

#[tokio::test]
async fn the_two_environments_never_mix() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let production =
        Ecosystem::builder(now()).environment(hub_testkit::Profile::production()).tpp("acme").build().unwrap();
    let settings = scene.settings().with_trust(production.trust(), CertificatePolicy::IfPresent);
    let transport = Arc::new(scene.served.fetcher().unwrap());
    let refused = Keystore::new(ECOSYSTEM.hub().deployment(), ECOSYSTEM.keystore(), transport, &settings).unwrap_err();
    assert_eq!(refused.code(), "keystore-settings.other-environment");

    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::IfPresent);
    for refused in [keystore.swap_trust(production.trust()), keystore.swap_deployment(production.hub().deployment())] {
        assert_eq!(refused.unwrap_err().code(), "keystore-swap.other-environment");
    }
    keystore.swap_deployment(ECOSYSTEM.hub().deployment()).unwrap();
    let kid = certificate::<Sig1>("acme").kid().clone();
    assert_eq!(rule(keystore.key::<Sig1>(scene.client(), &kid).await), Ok(()));
}

/// What is done while a lookup waits.
type Swap = fn(&Keystore);

const SAME: Swap = |keystore| keystore.swap_trust(ECOSYSTEM.trust()).unwrap();
const LISTED: Swap = |keystore| {
    let (sig1, enc2) =
        (ECOSYSTEM.issued::<Sig1>("acme").unwrap().serial, ECOSYSTEM.issued::<Enc2>("acme").unwrap().serial);
    let list = ECOSYSTEM.authority().crl(&CrlSpec::current(now()).revoking(sig1).revoking(enc2)).unwrap();
    keystore.swap_trust(&ECOSYSTEM.trust().with_revocation_lists(&[list.der()], now()).unwrap()).unwrap();
};
/// Another TPP's, which does not name this one.
const UNKNOWN: Swap = |keystore| keystore.swap_deployment(ECOSYSTEM.tpp("other-tpp").unwrap().deployment()).unwrap();

#[tokio::test]
async fn a_lookup_that_waits_goes_by_what_is_in_force_when_it_ends() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let client = scene.client();
    let path =
        scene.keystore(ECOSYSTEM.trust(), POLICIES[0]).source::<Sig1>(client).unwrap().active().path().to_owned();
    let kid = certificate::<Sig1>("acme").kid().clone();
    let mut asked = 0;
    for (name, swap, of_client, at_source) in [
        ("nothing", None, Ok(()), Ok(())),
        ("the same", Some(SAME), Ok(()), Ok(())),
        ("listed", Some(LISTED), Err("certificate.revoked"), Err("certificate.revoked")),
        // Whoever says himself where the keys are needs no deployment for it.
        ("unknown", Some(UNKNOWN), Err("deployment.missing-part"), Ok(())),
    ] {
        for lookup in 0..5 {
            let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::Required);
            let (sig1, enc2) = (keystore.source::<Sig1>(client).unwrap(), keystore.source::<Enc2>(client).unwrap());
            let gate = scene.served.hold(&path);
            let waiting = async {
                match lookup {
                    0 => (rule(keystore.key::<Sig1>(client, &kid).await), of_client),
                    1 => (rule(keystore.encryption_key::<Enc2>(client).await), of_client),
                    2 => (rule(keystore.key_for_opening_later(client, &kid, now()).await), of_client),
                    3 => (rule(keystore.key_at(&sig1, &kid).await), at_source),
                    _ => (rule(keystore.encryption_key_at(&enc2).await), at_source),
                }
            };
            asked += 1;
            let meanwhile = async {
                scene.served.requested(&path, asked).await;
                if let Some(swap) = swap {
                    swap(&keystore);
                }
                gate.open();
            };
            let ((outcome, expected), ()) = tokio::join!(waiting, meanwhile);
            assert_eq!(outcome, expected, "{name}, lookup {lookup}");
        }
    }
}
