//! What LFIs call, over connections that present S3 and demand C3: Headless Heimdall and the Consent Manager.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hub_roles::{C3, Certificate, InstanceId, LfiToHub, S3};
use hub_tls::Peer;
use serde::Deserialize;
use serde_json::json;

use super::Hub;
use super::consents::{Entry, Status};
use crate::ecosystem::calls::error_response;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::{form_field, json as json_response, read, serve, write_form};
use crate::ecosystem::messages::{ConsentState, Health, Interaction, Redirect};
use crate::ecosystem::network::{Incidents, Port};
use crate::ecosystem::random::random;

pub(in crate::ecosystem) const S3_LISTENER: &str = "the Hub's S3";

impl Hub {
    /// Answers LFIs at `port`: the server name chooses the instance, and with it the S3 and whose C3 is let in.
    pub(in crate::ecosystem) fn serve_lfis(self: &Arc<Self>, port: Port, incidents: Incidents) {
        let (hub, reports) = (Arc::clone(self), incidents.clone());
        port.serve(S3_LISTENER, incidents, move |tcp| {
            let (hub, reports) = (Arc::clone(&hub), reports.clone());
            async move {
                let accepted = hub.s3.accept(tcp).await?;
                let connection = Connection {
                    instance: accepted.instance().clone(),
                    certificate: accepted.local_certificate().clone(),
                    lfi: accepted.peer().clone(),
                };
                let (_lfi, stream) = accepted.into_parts();
                serve(stream, async |request| match hub.answer_lfi(&connection, &request).await {
                    Ok(response) => response,
                    Err(failure) => {
                        let response = error_response(&failure);
                        reports.report(S3_LISTENER, failure);
                        response
                    }
                })
                .await
            }
        });
    }

    async fn answer_lfi(&self, connection: &Connection, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let path = request.uri().path();
        if path == "/hello-mtls" {
            return Ok(connection.health());
        }
        let instance = self.deployment.instance(&connection.instance)?;
        self.jwt_auth.check_request::<LfiToHub>(instance, &connection.lfi, request.headers()).await?;
        let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let mut response = match (request.method(), segments.as_slice()) {
            (&Method::GET, ["auth"]) => self.begin_interaction(&connection.instance, request)?,
            (&Method::POST, ["auth", interaction, "doConfirm"]) => self.confirm(&connection.instance, interaction)?,
            (&Method::GET, ["consents", id]) => self.consent_state(&connection.instance, id, None)?,
            (&Method::PATCH, ["consents", id]) => {
                let patch: ConsentPatch = read(request.body())?;
                self.consent_state(&connection.instance, id, Some(&patch))?
            }
            _ => return Err(Failure::new("http.not-found", "no such resource").status(StatusCode::NOT_FOUND)),
        };
        self.jwt_auth.attach_to_response::<LfiToHub>(instance, &connection.certificate, response.headers_mut())?;
        Ok(response)
    }

    /// `GET /auth` at Headless Heimdall: the LFI's app brings the `request_uri` that the TPP sent it with.
    fn begin_interaction(&self, instance: &InstanceId, request: &Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let request_uri = form_field(request.uri().query().unwrap_or_default().as_bytes(), "request_uri")?;
        let interaction = self.consents.with(
            instance,
            |entry| entry.request_uri == request_uri,
            |entry| {
                Ok(Interaction {
                    interaction_id: entry.interaction.clone(),
                    consent_id: entry.consent.consent_id.clone(),
                })
            },
        )?;
        Ok(json_response(StatusCode::OK, &json!(interaction)))
    }

    /// `POST /auth/{interaction}/doConfirm` at Headless Heimdall: the customer has agreed, and goes back to the TPP with a code.
    fn confirm(&self, instance: &InstanceId, interaction: &str) -> Result<Response<Bytes>, Failure> {
        let code = random()?;
        let issuer = self.deployment.instance(instance)?.issuer()?;
        let redirect = self.consents.with(
            instance,
            |entry| entry.interaction == interaction,
            |entry| {
                if entry.status != Status::Authorized {
                    return Err(Failure::new("consent.status", "the consent is not authorised yet"));
                }
                let query = write_form(&[("code", &code), ("state", &entry.request.state), ("iss", issuer.as_str())]);
                entry.code = Some(code.clone());
                Ok(Redirect { redirect: format!("{}?{query}", entry.request.redirect_uri) })
            },
        )?;
        Ok(json_response(StatusCode::OK, &json!(redirect)))
    }

    /// `GET` and `PATCH /consents/{id}` at the Consent Manager.
    fn consent_state(
        &self,
        instance: &InstanceId,
        id: &str,
        patch: Option<&ConsentPatch>,
    ) -> Result<Response<Bytes>, Failure> {
        let is_meant = |entry: &Entry| entry.consent.consent_id == id;
        let state = self.consents.with(instance, is_meant, |entry| {
            match patch.map(|patch| patch.status.as_str()) {
                None => {}
                Some("Authorized") => entry.status = Status::Authorized,
                Some(_) => return Err(Failure::new("consent.status", "not a status that a consent can get")),
            }
            Ok(ConsentState { id: id.to_owned(), status: entry.status.name().to_owned() })
        })?;
        Ok(json_response(StatusCode::OK, &json!(state)))
    }
}

/// What is known of a connection before its first request.
struct Connection {
    instance: InstanceId,
    certificate: Certificate<S3>,
    lfi: Peer<C3>,
}

impl Connection {
    fn health(&self) -> Response<Bytes> {
        let health = Health::of("established", &self.certificate).showing(self.lfi.certificate());
        json_response(StatusCode::OK, &json!(health))
    }
}

#[derive(Deserialize)]
struct ConsentPatch {
    status: String,
}
