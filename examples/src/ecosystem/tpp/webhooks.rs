//! The receiver of webhook events: public HTTPS, a 202 at once, and only then a look at who sent it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use hub_jose::{Event, ExpectedEvent, ExpectedIssuer};
use rustls_pki_types::UnixTime;
use tokio::sync::mpsc;

use super::Tpp;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::{empty, serve};
use crate::ecosystem::material::Material;
use crate::ecosystem::network::{Incidents, Port};
use crate::ecosystem::web::WebServer;

/// Where the Hub delivers this TPP's events.
pub(in crate::ecosystem) const WEBHOOK_HOST: &str = "webhooks.tpp.example";

pub(in crate::ecosystem) const RECEIVER: &str = "the TPP's webhook receiver";

impl Tpp {
    /// Receives events at `port`; those that are sound come out of the channel.
    pub(in crate::ecosystem) fn receive_events(
        self: &Arc<Self>,
        material: &Material,
        directory: &str,
        port: Port,
        incidents: Incidents,
    ) -> Result<mpsc::UnboundedReceiver<Event>, Failure> {
        let server = WebServer::new(material, directory)?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let (tpp, reports) = (Arc::clone(self), incidents.clone());
        port.serve(RECEIVER, incidents, move |tcp| {
            let (server, tpp, reports, sender) = (server.clone(), Arc::clone(&tpp), reports.clone(), sender.clone());
            async move {
                let stream = server.accept(tcp).await?;
                serve(stream, async |request: Request<Bytes>| {
                    if request.method() != Method::POST {
                        return empty(StatusCode::METHOD_NOT_ALLOWED);
                    }
                    // The sender learns nothing of what becomes of it.
                    let (tpp, reports, sender) = (Arc::clone(&tpp), reports.clone(), sender.clone());
                    tokio::spawn(async move {
                        match tpp.open_event(request.body()).await {
                            // Whoever waits for events may have stopped.
                            Ok(event) => drop(sender.send(event)),
                            Err(failure) => reports.report(RECEIVER, failure),
                        }
                    });
                    empty(StatusCode::ACCEPTED)
                })
                .await
            }
        });
        Ok(receiver)
    }

    /// Decrypts an event, looks up the consent it claims to be about, and verifies it against the instance that holds that consent.
    async fn open_event(&self, body: &[u8]) -> Result<Event, Failure> {
        let jwe = str::from_utf8(body).map_err(|_| Failure::new("http.body", "not UTF-8"))?;
        let event = self.events.decrypt(jwe)?;

        let consent = event.claimed_consent_id()?;
        let unknown = || Failure::new("event.consent", "an event about a consent that is not ours");
        let id = self.consents().get(&consent).cloned().ok_or_else(unknown)?;
        let instance = self.deployment.instance(&id)?;

        let key = self.hub_key(instance, event.kid()).await?;
        let expected = ExpectedEvent::new(ExpectedIssuer::of(instance, &self.client)?, &consent);
        Ok(event.verify(&key, &expected, UnixTime::now())?.into_claims())
    }
}
