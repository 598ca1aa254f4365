//! A proxy in front of each path, in the form of each product, and the requests it sends on.

use std::net::IpAddr;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use hub_roles::{C1, C3, C4, HubToLfi, KeyId, LfiToHub, TppToHub};
use hub_testkit::{Ecosystem, Held};
use hub_tls::{AddressAndSecret, ForwardedForm, Peer, ProxyError, TrustedProxy};

use crate::{ECO, INSTANCE, now};

/// The products, those that write certificates alike together.
pub static PRODUCTS: LazyLock<Vec<Vec<Product>>> = LazyLock::new(|| {
    let [certificate, ..] = CERTIFICATE_HEADERS;
    let [chain, ..] = CHAIN_HEADERS;
    let escaped = vec![
        ForwardedForm::nginx(certificate.clone()),
        ForwardedForm::aws_verify(),
        ForwardedForm::aws_passthrough(),
        ForwardedForm::azure_application_gateway(certificate.clone()),
    ];
    let base64 = vec![ForwardedForm::haproxy(certificate.clone()), ForwardedForm::azure_app_service()];
    let byte_sequences = vec![ForwardedForm::rfc_9440(), ForwardedForm::google_cloud(certificate.clone(), Some(chain))];
    let byte_sequence = vec![ForwardedForm::google_cloud(certificate, None)];
    [escaped, base64, byte_sequences, byte_sequence, vec![ForwardedForm::envoy()]]
        .map(|forms| forms.into_iter().map(Product::new).collect())
        .into()
});

/// The Hub, as the LFI `bank` sees it on a connection.
pub static HUB: LazyLock<Peer<C4>> = LazyLock::new(|| {
    let [certificate, ..] = CERTIFICATE_HEADERS;
    let value = escaped(&ECO.issued::<C4>(Ecosystem::HUB).unwrap().certificate_pem().unwrap());
    let request = request(&HeaderValue::try_from(value).unwrap(), None);
    Product::new(ForwardedForm::nginx(certificate)).hub(&request).unwrap()
});

/// A product in front of each path.
pub struct Product {
    tpp_to_hub: TrustedProxy<TppToHub, AddressAndSecret>,
    lfi_to_hub: TrustedProxy<LfiToHub, AddressAndSecret>,
    hub_to_lfi: TrustedProxy<HubToLfi, AddressAndSecret>,
}

impl Product {
    fn new(form: ForwardedForm) -> Self {
        let (trust, hub, bank) = (ECO.trust(), ECO.hub(), ECO.lfi("bank").unwrap());
        let hop = || AddressAndSecret::new([address().into()], SECRET_HEADER, [SECRET]).unwrap();
        let instances = || hub.instances().cloned();
        Self {
            tpp_to_hub: TrustedProxy::<TppToHub, _>::new(trust, hub.deployment(), instances(), form.clone(), hop())
                .unwrap(),
            lfi_to_hub: TrustedProxy::<LfiToHub, _>::new(trust, hub.deployment(), instances(), form.clone(), hop())
                .unwrap(),
            hub_to_lfi: TrustedProxy::<HubToLfi, _>::new(trust, bank.deployment(), form, hop()).unwrap(),
        }
    }

    /// Whom the Hub and the LFI take the sender of a request for, as C1, C3 and C4: a `kid`, or the code of the refusal.
    pub fn peers(&self, request: &HeaderMap) -> [Result<KeyId, &'static str>; 3] {
        let instance = INSTANCE.parse().unwrap();
        let tpp = self.tpp_to_hub.hop((address(), request)).and_then(|hop| hop.peer(&instance, request, now()));
        let lfi = self.lfi_to_hub.hop((address(), request)).and_then(|hop| hop.peer(&instance, request, now()));
        [
            tpp.map(|peer| peer.kid().clone()).map_err(|error| error.code()),
            lfi.map(|peer| peer.kid().clone()).map_err(|error| error.code()),
            self.hub(request).map(|peer| peer.kid().clone()).map_err(|error| error.code()),
        ]
    }

    fn hub(&self, request: &HeaderMap) -> Result<Peer<C4>, ProxyError> {
        self.hub_to_lfi.hop((address(), request))?.peer(request, now())
    }
}

/// The senders whose certificates pass, in the order of [`Product::peers`].
pub fn kids() -> [KeyId; 3] {
    [kid::<C1>("acme"), kid::<C3>("bank"), kid::<C4>(Ecosystem::HUB)]
}

fn kid<R: Held>(holder: &str) -> KeyId {
    ECO.issued::<R>(holder).unwrap().kid()
}

/// A request from the proxy, in which every header has its value.
pub fn request(certificate: &HeaderValue, chain: Option<&HeaderValue>) -> HeaderMap {
    let mut request = HeaderMap::from_iter([(SECRET_HEADER, HeaderValue::from_static(SECRET))]);
    request.extend(CERTIFICATE_HEADERS.map(|name| (name, certificate.clone())));
    if let Some(chain) = chain {
        request.extend(CHAIN_HEADERS.map(|name| (name, chain.clone())));
    }
    request
}

/// PEM as it is forwarded in headers.
pub fn escaped(pem: &str) -> String {
    pem.replace('+', "%2B").replace(' ', "%20").replace('\n', "%0A")
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
