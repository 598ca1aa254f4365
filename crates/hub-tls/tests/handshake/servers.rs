//! The connecting side judges server certificates.

use hub_roles::{C3, C4, HubToLfi, Path, S1, S3, S4, Sig2, Sig3, Sig4};
use hub_testkit::{Defect, Held, Issued, LeafKind};
use hub_tls::{Connector, HandshakeError};
use rustls::AlertDescription as Alert;
use tokio::io::AsyncReadExt;

use crate::defects::verdict;
use crate::generous::is_called;
use crate::world::*;

#[tokio::test]
async fn every_defect_is_refused_by_its_rule_and_the_sound_neighbour_is_accepted() {
    let connector = of_hub(ECO.trust());
    let spec = ECO.holding::<S4>("bank").unwrap().spec();
    for &defect in Defect::ALL.iter().filter(|defect| defect.concerns(LeafKind::ServerTransport)) {
        let broken = defect.build(ECO.authority(), spec).unwrap().presented;
        let Some(expected) = verdict(defect) else { continue };
        for version in VERSIONS {
            let outcome = is_called(&broken, version, &connector, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome, expected, "{defect}, {version:?}");
            let sound = issued::<S4>("bank");
            let outcome = is_called(sound, version, &connector, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome, accepted(sound), "next to {defect}, {version:?}");
        }
    }
}

#[tokio::test]
async fn a_tpp_takes_the_s1_of_the_instance_it_calls_and_no_other_certificate() {
    let connector = of_tpp(ECO.trust());
    everywhere(&connector, RETAIL_AS, issued::<S1>("retail"), Ok(())).await;
    everywhere(&connector, RETAIL_RS, issued::<S1>("retail"), Ok(())).await;
    everywhere(&connector, OTHER_AS, issued::<S1>("other"), Ok(())).await;
    for (wrong, rule) in [
        (issued::<S1>("sme"), HOST_NAME),
        (issued::<S1>("other"), HOST_NAME),
        (issued::<S3>("retail"), HOST_NAME),
        (issued::<S4>("bank"), HOST_NAME),
        (&of_another_lfi::<S1>("retail"), ORGANISATION),
        (issued::<C3>("bank"), EXTENDED_KEY_USAGE),
        (issued::<Sig2>("retail"), EXTENDED_KEY_USAGE_MISSING),
    ] {
        everywhere(&connector, RETAIL_AS, wrong, Err(rule)).await;
    }
}

#[tokio::test]
async fn an_lfi_takes_the_s3_of_its_instance_and_no_other_certificate() {
    let connector = of_lfi(ECO.trust());
    everywhere(&connector, RETAIL_CM, issued::<S3>("retail"), Ok(())).await;
    everywhere(&connector, RETAIL_HH, issued::<S3>("retail"), Ok(())).await;
    everywhere(&connector, SME_CM, issued::<S3>("sme"), Ok(())).await;
    for (wrong, rule) in [
        (issued::<S3>("sme"), HOST_NAME),
        (issued::<S1>("retail"), HOST_NAME),
        (issued::<S4>("bank"), HOST_NAME),
        (&of_another_lfi::<S3>("retail"), ORGANISATION),
        (issued::<C4>("ozone"), EXTENDED_KEY_USAGE),
        (issued::<Sig3>("ozone"), EXTENDED_KEY_USAGE_MISSING),
    ] {
        everywhere(&connector, RETAIL_CM, wrong, Err(rule)).await;
    }
}

#[tokio::test]
async fn the_hub_takes_the_s4_of_the_lfi_it_calls_and_no_other_certificate() {
    let connector = of_hub(ECO.trust());
    everywhere(&connector, BANK_OZONE_CONNECT, issued::<S4>("bank"), Ok(())).await;
    everywhere(&connector, OTHER_OZONE_CONNECT, issued::<S4>("other-bank"), Ok(())).await;
    for (wrong, rule) in [
        (issued::<S4>("other-bank"), HOST_NAME),
        (issued::<S1>("retail"), HOST_NAME),
        (issued::<S3>("retail"), HOST_NAME),
        (&of_another_lfi::<S4>("bank"), ORGANISATION),
        (issued::<C3>("bank"), EXTENDED_KEY_USAGE),
        (issued::<Sig4>("bank"), EXTENDED_KEY_USAGE_MISSING),
    ] {
        everywhere(&connector, BANK_OZONE_CONNECT, wrong, Err(rule)).await;
    }
}

