//! What handlers know of their caller.

use std::fmt::Display;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Extension};
use axum::routing::get;
use http::{Request, StatusCode};
use hub_roles::{HubToLfi, InstanceId, Path, TppToHub};
use hub_tls::{AcceptingPath, Acceptor, Caller, Connector, ServedOn, Settings};
use tower_service::Service;

use crate::world::*;

/// What a handler is expected to tell.
fn words(kid: &impl Display, ours: &impl Display, instance: &str, remote: SocketAddr) -> String {
    format!("{kid} at {ours} {instance} from {remote}")
}

fn seen<P: AcceptingPath>(caller: &Caller<P>, instance: &str) -> String {
    words(caller.peer().kid(), caller.local_certificate().kid(), instance, caller.remote_address())
}

async fn at_hub<P: AcceptingPath<Instance = InstanceId>>(caller: Caller<P>) -> String {
    seen(&caller, caller.instance().as_str())
}

async fn at_lfi(caller: Caller<HubToLfi>) -> String {
    seen(&caller, "-")
}

#[tokio::test]
async fn handlers_know_who_calls_whom_and_from_where() {
    let (hub, bank, acme) = (ECO.hub(), ECO.lfi("bank").unwrap(), ECO.tpp("acme").unwrap());
    let [retail, sme] = ["retail", "sme"];

    let routes = Router::new().route("/", get(at_hub::<TppToHub>));
    let (client, server) = (acme.c1(), hub.s1(retail).unwrap());
    told(
        &for_tpps(),
        routes,
        ForTpps,
        |settings| of_tpp("acme", settings),
        RETAIL_AS,
        |remote| words(client.kid(), server.kid(), retail, remote),
    )
    .await;

    let routes = || Router::new().route("/", get(at_hub));
    for (instance, host) in [(retail, RETAIL_CM), (sme, SME_CM)] {
        let (client, server) = (bank.c3(), hub.s3(instance).unwrap());
        told(&for_lfis(), routes(), ForLfis, of_lfi, host, |remote| {
            words(client.kid(), server.kid(), instance, remote)
        })
        .await;
    }

    let routes = Router::new().route("/", get(at_lfi));
    let (client, server) = (hub.c4(), bank.s4());
    told(&for_hub(&http()), routes, ForHub, of_hub, OZONE_CONNECT, |remote| {
        words(client.kid(), server.kid(), "-", remote)
    })
    .await;
}

/// Asks in both versions, and twice on each connection.
async fn told<S>(
    acceptor: &Acceptor<S::Path>,
    routes: Router<S>,
    state: S,
    connector: impl Fn(&Settings) -> Connector<S::Path>,
    host: &str,
    expected: impl Fn(SocketAddr) -> String,
) where
    S: ServedOn<Path: Path> + Clone + Send + Sync + 'static,
{
    let server = Server::start(acceptor, routes, state).await;
    for version in VERSIONS {
        let stream = server.connect(&connector(&speaking(version)), host).await;
        let remote = stream.get_ref().local_addr().unwrap();
        let mut client = Client::on(stream).await;
        for _ in 0..2 {
            assert_eq!(client.get(host, "/").await.unwrap(), (version, 200, expected(remote)));
        }
    }
}

/// Middleware and libraries that know nothing of paths find what axum calls connect info.
#[tokio::test]
async fn the_caller_is_connect_info() {
    async fn handler(
        ConnectInfo(caller): ConnectInfo<Caller<HubToLfi>>,
        ConnectInfo(remote): ConnectInfo<SocketAddr>,
        Extension(extension): Extension<ConnectInfo<Caller<HubToLfi>>>,
    ) -> String {
        assert_eq!(caller.remote_address(), remote);
        assert_eq!(extension.peer().kid(), caller.peer().kid());
        caller.peer().kid().to_string()
    }
    let server = Server::start(&for_hub(&http()), Router::new().route("/", get(handler)), ForHub).await;
    for version in VERSIONS {
        let mut client = server.call(&of_hub(&speaking(version)), OZONE_CONNECT).await;
        let expected = (version, 200, ECO.hub().c4().kid().to_string());
        assert_eq!(client.get(OZONE_CONNECT, "/").await.unwrap(), expected);
    }
}

/// Routes that have their state already are past the compiler. They fail, and hand out nobody.
#[tokio::test]
async fn there_is_no_caller_where_none_came() {
    let for_tpps = || Router::new().route("/", get(at_hub::<TppToHub>));
    let routes = Router::new().route("/", get(at_lfi)).nest("/tpps", for_tpps().with_state(ForTpps));
    let server = Server::start(&for_hub(&http()), routes, ForHub).await;
    let mut client = server.call(&of_hub(&http()), OZONE_CONNECT).await;
    assert_eq!(client.get(OZONE_CONNECT, "/").await.unwrap().1, 200);
    assert_eq!(client.get(OZONE_CONNECT, "/tpps").await.unwrap().1, 500);

    let mut routes: Router = for_tpps().with_state(ForTpps);
    let answer = routes.call(Request::new(String::new())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}
