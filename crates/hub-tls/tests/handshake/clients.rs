//! The accepting side judges client certificates by what the deployment registers, however much or little that is. What it must refuse
//! wherever it is stands in `refused`.

use hub_roles::{C1, C3, C4, LfiToHub, SoftwareStatementId, TppToHub};
use hub_testkit::{Held, Issued};
use hub_tls::{AcceptingPath, Acceptor};
use rustls::AlertDescription as Alert;

use crate::generous::{Client, calls};
use crate::world::*;

#[tokio::test]
async fn the_hub_takes_the_c1_of_every_tpp_at_every_instance() {
    let acceptor = for_tpps(ECO.trust());
    for sound in [issued::<C1>("acme"), issued::<C1>("other-tpp")] {
        everywhere(&acceptor, RETAIL_AS, sound, Ok(())).await;
        everywhere(&acceptor, OTHER_AS, sound, Ok(())).await;
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
const OTHER_ROLE: Rule = ("certificate.other-role", Alert::CertificateUnknown);

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
