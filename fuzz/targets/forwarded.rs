//! Any values of the headers in which proxies forward certificates, the second behind a line feed, in every product's form: only the
//! Hub's own C4 passes for it.

#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use hub_fuzz::{ECO, now};
use hub_roles::HubToLfi;
use hub_tls::{AddressAndSecret, ForwardedForm, TrustedProxy};
use libfuzzer_sys::fuzz_target;

type Proxy = TrustedProxy<HubToLfi, AddressAndSecret>;

static PROXIES: LazyLock<Vec<Proxy>> = LazyLock::new(|| forms().into_iter().map(behind).collect());

fuzz_target!(|values: &[u8]| {
    let mut values = values.splitn(2, |&octet| octet == b'\n').map(HeaderValue::from_bytes);
    let (Some(Ok(certificate)), chain) = (values.next(), values.next()) else { return };
    let mut request = HeaderMap::from_iter([(SECRET_HEADER, HeaderValue::from_static(SECRET))]);
    request.extend(CERTIFICATE_HEADERS.map(|name| (name, certificate.clone())));
    if let Some(Ok(chain)) = chain {
        request.extend(CHAIN_HEADERS.map(|name| (name, chain.clone())));
    }
    for proxy in &*PROXIES {
        if let Ok(peer) = proxy.hop((address(), &request)).and_then(|hop| hop.peer(&request, now())) {
            assert_eq!(peer.kid(), ECO.hub().c4().certificate().kid());
        }
    }
});

fn forms() -> Vec<ForwardedForm> {
    let [certificate, ..] = CERTIFICATE_HEADERS;
    let [chain, ..] = CHAIN_HEADERS;
    vec![
        ForwardedForm::nginx(certificate.clone()),
        ForwardedForm::haproxy(certificate.clone()),
        ForwardedForm::rfc_9440(),
        ForwardedForm::envoy(),
        ForwardedForm::aws_verify(),
        ForwardedForm::aws_passthrough(),
        ForwardedForm::azure_app_service(),
        ForwardedForm::azure_application_gateway(certificate.clone()),
        ForwardedForm::google_cloud(certificate, Some(chain)),
    ]
}

fn behind(form: ForwardedForm) -> Proxy {
    let hop = AddressAndSecret::new(["10.0.7.2".parse().unwrap()], SECRET_HEADER, [SECRET]).unwrap();
    Proxy::new(ECO.trust(), ECO.lfi("bank").unwrap().deployment(), form, hop).unwrap()
}

fn address() -> IpAddr {
    IpAddr::from([10, 0, 7, 2])
}

const SECRET: &str = "0123456789abcdef0123456789ABCDEF";
const SECRET_HEADER: HeaderName = HeaderName::from_static("proxy-secret");

const CERTIFICATE_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("forwarded-certificate"),
    HeaderName::from_static("client-cert"),
    HeaderName::from_static("x-forwarded-client-cert"),
    HeaderName::from_static("x-amzn-mtls-clientcert-leaf"),
    HeaderName::from_static("x-amzn-mtls-clientcert"),
    HeaderName::from_static("x-arr-clientcert"),
];

const CHAIN_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("forwarded-chain"), HeaderName::from_static("client-cert-chain")];
