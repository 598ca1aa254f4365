//! The headers in which proxies forward certificates.

use http::{HeaderMap, HeaderName};
use hub_roles::{CertificateChain, CertificateRule, Refusal, Role};
use rustls_pki_types::CertificateDer;

use super::encoding::{base64_certificate, byte_sequence, byte_sequences, escaped_pem};
use super::envoy::forwarded_element;
use super::error::{HeaderRule, ProxyError};
use super::limits::MAX_HEADER_OCTETS;
use crate::accepting::AcceptingPath;

/// The header that a proxy forwards the client's certificate in, and how it is written there.
///
/// Chosen once, for the product in use: no other header is read, and nothing is guessed. Where a product lets its operator name the
/// header, the name is given here, and the proxy must remove any that clients send. A proxy that forwards the client's own
/// certificate alone will do where the trust framework's bundle has the CA that issued it. Certificates count in the order of TLS: the
/// first is the client's.
///
/// Those of nginx and HAProxy, and RFC 9440 as HAProxy can write it, are tried against the products. The others follow the vendors'
/// documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardedForm(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// PEM, percent-encoded.
    EscapedPem(HeaderName),
    /// One DER certificate in base64.
    Base64(HeaderName),
    /// Byte sequences of structured fields: the client's certificate, and a list of the others.
    ByteSequences { certificate: HeaderName, others: Option<HeaderName> },
    /// `x-forwarded-client-cert`.
    Envoy,
}

impl ForwardedForm {
    /// nginx: `proxy_set_header <header> $ssl_client_escaped_cert;`, the client's own certificate in percent-encoded PEM.
    ///
    /// The older `$ssl_client_cert`, which is folded over lines, is not read.
    #[must_use]
    pub const fn nginx(header: HeaderName) -> Self {
        Self(Form::EscapedPem(header))
    }

    /// HAProxy: `http-request set-header <header> %[ssl_c_der,base64]`, the client's own certificate in base64.
    #[must_use]
    pub const fn haproxy(header: HeaderName) -> Self {
        Self(Form::Base64(header))
    }

    /// RFC 9440: `Client-Cert` and, if the proxy sends it, `Client-Cert-Chain` with the CA certificates.
    #[must_use]
    pub const fn rfc_9440() -> Self {
        Self(Form::ByteSequences { certificate: CLIENT_CERT, others: Some(CLIENT_CERT_CHAIN) })
    }

    /// Envoy: `x-forwarded-client-cert`, of which `Chain` or else `Cert` is read.
    ///
    /// `forward_client_cert_details` must be `SANITIZE_SET`, and `set_current_client_cert_details` have `chain` or `cert`. A header of
    /// several elements, as `APPEND_FORWARD` makes it, is refused.
    #[must_use]
    pub const fn envoy() -> Self {
        Self(Form::Envoy)
    }

    /// AWS Application Load Balancer, mutual TLS in its verify mode: `X-Amzn-Mtls-Clientcert-Leaf`.
    #[must_use]
    pub const fn aws_verify() -> Self {
        Self(Form::EscapedPem(AMZN_CLIENT_CERT_LEAF))
    }

    /// AWS Application Load Balancer, mutual TLS in its passthrough mode: `X-Amzn-Mtls-Clientcert`, all that the client presented.
    #[must_use]
    pub const fn aws_passthrough() -> Self {
        Self(Form::EscapedPem(AMZN_CLIENT_CERT))
    }

    /// Azure App Service: `X-ARR-ClientCert`, the client's own certificate in base64.
    #[must_use]
    pub const fn azure_app_service() -> Self {
        Self(Form::Base64(ARR_CLIENT_CERT))
    }

    /// Azure Application Gateway: a header rewrite with the server variable `client_certificate`, in percent-encoded PEM.
    #[must_use]
    pub const fn azure_application_gateway(header: HeaderName) -> Self {
        Self(Form::EscapedPem(header))
    }

    /// Google Cloud's application load balancers: custom request headers with the variable `client_cert_leaf` and, if it is
    /// forwarded, `client_cert_chain`. The product's documentation calls them `X-Client-Cert-Leaf` and `X-Client-Cert-Chain`.
    #[must_use]
    pub const fn google_cloud(leaf: HeaderName, chain: Option<HeaderName>) -> Self {
        Self(Form::ByteSequences { certificate: leaf, others: chain })
    }

    /// The chain in the headers of a request on path `P`.
    pub(super) fn read<P: AcceptingPath>(&self, headers: &HeaderMap) -> Result<CertificateChain, ProxyError> {
        let certificates = match &self.0 {
            Form::EscapedPem(header) => from_header::<P>(headers, header, escaped_pem)?,
            Form::Base64(header) => from_header::<P>(headers, header, |value| Ok(vec![base64_certificate(value)?]))?,
            Form::ByteSequences { certificate, others } => {
                let mut certificates = from_header::<P>(headers, certificate, |value| Ok(vec![byte_sequence(value)?]))?;
                // Without the client's certificate the first of the others would pass for it.
                if let Some(others) = others.as_ref().filter(|_| !certificates.is_empty()) {
                    certificates.append(&mut from_header::<P>(headers, others, byte_sequences)?);
                }
                certificates
            }
            Form::Envoy => from_header::<P>(headers, &XFCC, forwarded_element)?,
        };
        chain_of(&certificates).map_err(|rule| Refusal::new(P::Client::ID, None, rule).into())
    }
}

/// What `parse` makes of the one header of that name; nothing, if it is not there or empty.
fn from_header<P: AcceptingPath>(
    headers: &HeaderMap,
    header: &HeaderName,
    parse: impl FnOnce(&str) -> Result<Vec<CertificateDer<'static>>, HeaderRule>,
) -> Result<Vec<CertificateDer<'static>>, ProxyError> {
    only_value(headers, header)
        .and_then(|value| if value.is_empty() { Ok(Vec::new()) } else { parse(value) })
        .map_err(|rule| ProxyError::Header { path: P::ID, role: P::Client::ID, header: header.to_string(), rule })
}

/// The value of the one header of that name; empty, if it is not there.
fn only_value<'h>(headers: &'h HeaderMap, header: &HeaderName) -> Result<&'h str, HeaderRule> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(""),
        (Some(only), None) if only.len() <= MAX_HEADER_OCTETS => only.to_str().map_err(|_| HeaderRule::NotAscii),
        (Some(only), None) => Err(HeaderRule::TooLarge { found: only.len() }),
        (Some(_), Some(_)) => Err(HeaderRule::Twice),
    }
}

fn chain_of(certificates: &[CertificateDer<'_>]) -> Result<CertificateChain, CertificateRule> {
    let (client, others) = certificates.split_first().ok_or(CertificateRule::NotPresented)?;
    Ok(CertificateChain::from_peer(client, others)?)
}

const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");
const XFCC: HeaderName = HeaderName::from_static("x-forwarded-client-cert");
const AMZN_CLIENT_CERT: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert");
const AMZN_CLIENT_CERT_LEAF: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-leaf");
const ARR_CLIENT_CERT: HeaderName = HeaderName::from_static("x-arr-clientcert");
