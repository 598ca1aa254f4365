//! The connecting side judges server certificates by host name, or organisation alone. What it must refuse wherever it is stands in
//! `refused`.

use hub_roles::{HubToLfi, Path, S1, S3, S4};
use hub_testkit::Issued;
use hub_tls::{Connector, HandshakeError};
use rustls::AlertDescription as Alert;
use tokio::io::AsyncReadExt;

use crate::generous::is_called;
use crate::world::*;

#[tokio::test]
async fn each_host_has_the_certificate_of_its_instance() {
    everywhere(&of_tpp(ECO.trust()), RETAIL_RS, issued::<S1>("retail"), Ok(())).await;
    everywhere(&of_tpp(ECO.trust()), OTHER_AS, issued::<S1>("other"), Ok(())).await;
    everywhere(&of_lfi(ECO.trust()), RETAIL_HH, issued::<S3>("retail"), Ok(())).await;
    everywhere(&of_lfi(ECO.trust()), SME_CM, issued::<S3>("sme"), Ok(())).await;
    everywhere(&of_hub(ECO.trust()), OTHER_OZONE_CONNECT, issued::<S4>("other-bank"), Ok(())).await;
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
