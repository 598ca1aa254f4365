//! The accepting side judges client certificates.

use hub_roles::{C1, C3, C4, Enc2, LfiToHub, S1, S3, S4, Sig1, Sig3, Sig4, SoftwareStatementId, TppToHub};
use hub_testkit::{Defect, Held, Issued, LeafKind};
use hub_tls::{AcceptingPath, Acceptor};
use rustls::AlertDescription as Alert;

use crate::defects::verdict;
use crate::generous::{Client, calls};
use crate::world::*;

#[tokio::test]
async fn every_defect_is_refused_by_its_rule_and_the_sound_neighbour_is_accepted() {
    let acceptor = for_hub(ECO.trust());
    let spec = ECO.holding::<C4>("ozone").unwrap().spec();
    for &defect in Defect::ALL.iter().filter(|defect| defect.concerns(LeafKind::ClientTransport)) {
        let broken = defect.build(ECO.authority(), spec).unwrap().presented;
        let Some(expected) = verdict(defect) else { continue };
        for version in VERSIONS {
            let client = |identity| Client { identity: Some(identity), version, server_name: Some(BANK_OZONE_CONNECT) };
            assert_eq!(calls(client(&broken), &acceptor).await, expected, "{defect}, {version:?}");
            let sound = issued::<C4>("ozone");
            assert_eq!(calls(client(sound), &acceptor).await, accepted(sound), "next to {defect}, {version:?}");
        }
    }
}

#[tokio::test]
async fn the_hub_takes_c1_from_tpps_and_no_other_role() {
    let acceptor = for_tpps(ECO.trust());
    for sound in [issued::<C1>("acme"), issued::<C1>("other-tpp")] {
        everywhere(&acceptor, RETAIL_AS, sound, Ok(())).await;
        everywhere(&acceptor, OTHER_AS, sound, Ok(())).await;
    }
    for (wrong, rule) in [
        (issued::<C3>("bank"), ORGANISATION),
        (issued::<C4>("ozone"), ORGANISATION),
        (&in_another_application::<C1>("acme"), APPLICATION),
        (issued::<S1>("retail"), EXTENDED_KEY_USAGE),
        (issued::<S4>("bank"), EXTENDED_KEY_USAGE),
        (issued::<Sig1>("acme"), EXTENDED_KEY_USAGE_MISSING),
        (issued::<Enc2>("acme"), EXTENDED_KEY_USAGE_MISSING),
    ] {
        everywhere(&acceptor, RETAIL_AS, wrong, Err(rule)).await;
    }
}

/// Where any application of the environment counts as a TPP's, those known for another role still do not.
#[tokio::test]
async fn a_registered_c3_or_c4_is_no_c1_even_where_tpps_need_no_registration() {
    let deployment = edited(ECO.hub().deployment_json(), |file| file["tpps"]["open"] = true.into());
    let served = [(id("retail"), ECO.hub().s1("retail").unwrap())];
    let acceptor = Acceptor::<TppToHub>::with_settings(ECO.trust(), &deployment, served, &settings()).unwrap();

    everywhere(&acceptor, RETAIL_AS, &in_another_application::<C1>("acme"), Ok(())).await;
    everywhere(&acceptor, RETAIL_AS, issued::<C3>("bank"), Err(OTHER_ROLE)).await;
    everywhere(&acceptor, RETAIL_AS, issued::<C3>("other-bank"), Err(OTHER_ROLE)).await;
    everywhere(&acceptor, RETAIL_AS, issued::<C4>("ozone"), Err(OTHER_ROLE)).await;
}

/// One listener, several LFIs: whose C3 is due depends on the host that was asked for.
#[tokio::test]
async fn an_lfis_c3_opens_its_own_instances_and_no_other_ones() {
    let acceptor = for_lfis(ECO.trust());
    let [bank, other] = [issued::<C3>("bank"), issued::<C3>("other-bank")];
    for own in [RETAIL_CM, RETAIL_HH, SME_CM] {
        everywhere(&acceptor, own, bank, Ok(())).await;
        everywhere(&acceptor, own, other, Err(ORGANISATION)).await;
    }
    everywhere(&acceptor, OTHER_CM, other, Ok(())).await;
    everywhere(&acceptor, OTHER_CM, bank, Err(ORGANISATION)).await;
}