/// A wildcard stands for one label, and for the first one only (RFC 9525 section 6.3).
#[tokio::test]
async fn a_wildcard_in_the_first_label_covers_the_host_and_elsewhere_it_does_not() {
    let connector = of_hub(ECO.trust());
    let named = |name: &str| {
        let mut spec = ECO.holding::<S4>("bank").unwrap().spec().clone();
        spec.dns_names = vec![name.to_owned()];
        ECO.authority().issue(&spec).unwrap()
    };
    for covering in ["*.bank.example", "OZONE-CONNECT.Bank.Example"] {
        everywhere(&connector, BANK_OZONE_CONNECT, &named(covering), Ok(())).await;
    }
    for other in ["*.example", "ozone-connect.*.example", "ozone-*.bank.example", "bank.example"] {
        everywhere(&connector, BANK_OZONE_CONNECT, &named(other), Err(HOST_NAME)).await;
    }
}

/// The published walkthrough yields an S4 without a DNS name (FACTS section 2).
#[tokio::test]
async fn an_s4_that_names_no_host_needs_the_organisation_only_setting_and_the_organisation() {
    let deployment = edited(ECO.hub().deployment_json(), |file| {
        for brand in ["retail", "sme"] {
            file["instances"][brand]["ozone_connect"]["server_name"] = "organisation-only".into();
        }
    });
    let c4 = ECO.hub().c4();
    let by_organisation = Connector::<HubToLfi>::with_settings(ECO.trust(), &deployment, c4, &settings()).unwrap();
    let by_host = of_hub(ECO.trust());
    let nameless = |holder| {
        let mut spec = ECO.holding::<S4>(holder).unwrap().spec().clone();
        spec.dns_names.clear();
        ECO.authority().issue(&spec).unwrap()
    };

    everywhere(&by_organisation, BANK_OZONE_CONNECT, &nameless("bank"), Ok(())).await;
    everywhere(&by_host, BANK_OZONE_CONNECT, &nameless("bank"), Err(NO_DNS_NAME)).await;
    everywhere(&by_organisation, BANK_OZONE_CONNECT, &nameless("other-bank"), Err(ORGANISATION)).await;
}

#[tokio::test]
async fn a_host_that_the_deployment_does_not_name_is_not_even_greeted() {
    async fn greeted<P: Path>(connector: &Connector<P>, name: &str) -> usize {
        let (octets, connected) = meet(
            async |mut io| io.read(&mut [0; 1024]).await.unwrap(),
            async |io| connector.connect(&host(name), io).await.map(drop),
        )
        .await;
        let error = connected.unwrap_err();
        if octets == 0 {
            assert!(matches!(error, HandshakeError::UnknownHost { .. }), "{error}");
            assert_eq!((error.code(), error.path()), ("handshake.unknown-host", Some(P::ID)), "{error}");
        }
        octets
    }
    // A host of another path is no host of this one, and an LFI's C3 is shown to no other LFI's instance.
    assert_eq!(greeted(&of_tpp(ECO.trust()), RETAIL_CM).await, 0);
    assert_eq!(greeted(&of_lfi(ECO.trust()), RETAIL_AS).await, 0);
    assert_eq!(greeted(&of_lfi(ECO.trust()), OTHER_CM).await, 0);
    assert_eq!(greeted(&of_hub(ECO.trust()), RETAIL_AS).await, 0);
    assert_ne!(greeted(&of_tpp(ECO.trust()), RETAIL_AS).await, 0);
}

type Rule = (&'static str, Alert);

const HOST_NAME: Rule = ("certificate.host-name", Alert::BadCertificate);
const NO_DNS_NAME: Rule = ("certificate.no-dns-name", Alert::BadCertificate);
const ORGANISATION: Rule = ("certificate.organisation", Alert::CertificateUnknown);
const EXTENDED_KEY_USAGE: Rule = ("certificate.extended-key-usage", Alert::UnsupportedCertificate);
const EXTENDED_KEY_USAGE_MISSING: Rule = ("certificate.extended-key-usage-missing", Alert::UnsupportedCertificate);

/// Presents a certificate to a connector in both versions of TLS.
async fn everywhere<P: Path>(connector: &Connector<P>, host: &str, presented: &Issued, expected: Result<(), Rule>) {
    let expected = match expected {
        Ok(()) => accepted(presented),
        Err((code, alert)) => refused(code, alert),
    };
    for version in VERSIONS {
        assert_eq!(is_called(presented, version, connector, host).await, expected, "{host}, {version:?}");
    }
}

/// A certificate of the right type for the right hosts, in the organisation of `other-bank`.
fn of_another_lfi<R: Held>(holder: &str) -> Issued {
    let mut spec = ECO.holding::<R>(holder).unwrap().spec().clone();
    spec.subject = ECO.holding::<S4>("other-bank").unwrap().spec().subject.clone();
    ECO.authority().issue(&spec).unwrap()
}
