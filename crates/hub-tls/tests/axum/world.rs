//! The servers and the clients of these tests.

use std::net::SocketAddr;
use std::sync::LazyLock;

use axum::Router;
use http::{Request, Version};
use http_body_util::BodyExt;
use hub_roles::{HubToLfi, LfiToHub, Path, TppToHub};
use hub_testkit::Ecosystem;
use hub_tls::{Acceptor, Connector, Limits, ServeError, ServedOn, Settings, Stream};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::UnixTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Hosts of the brands `retail` and `sme` (of `bank`) and `other` (of `other-bank`).
pub(crate) const RETAIL_AS: &str = "as1.retail.preprod.apihub.openfinance.ae";
pub(crate) const RETAIL_RS: &str = "rs1.retail.preprod.apihub.openfinance.ae";
pub(crate) const OTHER_AS: &str = "as1.other.preprod.apihub.openfinance.ae";
pub(crate) const RETAIL_CM: &str = "cm.retail.preprod.apihub.openfinance.ae";
pub(crate) const RETAIL_HH: &str = "hh.retail.preprod.apihub.openfinance.ae";
pub(crate) const SME_CM: &str = "cm.sme.preprod.apihub.openfinance.ae";
pub(crate) const OZONE_CONNECT: &str = "ozone-connect.bank.example";

pub(crate) static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(UnixTime::now()).unwrap());

pub(crate) const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

/// The Hub's routes for TPPs.
#[derive(Clone)]
pub(crate) struct ForTpps;

impl ServedOn for ForTpps {
    type Path = TppToHub;
}

/// The Hub's routes for LFIs.
#[derive(Clone)]
pub(crate) struct ForLfis;

impl ServedOn for ForLfis {
    type Path = LfiToHub;
}

/// The bank's Ozone Connect.
#[derive(Clone)]
pub(crate) struct ForHub;

impl ServedOn for ForHub {
    type Path = HubToLfi;
}

/// Settings that negotiate these protocols.
pub(crate) fn negotiating(protocols: &[&str]) -> Settings {
    Settings::new().with_alpn(protocols.iter().copied())
}

pub(crate) fn http() -> Settings {
    negotiating(&["h2", "http/1.1"])
}

/// Settings of a client that speaks one version.
pub(crate) fn speaking(version: Version) -> Settings {
    negotiating(&[if version == Version::HTTP_2 { "h2" } else { "http/1.1" }])
}

pub(crate) fn for_tpps() -> Acceptor<TppToHub> {
    let hub = ECO.hub();
    let served = hub.instances().map(|instance| (instance.clone(), hub.s1(instance).unwrap()));
    Acceptor::<TppToHub>::with_settings(ECO.trust(), hub.deployment(), served, &http()).unwrap()
}

pub(crate) fn for_lfis() -> Acceptor<LfiToHub> {
    let hub = ECO.hub();
    let served = hub.instances().map(|instance| (instance.clone(), hub.s3(instance).unwrap()));
    Acceptor::<LfiToHub>::with_settings(ECO.trust(), hub.deployment(), served, &http()).unwrap()
}

pub(crate) fn for_hub(settings: &Settings) -> Acceptor<HubToLfi> {
    let bank = ECO.lfi("bank").unwrap();
    Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), settings).unwrap()
}

pub(crate) fn of_tpp(name: &str, settings: &Settings) -> Connector<TppToHub> {
    let tpp = ECO.tpp(name).unwrap();
    Connector::with_settings(ECO.trust(), tpp.deployment(), tpp.c1(), settings).unwrap()
}

pub(crate) fn of_lfi(settings: &Settings) -> Connector<LfiToHub> {
    let bank = ECO.lfi("bank").unwrap();
    Connector::with_settings(ECO.trust(), bank.deployment(), bank.c3(), settings).unwrap()
}

pub(crate) fn of_hub(settings: &Settings) -> Connector<HubToLfi> {
    let hub = ECO.hub();
    Connector::with_settings(ECO.trust(), hub.deployment(), hub.c4(), settings).unwrap()
}

/// Routes that are being served.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    pub(crate) async fn start<S>(acceptor: &Acceptor<S::Path>, routes: Router<S>, state: S) -> Self
    where
        S: ServedOn + Clone + Send + Sync + 'static,
    {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = tcp.local_addr().unwrap();
        let listener = acceptor.listen(tcp, Limits::new()).unwrap();
        let (stop, stopped) = oneshot::channel();
        let signal = async { stopped.await.unwrap_or_default() };
        let served = tokio::spawn(listener.serve_with_graceful_shutdown(routes, state, signal));
        Self { address, stop, served }
    }

    /// Opens a connection as if the host were here.
    pub(crate) async fn connect<P: Path>(&self, connector: &Connector<P>, host: &str) -> Stream<TcpStream> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        connector.connect(&host.parse().unwrap(), tcp).await.unwrap().into_parts().1
    }

    /// Opens a connection and speaks HTTP on it, in the version that was negotiated.
    pub(crate) async fn call<P: Path>(&self, connector: &Connector<P>, host: &str) -> Client {
        Client::on(self.connect(connector, host).await).await
    }
}

/// What a server says to these octets before it closes the connection, with or without a farewell.
pub(crate) async fn said(mut stream: Stream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

/// An HTTP client with one connection.
pub(crate) struct Client {
    sender: Sender,
    pub(crate) connection: JoinHandle<hyper::Result<()>>,
}

enum Sender {
    Http1(http1::SendRequest<String>),
    Http2(http2::SendRequest<String>),
}

/// What came back: version, status, body.
pub(crate) type Answer = (Version, u16, String);

impl Client {
    pub(crate) async fn on(stream: Stream<TcpStream>) -> Self {
        if stream.alpn() == Some(b"h2") {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
            Self { sender: Sender::Http2(sender), connection: tokio::spawn(connection) }
        } else {
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
            Self { sender: Sender::Http1(sender), connection: tokio::spawn(connection) }
        }
    }

    /// Gets a resource of a host.
    pub(crate) async fn get(&mut self, authority: &str, path: &str) -> hyper::Result<Answer> {
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                let request = Request::get(path).header(http::header::HOST, authority);
                sender.send_request(request.body(String::new()).unwrap()).await?
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                let request = Request::get(format!("https://{authority}{path}"));
                sender.send_request(request.body(String::new()).unwrap()).await?
            }
        };
        let (version, status) = (response.version(), response.status().as_u16());
        let body = response.into_body().collect().await?.to_bytes();
        Ok((version, status, String::from_utf8(body.to_vec()).unwrap()))
    }
}
