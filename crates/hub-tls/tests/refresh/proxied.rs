//! Lists that are fetched by way of a forward proxy.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hub_tls::{DistributionPoint, RefreshSettings};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri, client, server};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::server::{Answer, Server, tag};
use crate::world::*;

/// A host that no server here has: only the proxy knows where it is.
const CA: &str = "crl.ca.invalid";

#[tokio::test]
async fn what_http_urls_name_is_asked_of_the_proxy_and_fetched_by_it() {
    let server = Server::start(Answer::marked(tag("\"a\""), &list(1))).await;
    let proxy = Proxy::start(&server).await;
    let by_proxy = settings().with_http_proxy(&proxy.url).unwrap();
    for (settings, expected) in [(&by_proxy, Ok(())), (&settings(), Err("refresh.connect"))] {
        let refresher = refreshing(ECO.trust(), [point()], settings).await;
        assert_eq!(outcome(&refresher.health()), expected);
    }
    assert_eq!(proxy.asked.lock().unwrap()[0], format!("http://{CA}/issuer.crl?of=ca"));

    let refresher = refreshing(ECO.trust(), [point()], &by_proxy).await;
    server.marks();
    assert_eq!(outcome(&refresher.refresh_now().await), Ok(()));
    assert_eq!(server.marks(), [Some("\"a\"".to_owned())], "conditions pass it");
    server.answers(Answer::Status(407));
    let health = refresher.refresh_now().await;
    assert_eq!(outcome(&health), Err("refresh.status"));
    assert!(health.points[0].last_failure.as_ref().unwrap().1.to_string().contains("407"));
    assert_eq!(numbers(&refresher.trust()), ["0x1"]);
}

/// And a proxy that is gone is not gone round.
#[tokio::test]
async fn nothing_is_fetched_past_a_proxy_that_is_not_there() {
    let server = Server::start(Answer::list(&list(1))).await;
    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let settings = settings().with_http_proxy(&format!("http://{gone}")).unwrap();
    let refresher = refreshing(ECO.trust(), [server.point()], &settings).await;
    assert_eq!((outcome(&refresher.health()), server.requests()), (Err("refresh.connect"), 0));
}

#[test]
fn only_a_url_of_http_with_a_host_and_no_more_is_a_proxys() {
    for (url, sound) in [
        ("http://proxy.bank.example:3128", true),
        ("http://10.0.0.1/", true),
        ("https://proxy.bank.example:3128", false),
        ("http://user:word@proxy.bank.example:3128", false),
        ("http://proxy.bank.example:3128/path", false),
        ("proxy.bank.example:3128", false),
        ("socks5://proxy.bank.example", false),
        ("", false),
    ] {
        let outcome = RefreshSettings::new().with_http_proxy(url);
        assert_eq!(
            outcome.map(drop).map_err(|error| error.code()),
            if sound { Ok(()) } else { Err("refresher.proxy") }
        );
    }
}

fn point() -> DistributionPoint {
    DistributionPoint::new(&format!("http://{CA}/issuer.crl?of=ca")).unwrap()
}

/// A forward proxy that takes [`CA`] for the server of a test.
struct Proxy {
    url: String,
    /// The targets of the requests, as they came.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(server: &Server) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let origin: Uri = server.url().parse().unwrap();
        let origin = origin.authority().unwrap().to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let service = service_fn(|request: Request<Incoming>| {
                    noted.lock().unwrap().push(request.uri().to_string());
                    forward(request, origin.clone())
                });
                drop(server::conn::http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await);
            }
        });
        Self { url, asked }
    }
}

async fn forward(
    request: Request<Incoming>,
    origin: String,
) -> Result<Response<BoxBody<Bytes, hyper::Error>>, Infallible> {
    assert_eq!((request.uri().host(), &request.headers()["host"]), (Some(CA), &CA.parse().unwrap()));
    let tcp = TcpStream::connect(&origin).await.unwrap();
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(tcp)).await.unwrap();
    tokio::spawn(connection);
    let mut onward =
        Request::get(request.uri().path_and_query().unwrap().as_str()).body(Empty::<Bytes>::new()).unwrap();
    onward.headers_mut().clone_from(request.headers());
    onward.headers_mut().insert("host", origin.parse().unwrap());
    let answer = sender.send_request(onward).await.unwrap();
    Ok(answer.map(BodyExt::boxed))
}
