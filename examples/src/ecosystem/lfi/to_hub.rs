//! What the LFI calls at the Hub with C3: Headless Heimdall, to authorise a payment, and the Consent Manager.

use http::Method;
use hub_roles::{HostName, InstanceId, LfiInstance, LfiToHub};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Lfi;
use crate::ecosystem::calls::{get, with_json};
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::read;
use crate::ecosystem::messages::{ConsentState, Health, Interaction, Redirect};
use crate::ecosystem::story::Step;

impl Lfi {
    /// Lets its customer authorise what a TPP pushed, and returns where the customer's browser is sent.
    pub(in crate::ecosystem) async fn authorise(&self, id: &InstanceId, request_uri: &str) -> Result<String, Failure> {
        let instance = self.deployment.instance(id)?;
        let heimdall = instance.hosts().headless_heimdall()?;
        let manager = instance.hosts().consent_manager()?;

        let step = self.story.call::<LfiToHub>(format!("{id}: LFI reads the request at Headless Heimdall"));
        let path = format!("/auth?request_uri={request_uri}");
        let interaction: Interaction = self.get(instance, heimdall, &path, &step).await?;
        step.done();

        let consent = &interaction.consent_id;
        let step = self.story.call::<LfiToHub>(format!("{id}: LFI reads the consent at the Consent Manager"));
        let state: ConsentState = self.get(instance, manager, &format!("/consents/{consent}"), &step).await?;
        expect_status(&state, "AwaitingAuthorization")?;
        step.done();

        let step = self.story.call::<LfiToHub>(format!("{id}: LFI patches the consent: authorised"));
        let patch = json!({ "status": "Authorized" });
        let state: ConsentState =
            self.put(Method::PATCH, instance, manager, &format!("/consents/{consent}"), &patch, &step).await?;
        expect_status(&state, "Authorized")?;
        step.done();

        let step = self.story.call::<LfiToHub>(format!("{id}: LFI confirms at Headless Heimdall"));
        let path = format!("/auth/{}/doConfirm", interaction.interaction_id);
        let confirmed: Redirect = self.put(Method::POST, instance, heimdall, &path, &json!({}), &step).await?;
        step.done();
        Ok(confirmed.redirect)
    }

    /// Asks both servers of an instance whether C3 arrives there.
    pub(in crate::ecosystem) async fn check_health(&self, id: &InstanceId) -> Result<(), Failure> {
        let hosts = self.deployment.instance(id)?.hosts();
        let servers =
            [("Headless Heimdall", hosts.headless_heimdall()?), ("Consent Manager", hosts.consent_manager()?)];
        for (name, host) in servers {
            let step = self.story.call::<LfiToHub>(format!("{id}: health of {name}: /hello-mtls"));
            let response = self.hub.check_health(host, get(host, "/hello-mtls")?).await?;
            let health: Health = read(response.body())?;
            if health.mtls_status != "established" || health.client_certificate.is_none() {
                return Err(Failure::new("health.no-certificate", format!("{name} did not see our C3")));
            }
            step.done();
        }
        Ok(())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        instance: &LfiInstance,
        host: &HostName,
        path: &str,
        step: &Step,
    ) -> Result<T, Failure> {
        read(self.hub.send(instance, host, get(host, path)?, step).await?.body())
    }

    async fn put<T: DeserializeOwned>(
        &self,
        method: Method,
        instance: &LfiInstance,
        host: &HostName,
        path: &str,
        body: &impl Serialize,
        step: &Step,
    ) -> Result<T, Failure> {
        read(self.hub.send(instance, host, with_json(method, host, path, body)?, step).await?.body())
    }
}

fn expect_status(consent: &ConsentState, expected: &str) -> Result<(), Failure> {
    if consent.status == expected {
        return Ok(());
    }
    let message = format!("consent {} is {}, {expected} was expected", consent.id, consent.status);
    Err(Failure::new("consent.status", message))
}
