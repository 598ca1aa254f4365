//! Events to TPPs: signed with the instance's Sig2, encrypted to the TPP's Enc2, sent over the public web.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use hub_jose::{EventDraft, EventMeta, Sealer};
use hub_roles::{Enc2, HostName, InstanceId, WebhookEvent};
use rustls_pki_types::UnixTime;
use serde_json::json;

use super::Hub;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::send;
use crate::ecosystem::tpp::WEBHOOK_HOST;

impl Hub {
    /// Tells the TPP that gave the consent what has become of its payment.
    pub(in crate::ecosystem) async fn notify(&self, id: &InstanceId, consent_id: &str) -> Result<(), Failure> {
        self.notify_as(id, id, consent_id).await
    }

    /// As [`Self::notify`], signed by another instance than the one that holds the consent.
    pub(in crate::ecosystem) async fn notify_as(
        &self,
        signing: &InstanceId,
        holding: &InstanceId,
        consent_id: &str,
    ) -> Result<(), Failure> {
        let step = self.story.aside(format!("{holding}: Hub sends an event, TPP answers 202"), "webhook");
        let client = self.consents.with(
            holding,
            |entry| entry.consent.consent_id == consent_id,
            |entry| Ok(entry.client.clone()),
        )?;
        let enc2 = self.keys.encryption_key::<Enc2>(&client).await?;

        let meta = EventMeta {
            event_date_time: "2026-01-01T12:00:00Z".to_owned(),
            event_resource: "payments".to_owned(),
            event_type: "Resource.Updated".to_owned(),
            consent_id: consent_id.to_owned(),
        };
        let issuer = self.deployment.instance(signing)?.issuer()?;
        let event = EventDraft::new(issuer, &client, meta, json!({ "Status": "AcceptedSettlementCompleted" }));
        let jwe = Sealer::<WebhookEvent>::new(self.sig2(signing)?, &enc2).seal(&event, UnixTime::now())?;
        step.sealed::<WebhookEvent>("event");

        let host: HostName = WEBHOOK_HOST.parse()?;
        let stream = self.web.connect(&host, self.network.connect(&host).await?).await?;
        let request = Request::builder()
            .method(Method::POST)
            .uri("/events")
            .header(HOST, host.as_str())
            .header(CONTENT_TYPE, "application/jwe")
            .body(Bytes::from(jwe))?;
        match send(stream, request).await?.status() {
            StatusCode::ACCEPTED => {
                step.done();
                Ok(())
            }
            status => Err(Failure::new("webhook.status", format!("the TPP answered {}", status.as_u16()))),
        }
    }
}
