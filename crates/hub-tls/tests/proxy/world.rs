//! A proxy in front of the bank's Ozone Connect, and the products it may be.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use hub_roles::{Deployment, Environment, HubToLfi, InstanceId, Transport, TrustFramework};
use hub_testkit::{Authority, Ecosystem, Held, Issued, KeyPool};
use hub_tls::{AddressAndSecret, ForwardedForm, Peer, ProxyError, TrustedProxy};
use rustls_pki_types::{CertificateDer, UnixTime};
use serde_json::Value;

/// The one ecosystem of these tests.
pub(crate) static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(now()).unwrap());

pub(crate) const SECRET: &str = "0123456789abcdef0123456789ABCDEF";
pub(crate) const PROXY: &str = "10.0.7.2";
/// The header, where its name is the operator's choice.
pub(crate) const NAMED: &str = "forwarded-certificate";
pub(crate) const NAMED_CHAIN: &str = "forwarded-chain";
pub(crate) const XFCC: &str = "x-forwarded-client-cert";

const SECRET_HEADER: HeaderName = HeaderName::from_static("proxy-secret");
const NAMED_HEADER: HeaderName = HeaderName::from_static(NAMED);
const NAMED_CHAIN_HEADER: HeaderName = HeaderName::from_static(NAMED_CHAIN);

pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))
}

pub(crate) fn issued<R: Held>(holder: &str) -> &'static Issued {
    ECO.issued::<R>(holder).unwrap()
}

pub(crate) fn id(instance: &str) -> InstanceId {
    instance.parse().unwrap()
}

/// A deployment file with something changed.
pub(crate) fn edited(file: &str, change: impl FnOnce(&mut Value)) -> Deployment {
    let mut content = serde_json::from_str(file).unwrap();
    change(&mut content);
    Deployment::from_json(content.to_string().as_bytes()).unwrap()
}

/// The trust framework of the other environment.
pub(crate) fn of_production() -> TrustFramework {
    let bundle = Authority::production(&KeyPool::new(), now()).unwrap().bundle();
    TrustFramework::from_der(Environment::Production, bundle).unwrap()
}

/// The peer's `kid`, or a code.
pub(crate) fn kid_or_code<R: Transport>(peer: Result<Peer<R>, ProxyError>) -> Result<String, &'static str> {
    peer.map(|peer| peer.kid().to_string()).map_err(|error| error.code())
}

