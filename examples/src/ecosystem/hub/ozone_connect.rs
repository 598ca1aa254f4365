//! What the Hub calls at an LFI's Ozone Connect with C4.

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use hub_roles::{HubToLfi, InstanceId, LfiInstance, Pii, TppRegistration};

use super::Hub;
use crate::ecosystem::calls::{get, with_json};
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::read;
use crate::ecosystem::messages::{
    CALLER_CLIENT_ID, CALLER_ORGANISATION, CALLER_SOFTWARE_STATEMENT, Consent, Health, PROVIDER_ID, Payment,
    PaymentState,
};

impl Hub {
    /// Lets the LFI look at a consent, and at the PII that only it can read.
    pub(super) async fn validate_consent(
        &self,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        consent: &Consent,
    ) -> Result<(), Failure> {
        let step = self.story.call::<HubToLfi>(format!("{}: LFI validates the consent, opens the PII", instance.id()));
        let host = instance.ozone_connect_url()?.host();
        let request = with_json(Method::POST, host, "/consent/action/validate", consent)?;
        let request = on_behalf_of(tpp, instance, request)?;
        self.ozone_connect.send(instance, host, request, &step).await?;
        step.sealed::<Pii>("PII");
        step.done();
        Ok(())
    }

    /// Passes a payment on.
    pub(super) async fn pass_on_payment(
        &self,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        payment: &Payment,
    ) -> Result<PaymentState, Failure> {
        let step =
            self.story.call::<HubToLfi>(format!("{}: LFI takes the payment, opens the PII later", instance.id()));
        let host = instance.ozone_connect_url()?.host();
        let request = on_behalf_of(tpp, instance, with_json(Method::POST, host, "/payments", payment)?)?;
        let response = self.ozone_connect.send(instance, host, request, &step).await?;
        step.sealed::<Pii>("PII");
        step.done();
        read(response.body())
    }

    /// Asks the LFI whether C4 arrives there: the health checks of onboarding (FACTS section 5).
    pub(in crate::ecosystem) async fn check_health(&self, id: &InstanceId) -> Result<(), Failure> {
        let instance = self.deployment.instance(id)?;
        let host = instance.ozone_connect_url()?.host();
        for (path, status, shows_client) in [
            ("/hello", "not-checked", false),
            ("/hello-mtls", "established", false),
            ("/echo-cert", "established", true),
        ] {
            let step = self.story.call::<HubToLfi>(format!("{id}: health of Ozone Connect: {path}"));
            let mut request = get(host, path)?;
            name_provider(instance, &mut request)?;
            let health: Health = read(self.ozone_connect.check_health(host, request).await?.body())?;
            if health.mtls_status != status || health.client_certificate.is_some() != shows_client {
                let message = format!("{path} says {}, {status} was expected", health.mtls_status);
                return Err(Failure::new("health.status", message));
            }
            step.done();
        }
        Ok(())
    }
}

/// Says which brand is meant, and for whom the Hub is calling.
fn on_behalf_of(
    tpp: &TppRegistration,
    instance: &LfiInstance,
    mut request: Request<Bytes>,
) -> Result<Request<Bytes>, Failure> {
    name_provider(instance, &mut request)?;
    let caller = [
        (CALLER_CLIENT_ID, tpp.client_id().to_string()),
        (CALLER_ORGANISATION, tpp.organisation().to_string()),
        (CALLER_SOFTWARE_STATEMENT, tpp.software_statement().to_string()),
    ];
    for (name, value) in caller {
        request.headers_mut().insert(name, header_value(&value)?);
    }
    Ok(request)
}

fn name_provider(instance: &LfiInstance, request: &mut Request<Bytes>) -> Result<(), Failure> {
    let provider = header_value(instance.provider_id()?.as_str())?;
    request.headers_mut().insert(PROVIDER_ID, provider);
    Ok(())
}

fn header_value(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::try_from(text).map_err(|_| Failure::new("http.header", "an identifier does not fit into a header"))
}
