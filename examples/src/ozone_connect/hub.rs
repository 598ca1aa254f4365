//! The Hub, as far as it calls Ozone Connect.

use std::error::Error;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use http::{HeaderName, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hub_jose::{JwtAuth, MemoryReplayGuard, Signer};
use hub_roles::{C4, Certificate, HubToLfi, Leg, LfiInstance, S4, Sig3, Sig4, VerificationKey};
use hub_testkit::Ecosystem;
use hub_tls::{Connector, Peer, Settings};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::UnixTime;
use tokio::net::TcpStream;

/// The Hub, connected to the bank.
pub(super) struct Hub<'e> {
    retail: &'e LfiInstance,
    jwt_auth: JwtAuth<HubToLfi>,
    sig3: Signer<Sig3>,
    c4: Certificate<C4>,
    s4: Peer<S4>,
    sig4: VerificationKey<Sig4>,
    used_tokens: MemoryReplayGuard,
    bank: SendRequest<String>,
}

impl<'e> Hub<'e> {
    /// Opens a connection to the Ozone Connect of the brand `retail`, which is at `address`.
    pub(super) async fn connect(eco: &'e Ecosystem, address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let hub = eco.hub();
        let retail = hub.deployment().instance(&"retail".parse()?)?;
        let settings = Settings::new().with_alpn(["h2"]);
        let connector = Connector::<HubToLfi>::with_settings(eco.trust(), hub.deployment(), hub.c4(), &settings)?;
        let connected =
            connector.connect(retail.ozone_connect_url()?.host(), TcpStream::connect(address).await?).await?;
        println!("hub: connected to {}", connected.peer().subject());

        let c4 = connected.local_certificate().clone();
        let (s4, stream) = connected.into_parts();
        let (bank, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            retail,
            jwt_auth: JwtAuth::of(hub.deployment(), retail)?,
            sig3: Signer::new(hub.sig3()?),
            sig4: eco.holding("bank")?.verification_key()?,
            used_tokens: MemoryReplayGuard::new(NonZeroUsize::MIN),
            c4,
            s4,
            bank,
        })
    }

    /// Asks which certificate arrives, and pays: without a token, with one, and with the same again.
    pub(super) async fn calls(mut self) -> Result<(), Box<dyn Error>> {
        let echo = self.request(Method::GET, "/echo-cert", "")?;
        say("which certificate arrived", StatusCode::OK, &self.send(echo).await?)?;

        let mut payment = self.request(Method::POST, "/payments", "AED 100")?;
        let answer = self.send(payment.clone()).await?;
        say("payment without a token", StatusCode::UNAUTHORIZED, &answer)?;

        let name = self.jwt_auth.header(Leg::Request).ok_or("JWT Auth is agreed with this bank")?;
        let token = self.jwt_auth.request(&self.sig3, &self.c4, UnixTime::now())?;
        payment.headers_mut().insert(HeaderName::try_from(name)?, token.try_into()?);
        let answer = self.send(payment.clone()).await?;
        say("payment", StatusCode::CREATED, &answer)?;
        self.check(&answer)?;

        let answer = self.send(payment).await?;
        say("payment with a used token", StatusCode::UNAUTHORIZED, &answer)
    }

    /// The token of a response is the bank's.
    fn check(&self, answer: &Response<String>) -> Result<(), Box<dyn Error>> {
        let name = self.jwt_auth.header(Leg::Response).ok_or("JWT Auth is agreed with this bank")?;
        let token = self.jwt_auth.parse_response(answer.headers().get_all(name))?;
        let now = UnixTime::now();
        self.jwt_auth.verify_response(&token, &self.s4, &self.sig4, now)?.spend(&self.used_tokens, now)?;
        Ok(())
    }

    fn request(&self, method: Method, path: &str, body: &str) -> Result<Request<String>, Box<dyn Error>> {
        let url = format!("https://{}{path}", self.retail.ozone_connect_url()?.host());
        let request = Request::builder().method(method).uri(url);
        Ok(request.header("o3-provider-id", self.retail.provider_id()?.as_str()).body(body.to_owned())?)
    }

    async fn send(&mut self, request: Request<String>) -> Result<Response<String>, Box<dyn Error>> {
        let (parts, body) = self.bank.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        Ok(Response::from_parts(parts, String::from_utf8(body)?))
    }
}

/// Tells what came of a request, which should be this.
fn say(request: &str, expected: StatusCode, answer: &Response<String>) -> Result<(), Box<dyn Error>> {
    println!("hub: {request}: {:?} {} {}", answer.version(), answer.status(), answer.body());
    if answer.status() == expected { Ok(()) } else { Err(format!("{expected} was expected").into()) }
}