pub(crate) type Headers = Vec<(&'static str, String)>;

/// A way to forward certificates, and our own hand at it.
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) form: ForwardedForm,
    pub(crate) write: fn(&[CertificateDer<'_>]) -> Headers,
    pub(crate) sends_chain: bool,
}

pub(crate) fn products() -> Vec<Product> {
    vec![
        Product {
            name: "nginx",
            form: ForwardedForm::nginx(NAMED_HEADER),
            write: |chain| vec![(NAMED, escaped(&chain[..1]))],
            sends_chain: false,
        },
        Product {
            name: "HAProxy",
            form: ForwardedForm::haproxy(NAMED_HEADER),
            write: |chain| vec![(NAMED, base64(&chain[0]))],
            sends_chain: false,
        },
        Product {
            name: "RFC 9440",
            form: ForwardedForm::rfc_9440(),
            write: |chain| byte_sequences("client-cert", "client-cert-chain", chain),
            sends_chain: true,
        },
        Product {
            name: "Envoy, Chain",
            form: ForwardedForm::envoy(),
            write: |chain| {
                let (cert, chain) = (escaped(&chain[..1]), escaped(chain));
                let subject = "Subject=\"O=\\\"Ozone, Limited\\\";C=UK\"";
                vec![(XFCC, format!("By=spiffe://mesh/bank;Hash=00;Cert=\"{cert}\";Chain=\"{chain}\";{subject};URI="))]
            },
            sends_chain: true,
        },
        Product {
            name: "Envoy, Cert",
            form: ForwardedForm::envoy(),
            write: |chain| vec![(XFCC, format!("Hash=00;Cert=\"{}\"", escaped(&chain[..1])))],
            sends_chain: false,
        },
        Product {
            name: "AWS verify",
            form: ForwardedForm::aws_verify(),
            write: |chain| vec![("x-amzn-mtls-clientcert-leaf", partly_escaped(&chain[..1]))],
            sends_chain: false,
        },
        Product {
            name: "AWS passthrough",
            form: ForwardedForm::aws_passthrough(),
            write: |chain| vec![("x-amzn-mtls-clientcert", partly_escaped(chain))],
            sends_chain: true,
        },
        Product {
            name: "Azure App Service",
            form: ForwardedForm::azure_app_service(),
            write: |chain| vec![("x-arr-clientcert", base64(&chain[0]))],
            sends_chain: false,
        },
        Product {
            name: "Azure Application Gateway",
            form: ForwardedForm::azure_application_gateway(NAMED_HEADER),
            write: |chain| vec![(NAMED, escaped(&chain[..1]))],
            sends_chain: false,
        },
        Product {
            name: "Google Cloud, leaf",
            form: ForwardedForm::google_cloud(NAMED_HEADER, None),
            write: |chain| byte_sequences(NAMED, NAMED_CHAIN, &chain[..1]),
            sends_chain: false,
        },
        Product {
            name: "Google Cloud, chain",
            form: ForwardedForm::google_cloud(NAMED_HEADER, Some(NAMED_CHAIN_HEADER)),
            write: |chain| byte_sequences(NAMED, NAMED_CHAIN, chain),
            sends_chain: true,
        },
    ]
}

pub(crate) fn product(name: &str) -> Product {
    products().into_iter().find(|product| product.name == name).unwrap()
}

/// The hop of these tests, where it is not what is tested.
pub(crate) fn known_hop() -> AddressAndSecret {
    AddressAndSecret::new([PROXY.parse().unwrap()], SECRET_HEADER, [SECRET]).unwrap()
}

pub(crate) fn address() -> IpAddr {
    PROXY.parse().unwrap()
}

/// The bank's Ozone Connect behind a proxy of this form.
pub(crate) fn behind(form: &ForwardedForm, trust: &TrustFramework) -> TrustedProxy<HubToLfi, AddressAndSecret> {
    let deployment = ECO.lfi("bank").unwrap().deployment();
    TrustedProxy::<HubToLfi, _>::new(trust, deployment, form.clone(), known_hop()).unwrap()
}

/// The headers of a request, with the proxy's secret.
pub(crate) fn request(headers: &Headers) -> HeaderMap {
    let mut request: HeaderMap = [(SECRET_HEADER, HeaderValue::from_static(SECRET))].into_iter().collect();
    for (name, value) in headers {
        request.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

/// What the bank makes of a request from the proxy: the peer's `kid`, or a code.
pub(crate) fn judged(form: &ForwardedForm, headers: &Headers) -> Result<String, &'static str> {
    judged_under(ECO.trust(), form, headers, now())
}

pub(crate) fn judged_under(
    trust: &TrustFramework,
    form: &ForwardedForm,
    headers: &Headers,
    now: UnixTime,
) -> Result<String, &'static str> {
    let (proxy, request) = (behind(form, trust), request(headers));
    kid_or_code(proxy.hop((address(), &request)).and_then(|hop| hop.peer(&request, now)))
}

/// PEM in which everything is percent-encoded that is neither a letter nor a digit.
pub(crate) fn escaped(certificates: &[CertificateDer<'_>]) -> String {
    let keep = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    percent_encoded(certificates, keep)
}

/// The same, but for `+=/`, as AWS leaves them.
fn partly_escaped(certificates: &[CertificateDer<'_>]) -> String {
    let keep = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~+=/".contains(&octet);
    percent_encoded(certificates, keep)
}

fn percent_encoded(certificates: &[CertificateDer<'_>], keep: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::new();
    for certificate in certificates {
        let base64 = base64(certificate);
        let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        for octet in pem.bytes() {
            if keep(octet) { encoded.push(char::from(octet)) } else { encoded += &format!("%{octet:02X}") }
        }
    }
    encoded
}

pub(crate) fn base64(certificate: &CertificateDer<'_>) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(certificate)
}

fn byte_sequences(first: &'static str, rest: &'static str, chain: &[CertificateDer<'_>]) -> Headers {
    let [certificate, others @ ..] = chain else { panic!("empty chain") };
    let others: Vec<_> = others.iter().map(|one| format!(":{}:", base64(one))).collect();
    let mut headers = vec![(first, format!(":{}:", base64(certificate)))];
    if !others.is_empty() {
        headers.push((rest, others.join(", ")));
    }
    headers
}
