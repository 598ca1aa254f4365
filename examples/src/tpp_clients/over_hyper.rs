//! hyper's client over a connector: pooled connections in HTTP/2 or HTTP/1.1, and responses that say whom they came from.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Ready, ready};
use std::iter::{Once, once};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hub_roles::{S1, TppToHub};
use hub_testkit::{CrlSpec, Ecosystem};
use hub_tls::{Connector, HttpsConnector, Peer, cause};
use hyper_util::client::legacy::connect::dns::Name;
use tokio::time::timeout;
use tower_service::Service;

use super::hub::Hub;

pub(super) async fn story(eco: &Ecosystem, hub: &Hub) -> Result<(), Box<dyn Error>> {
    let tpp = eco.tpp("acme")?;
    let connector = Connector::<TppToHub>::new(eco.trust(), tpp.deployment(), tpp.c1())?;
    // `HttpsConnector::new(connector.clone())` asks the system's resolver; here all names lead to one port.
    let client = HttpsConnector::resolving(connector.clone(), At(hub.address())).client::<Empty<Bytes>>();
    let host = tpp.deployment().instance(&"retail".parse()?)?.hosts().resource()?;
    let uri: Uri = format!("https://{host}/who-am-i").parse()?;

    let response = timeout(TIME_LIMIT, client.get(uri.clone())).await??;
    let peer = Peer::<S1>::of(response.extensions()).ok_or("a response that says nothing of its server")?;
    println!("{:?} {} from {} ({})", response.version(), response.status(), peer.subject(), peer.kid());
    let body = response.into_body().collect().await?.to_bytes();
    println!("who we are: {}", str::from_utf8(&body)?);

    // The certificate of that instance is revoked: its connections close, and no other comes about.
    let revoked = CrlSpec::current(eco.now()).revoking(eco.issued::<S1>("retail")?.serial);
    let revoked = eco.authority().crl(&revoked)?;
    let trust = eco.trust().with_revocation_lists(&[revoked.der()], eco.now())?;
    println!("connections closed: {}", connector.rotation().swap_trust(&trust)?);
    match timeout(TIME_LIMIT, client.get(uri)).await? {
        Ok(response) => Err(format!("a revoked server answered: {}", response.status()).into()),
        Err(error) => {
            let cause = cause(&error).ok_or("an error without a cause")?;
            println!("{}: {cause}", cause.code());
            Ok(())
        }
    }
}

/// The name system, in which everybody is at one address.
#[derive(Clone)]
struct At(SocketAddr);

impl Service<Name> for At {
    type Response = Once<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Once<SocketAddr>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(once(self.0)))
    }
}

/// For a request and the head of its response.
const TIME_LIMIT: Duration = Duration::from_secs(20);
