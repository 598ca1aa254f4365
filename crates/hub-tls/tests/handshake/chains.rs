//! What is sent beside the certificate, and what the deployment relaxes.

use hub_roles::{C4, HubToLfi, S4};
use hub_testkit::{Defect, Issued};
use hub_tls::{Acceptor, Connector};
use rustls::AlertDescription as Alert;
use rustls_pki_types::CertificateDer;

use crate::generous::{Client, calls, is_called};
use crate::world::*;

/// The bundle holds the issuing CA: whether a peer sends it, and in which order, does not matter.
#[tokio::test]
async fn a_leaf_alone_and_authorities_in_any_order_are_accepted() {
    let (root, issuing) = (ECO.authority().root().clone(), ECO.authority().issuing().clone());
    for others in [vec![], vec![issuing.clone()], vec![root.clone(), issuing.clone()], vec![issuing, root]] {
        for sound in [issued::<C4>("ozone"), issued::<S4>("bank")] {
            let mut presented = sound.clone();
            presented.intermediates.clone_from(&others);
            assert_eq!(judged(&presented).await, [accepted(sound), accepted(sound)], "{} others", others.len());
        }
    }
}

#[tokio::test]
async fn what_others_sent_along_say_changes_nothing() {
    let stranger = issued::<C4>("ozone").certificate.clone();
    for mut presented in [issued::<C4>("ozone").clone(), issued::<S4>("bank").clone()] {
        let sound = presented.clone();
        presented.intermediates.push(stranger.clone());
        assert_eq!(judged(&presented).await, [accepted(&sound), accepted(&sound)]);
    }
}

/// The first certificate is the peer's, whatever stands behind it (RFC 8446 section 4.4.2).
#[tokio::test]
async fn a_leaf_behind_its_issuer_is_not_looked_for() {
    for sound in [issued::<C4>("ozone"), issued::<S4>("bank")] {
        let mut presented = sound.clone();
        presented.certificate = sound.intermediates[0].clone();
        presented.intermediates = vec![sound.certificate.clone()];
        let expected = refused("certificate.is-authority", Alert::CertificateUnknown);
        assert_eq!(judged(&presented).await, [expected.clone(), expected]);
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    for sound in [issued::<C4>("ozone"), issued::<S4>("bank")] {
        let mut presented = sound.clone();
        presented.certificate = CertificateDer::from(sound.certificate[..sound.certificate.len() - 1].to_vec());
        let expected = refused("certificate.malformed", Alert::BadCertificate);
        assert_eq!(judged(&presented).await, [expected.clone(), expected]);
    }
}

/// The setting waives the extension, not what it says where it is.
#[tokio::test]
async fn a_deployment_may_do_without_extended_key_usage() {
    let relax = |file: &str| edited(file, |file| file["extended_key_usage"] = "if-present".into());
    let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
    let (of_hub, of_bank) = (relax(hub.deployment_json()), relax(bank.deployment_json()));
    let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), &of_bank, bank.s4(), &settings()).unwrap();
    let connector = Connector::<HubToLfi>::with_settings(ECO.trust(), &of_hub, hub.c4(), &settings()).unwrap();
    let specs = [ECO.holding::<C4>("ozone").unwrap().spec(), ECO.holding::<S4>("bank").unwrap().spec()];
    for (defect, relaxed) in [
        (Defect::NoExtendedKeyUsage, None),
        (Defect::OppositeExtendedKeyUsage, Some("certificate.extended-key-usage")),
        (Defect::AnyExtendedKeyUsageOnly, Some("certificate.extended-key-usage")),
    ] {
        let [c4, s4] = specs.map(|spec| defect.build(ECO.authority(), spec).unwrap().presented);
        for version in VERSIONS {
            let client = Client { identity: Some(&c4), version, server_name: None };
            assert_eq!(calls(client, &acceptor).await.0.err(), relaxed, "C4: {defect}, {version:?}");
            let outcome = is_called(&s4, version, &connector, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome.0.err(), relaxed, "S4: {defect}, {version:?}");
        }
    }
}

/// What comes of presenting it to the bank's Ozone Connect, if it is a client's, or else to the Hub: in both versions of TLS.
async fn judged(presented: &Issued) -> [Outcome; 2] {
    let (acceptor, connector) = (for_hub(ECO.trust()), of_hub(ECO.trust()));
    let mut outcomes = Vec::new();
    for version in VERSIONS {
        outcomes.push(if presented.key == issued::<C4>("ozone").key {
            calls(Client { identity: Some(presented), version, server_name: None }, &acceptor).await
        } else {
            is_called(presented, version, &connector, BANK_OZONE_CONNECT).await
        });
    }
    outcomes.try_into().unwrap()
}
