//! Calls between the Hub and the LFIs: mutual TLS, and JWT Auth both ways where it is agreed.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, Response, StatusCode};
use hub_roles::{HostName, JwtAuthPath, LfiInstance, Party, Path};
use hub_tls::Connector;
use serde::Deserialize;
use serde::Serialize;
use serde_json::json;

use super::failure::Failure;
use super::http::{json as json_response, read, send};
use super::jwt_auth::{JwtAuthSide, Registered};
use super::network::Network;
use super::story::Step;

/// What a caller on path `P` needs: its certificate, its side of JWT Auth, and the network.
pub(super) struct Caller<P>
where
    P: JwtAuthPath,
    P::Responses: Registered,
{
    pub(super) connector: Connector<P>,
    pub(super) jwt_auth: std::sync::Arc<JwtAuthSide<P::Requests, P::Responses>>,
    pub(super) network: Network,
}

impl<P> Caller<P>
where
    P: JwtAuthPath,
    P::Responses: Registered,
{
    /// Sends a request to `host`, which serves `instance`, and checks who answered and what.
    pub(super) async fn send(
        &self,
        instance: &LfiInstance,
        host: &HostName,
        mut request: Request<Bytes>,
        step: &Step,
    ) -> Result<Response<Bytes>, Failure> {
        let connection = self.connector.connect(host, self.network.connect(host).await?).await?;
        let certificate = connection.local_certificate().clone();
        let (server, stream) = connection.into_parts();

        if self.jwt_auth.attach_to_request::<P>(instance, &certificate, request.headers_mut())? {
            step.signed::<P::Requests>("request JWT");
        }
        let response = succeeded::<P>(send(stream, request).await?)?;
        if self.jwt_auth.check_response::<P>(instance, &server, response.headers()).await? {
            step.signed::<P::Responses>("response JWT");
        }
        Ok(response)
    }

    /// As [`Self::send`], for a health check: it is about the connection, so it carries no JWT Auth.
    pub(super) async fn check_health(
        &self,
        host: &HostName,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let connection = self.connector.connect(host, self.network.connect(host).await?).await?;
        let (_server, stream) = connection.into_parts();
        succeeded::<P>(send(stream, request).await?)
    }
}

/// A request without a body.
pub(super) fn get(host: &HostName, path: &str) -> Result<Request<Bytes>, Failure> {
    Ok(Request::builder().uri(path).header(HOST, host.as_str()).body(Bytes::new())?)
}

/// A request with a JSON body.
pub(super) fn with_json(
    method: Method,
    host: &HostName,
    path: &str,
    body: &impl Serialize,
) -> Result<Request<Bytes>, Failure> {
    let body = serde_json::to_vec(body).map_err(|reason| Failure::new("http.json", reason.to_string()))?;
    Ok(Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host.as_str())
        .header(CONTENT_TYPE, "application/json")
        .body(body.into())?)
}

/// An error response as Ozone Connect, Consent Manager and Headless Heimdall write it (FACTS section 4).
pub(super) fn error_response(failure: &Failure) -> Response<Bytes> {
    let answer = failure.answer();
    json_response(answer.status, &json!({ "errorCode": answer.code, "errorMessage": failure.to_string() }))
}

/// The response, if it is not an error.
fn succeeded<P: Path>(response: Response<Bytes>) -> Result<Response<Bytes>, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Error {
        error_code: String,
        error_message: String,
    }

    match response.status() {
        status if status.is_success() => Ok(response),
        status => {
            let error = read::<Error>(response.body())?;
            let message = format!("the {} answered {}: {}", P::Callee::ID, status.as_u16(), error.error_message);
            Err(Failure::new(error.error_code, message).status(StatusCode::BAD_REQUEST))
        }
    }
}
