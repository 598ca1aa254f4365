//! The LFI: routes for the Hub, and for nobody else.

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hub_jose::{JwtAuth, MemoryReplayGuard, Signer};
use hub_jwks::{Keystore, LookupError};
use hub_roles::{Credential, Deployment, HubToLfi, InstanceId, Leg, LfiInstance, S4, Sig4, TrustFramework};
use hub_tls::{Acceptor, Caller, Limits, ServedOn, Settings};
use rustls_pki_types::UnixTime;
use tokio::net::TcpListener;

/// What Ozone Connect works with.
pub(super) struct Bank {
    deployment: Deployment,
    sig4: Signer<Sig4>,
    keystore: Keystore,
    used_tokens: MemoryReplayGuard,
}

/// Handlers of these routes can ask for the caller of this path, and of no other.
impl ServedOn for Bank {
    type Path = HubToLfi;
}

/// The brand that a request is for.
#[derive(Clone)]
struct Brand(InstanceId);

impl Bank {
    pub(super) fn new(deployment: &Deployment, sig4: Credential<Sig4>, keystore: Keystore) -> Self {
        Self {
            deployment: deployment.clone(),
            sig4: Signer::new(sig4),
            keystore,
            // The Hub is the only issuer.
            used_tokens: MemoryReplayGuard::new(ROOM).with_issuer_share(ROOM),
        }
    }

    /// Serves Ozone Connect until `stop`.
    pub(super) async fn serve(
        self,
        trust: &TrustFramework,
        s4: Credential<S4>,
        port: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Box<dyn Error>> {
        let settings = Settings::new().with_alpn(["h2", "http/1.1"]);
        let acceptor = Acceptor::<HubToLfi>::with_settings(trust, &self.deployment, s4, &settings)?;
        let bank = Arc::new(self);
        let routes = Router::new()
            .route("/payments", post(pay))
            .route_layer(from_fn_with_state(Arc::clone(&bank), jwt_auth))
            .route("/echo-cert", get(echo_certificate));
        acceptor.listen(port, Limits::new())?.serve_with_graceful_shutdown(routes, bank, stop).await?;
        Ok(())
    }

    /// The brand of a request. Every request says it, and nothing else tells it (FACTS section 1).
    fn brand(&self, fields: &HeaderMap) -> Option<&LfiInstance> {
        self.deployment.instance_of_provider(&field(fields, "o3-provider-id")?.parse().ok()?)
    }
}

/// Checks the token of a request, and gives the response one of ours: where the deployment of the brand asks for them.
async fn jwt_auth(
    State(bank): State<Arc<Bank>>,
    hub: Caller<HubToLfi>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let brand = bank.brand(request.headers()).ok_or(StatusCode::BAD_REQUEST)?;
    let agreed = JwtAuth::<HubToLfi>::of(&bank.deployment, brand).map_err(our_fault)?;
    if let Some(name) = agreed.header(Leg::Request) {
        let token = agreed.parse_request(request.headers().get_all(name)).map_err(unauthorised)?;
        let key = bank.keystore.hub_key(token.kid()).await.map_err(no_key)?;
        let now = UnixTime::now();
        let unspent = agreed.verify_request(&token, hub.peer(), &key, now).map_err(unauthorised)?;
        unspent.spend(&bank.used_tokens, now).map_err(unauthorised)?;
    }

    request.extensions_mut().insert(Brand(brand.id().clone()));
    let mut response = next.run(request).await;
    if let Some(name) = agreed.header(Leg::Response) {
        let token = agreed.response(&bank.sig4, hub.local_certificate(), UnixTime::now()).map_err(our_fault)?;
        let name = HeaderName::try_from(name).map_err(our_fault)?;
        response.headers_mut().insert(name, HeaderValue::try_from(token).map_err(our_fault)?);
    }
    Ok(response)
}

async fn pay(Extension(Brand(brand)): Extension<Brand>, payment: String) -> (StatusCode, String) {
    (StatusCode::CREATED, format!("{brand} has taken {payment:?}"))
}

/// A health check of onboarding (FACTS section 5): which client certificate reached us.
async fn echo_certificate(hub: Caller<HubToLfi>) -> String {
    format!("{} from {}", hub.peer().subject(), hub.remote_address().ip())
}

/// A header field that occurs once.
fn field<'f>(fields: &'f HeaderMap, name: &str) -> Option<&'f str> {
    let mut values = fields.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

fn unauthorised(reason: impl Display) -> StatusCode {
    println!("bank: refused: {reason}");
    StatusCode::UNAUTHORIZED
}

/// The token's fault, if it names a key that the Hub does not have; else that of whoever should have told us the keys.
fn no_key(reason: LookupError) -> StatusCode {
    match reason.hub_code() {
        Some(_) => unauthorised(reason),
        None => {
            println!("bank: no key at hand: {reason}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

fn our_fault(reason: impl Display) -> StatusCode {
    println!("bank: failed: {reason}");
    StatusCode::INTERNAL_SERVER_ERROR
}

/// How many unexpired tokens are remembered: they live for half a minute.
const ROOM: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
