//! What the parties write to each other, as far as this story needs it: a few members of the published schemas.

use hub_roles::{Certificate, ClientTransport, ServerTransport};
use serde::{Deserialize, Serialize};

/// An entry of `authorization_details`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ConsentRequest {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) consent: Consent,
}

/// A payment consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Consent {
    pub(super) consent_id: String,
    /// A compact JWE that only the LFI can open.
    pub(super) personal_identifiable_information: String,
}

/// What only the LFI gets to see.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Personal {
    pub(super) initiation: Initiation,
    pub(super) risk: Risk,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Initiation {
    pub(super) creditor: Creditor,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Creditor {
    pub(super) name: String,
    pub(super) account: String,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Risk {
    pub(super) channel: String,
}

/// The message of `POST /payments`, and the body that the Hub passes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Payment {
    pub(super) consent_id: String,
    pub(super) amount: String,
    /// The same octets as in the consent.
    pub(super) personal_identifiable_information: String,
}

/// The message of the response.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PaymentState {
    pub(super) payment_id: String,
    pub(super) consent_id: String,
    pub(super) status: String,
}

/// The response to `/par`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pushed {
    pub(super) request_uri: String,
    pub(super) expires_in: u32,
}

/// The response to `/token`.
#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) id_token: String,
    pub(super) token_type: String,
    pub(super) expires_in: u32,
}

/// Headless Heimdall's answer to an authorisation request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Interaction {
    pub(super) interaction_id: String,
    pub(super) consent_id: String,
}

/// Headless Heimdall's answer to `doConfirm`: where the user's browser goes next.
#[derive(Serialize, Deserialize)]
pub(super) struct Redirect {
    pub(super) redirect: String,
}

/// The Consent Manager's view of a consent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentState {
    pub(super) id: String,
    pub(super) status: String,
}

/// The answer of a health check (Ozone Connect OpenAPI).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    pub(super) connection_established: bool,
    pub(super) mtls_status: String,
    pub(super) host_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_certificate: Option<ClientCertificate>,
}

impl Health {
    /// What a server says that presented `certificate`.
    pub(super) fn of(mtls_status: &str, certificate: &Certificate<impl ServerTransport>) -> Self {
        Self {
            connection_established: true,
            mtls_status: mtls_status.to_owned(),
            host_name: certificate.dns_names().first().cloned().unwrap_or_default(),
            client_certificate: None,
        }
    }

    /// The same with the certificate that the client presented.
    pub(super) fn showing(self, client: &Certificate<impl ClientTransport>) -> Self {
        let certificate = ClientCertificate { subject: client.subject().to_string(), issuer: client.issuer() };
        Self { client_certificate: Some(certificate), ..self }
    }
}

/// What a server saw of its client, which may have got lost in a proxy.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClientCertificate {
    pub(super) subject: String,
    pub(super) issuer: String,
}

/// Headers by which the Hub tells the LFI which brand is meant and which TPP is calling (FACTS section 1).
pub(super) const PROVIDER_ID: &str = "o3-provider-id";
pub(super) const CALLER_CLIENT_ID: &str = "o3-caller-client-id";
pub(super) const CALLER_ORGANISATION: &str = "o3-caller-org-id";
pub(super) const CALLER_SOFTWARE_STATEMENT: &str = "o3-caller-software-statement-id";