#[tokio::test]
async fn consent_manager_and_headless_heimdall_take_c3_and_no_other_role() {
    let acceptor = for_lfis(ECO.trust());
    everywhere(&acceptor, RETAIL_CM, issued::<C3>("bank"), Ok(())).await;
    for (wrong, rule) in [
        (issued::<C1>("acme"), ORGANISATION),
        (issued::<C4>("ozone"), ORGANISATION),
        (&in_another_application::<C3>("bank"), APPLICATION),
        (issued::<S4>("bank"), EXTENDED_KEY_USAGE),
        (issued::<S3>("retail"), EXTENDED_KEY_USAGE),
        (issued::<Sig4>("bank"), EXTENDED_KEY_USAGE_MISSING),
    ] {
        everywhere(&acceptor, RETAIL_CM, wrong, Err(rule)).await;
    }
}

#[tokio::test]
async fn ozone_connect_takes_c4_and_nobody_else() {
    let acceptor = for_hub(ECO.trust());
    everywhere(&acceptor, BANK_OZONE_CONNECT, issued::<C4>("ozone"), Ok(())).await;
    for (wrong, rule) in [
        (issued::<C1>("acme"), ORGANISATION),
        (issued::<C3>("bank"), ORGANISATION),
        (issued::<S4>("bank"), EXTENDED_KEY_USAGE),
        (issued::<Sig3>("ozone"), EXTENDED_KEY_USAGE_MISSING),
    ] {
        everywhere(&acceptor, BANK_OZONE_CONNECT, wrong, Err(rule)).await;
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused_on_every_path() {
    async fn nobody_at<P: AcceptingPath>(acceptor: &Acceptor<P>, host: &str) {
        for version in VERSIONS {
            let nobody = Client { identity: None, version, server_name: Some(host) };
            let expected = refused("certificate.not-presented", Alert::CertificateRequired);
            assert_eq!(calls(nobody, acceptor).await, expected, "{host}, {version:?}");
        }
    }
    nobody_at(&for_tpps(ECO.trust()), RETAIL_AS).await;
    nobody_at(&for_lfis(ECO.trust()), RETAIL_CM).await;
    nobody_at(&for_hub(ECO.trust()), BANK_OZONE_CONNECT).await;
}

/// The registration of the LFI is per instance: a listener of one instance alone knows no other C3 either.
#[tokio::test]
async fn a_listener_for_one_instance_refuses_the_c3_of_others() {
    let served = [(id("other"), ECO.hub().s3("other").unwrap())];
    let deployment = ECO.hub().deployment();
    let acceptor = Acceptor::<LfiToHub>::with_settings(ECO.trust(), deployment, served, &settings()).unwrap();
    everywhere(&acceptor, OTHER_CM, issued::<C3>("other-bank"), Ok(())).await;
    everywhere(&acceptor, OTHER_CM, issued::<C3>("bank"), Err(ORGANISATION)).await;
}

type Rule = (&'static str, Alert);

const ORGANISATION: Rule = ("certificate.organisation", Alert::CertificateUnknown);
const APPLICATION: Rule = ("certificate.application", Alert::CertificateUnknown);
const OTHER_ROLE: Rule = ("certificate.other-role", Alert::CertificateUnknown);
const EXTENDED_KEY_USAGE: Rule = ("certificate.extended-key-usage", Alert::UnsupportedCertificate);
const EXTENDED_KEY_USAGE_MISSING: Rule = ("certificate.extended-key-usage-missing", Alert::UnsupportedCertificate);

/// Presents a certificate to an acceptor in both versions of TLS.
async fn everywhere<P: AcceptingPath>(
    acceptor: &Acceptor<P>,
    host: &str,
    presented: &Issued,
    expected: Result<(), Rule>,
) {
    let expected = match expected {
        Ok(()) => accepted(presented),
        Err((code, alert)) => refused(code, alert),
    };
    for version in VERSIONS {
        let client = Client { identity: Some(presented), version, server_name: Some(host) };
        assert_eq!(calls(client, acceptor).await, expected, "{host}, {version:?}");
    }
}

/// A certificate of the right organisation and type, for an application that is not registered.
fn in_another_application<R: Held>(holder: &str) -> Issued {
    let mut spec = ECO.holding::<R>(holder).unwrap().spec().clone();
    let application: SoftwareStatementId = "7d1f0c52-0000-4000-8000-00000000abcd".parse().unwrap();
    spec.subject = spec.subject.with_common_name(application.to_string());
    ECO.authority().issue(&spec).unwrap()
}
