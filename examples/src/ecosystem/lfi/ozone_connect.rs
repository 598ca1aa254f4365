//! Ozone Connect: what the Hub calls at the LFI, on one S4 for all brands.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hub_jose::ExpectedClient;
use hub_roles::{C4, Certificate, HubToLfi, LfiInstance, S4, TppRegistration};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;
use serde_json::json;

use super::Lfi;
use crate::ecosystem::calls::error_response;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::{header, json as json_response, read, serve};
use crate::ecosystem::messages::{CALLER_CLIENT_ID, Consent, Health, PROVIDER_ID, Payment, PaymentState, Personal};
use crate::ecosystem::network::{Incidents, Port};

impl Lfi {
    /// Answers the Hub at `port`: only a C4 of Ozone's organisation gets as far as a request.
    pub(in crate::ecosystem) fn serve(self: &Arc<Self>, name: &'static str, port: Port, incidents: Incidents) {
        let (lfi, reports) = (Arc::clone(self), incidents.clone());
        port.serve(name, incidents, move |tcp| {
            let (lfi, reports) = (Arc::clone(&lfi), reports.clone());
            async move {
                let accepted = lfi.s4.accept(tcp).await?;
                let certificate = accepted.local_certificate().clone();
                let (hub, stream) = accepted.into_parts();
                serve(stream, async |request| match lfi.answer(&hub, &certificate, request).await {
                    Ok(response) => response,
                    Err(failure) => {
                        let response = error_response(&failure);
                        reports.report(name, failure);
                        response
                    }
                })
                .await
            }
        });
    }

    async fn answer(
        &self,
        hub: &Peer<C4>,
        certificate: &Certificate<S4>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let instance = self.meant_instance(request.headers())?;
        if let Some(health) = health(request.uri().path(), certificate, hub) {
            return health;
        }
        self.jwt_auth.check_request::<HubToLfi>(instance, hub, request.headers()).await?;
        let mut response = match (request.method(), request.uri().path()) {
            (&Method::POST, "/consent/action/validate") => self.validate_consent(instance, &request).await?,
            (&Method::POST, "/payments") => self.pay(instance, &request).await?,
            _ => return Err(Failure::new("http.not-found", "no such resource").status(StatusCode::NOT_FOUND)),
        };
        self.jwt_auth.attach_to_response::<HubToLfi>(instance, certificate, response.headers_mut())?;
        Ok(response)
    }

    /// The brand that a request is for. Every request says it, and nothing else tells it (FACTS section 1).
    fn meant_instance(&self, headers: &HeaderMap) -> Result<&LfiInstance, Failure> {
        let unknown = || Failure::new("request.provider-id", format!("{PROVIDER_ID} names none of our brands"));
        let provider = header(headers, PROVIDER_ID)?.ok_or_else(unknown)?;
        provider.parse().ok().and_then(|id| self.deployment.instance_of_provider(&id)).ok_or_else(unknown)
    }

    /// The TPP that the Hub says is calling it.
    fn calling_tpp(&self, headers: &HeaderMap) -> Result<&TppRegistration, Failure> {
        let missing = || Failure::new("request.caller", format!("{CALLER_CLIENT_ID} is missing"));
        let client = header(headers, CALLER_CLIENT_ID)?.ok_or_else(missing)?;
        Ok(self.deployment.tpp(&client.parse()?)?)
    }

    /// The consent is seconds old: its PII must be sound by the keys and the clock of now.
    async fn validate_consent(
        &self,
        instance: &LfiInstance,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let tpp = self.calling_tpp(request.headers())?;
        let consent: Consent = read(request.body())?;
        let jwe = &consent.personal_identifiable_information;
        let now = UnixTime::now();

        let sealed = self.pii.decrypt(jwe)?;
        let key = self.keys.key(tpp.client_id(), sealed.kid()).await?;
        let pii = sealed.verify(&key, &ExpectedClient::of(tpp.client_id(), instance)?, now)?;
        let _personal: Personal = pii.claims().read()?;

        self.consents().insert(consent.consent_id, now);
        Ok(json_response(StatusCode::OK, &json!({ "data": { "status": "valid" } })))
    }

    /// The same PII as at consent: by now its `exp` may have passed and the TPP may have retired the key. It is judged by the day
    /// the consent was created.
    async fn pay(&self, instance: &LfiInstance, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let tpp = self.calling_tpp(request.headers())?;
        let payment: Payment = read(request.body())?;
        let unknown = || Failure::new("payment.consent", "there is no such consent");
        let created_at = self.consents().get(&payment.consent_id).copied().ok_or_else(unknown)?;

        let sealed = self.pii.decrypt(&payment.personal_identifiable_information)?;
        let key = self.keys.key_for_opening_later(tpp.client_id(), sealed.kid(), created_at).await?;
        let expected = ExpectedClient::of(tpp.client_id(), instance)?;
        let pii = sealed.verify_later(&[key], &[], &expected, created_at)?;
        let _personal: Personal = pii.claims().read()?;

        let state = PaymentState {
            payment_id: format!("payment-of-{}", payment.consent_id),
            consent_id: payment.consent_id,
            status: "Pending".to_owned(),
        };
        Ok(json_response(StatusCode::CREATED, &json!(state)))
    }
}

/// Health checks say what became of the connection (FACTS section 5). C4 is there in any case: the listener demands it.
fn health(path: &str, certificate: &Certificate<S4>, hub: &Peer<C4>) -> Option<Result<Response<Bytes>, Failure>> {
    let (mtls_status, shows_client) = match path {
        "/hello" => ("not-checked", false),
        "/hello-mtls" => ("established", false),
        "/echo-cert" => ("established", true),
        _ => return None,
    };
    let health = Health::of(mtls_status, certificate);
    let health = if shows_client { health.showing(hub.certificate()) } else { health };
    Some(Ok(json_response(StatusCode::OK, &json!(health))))
}
