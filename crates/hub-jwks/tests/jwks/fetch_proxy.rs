//! Fetching through a forward proxy.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use hub_jwks::{AddressPolicy, FetchCause, Fetcher, FetcherBuilder, HttpProxy, ProxyError};
use hub_roles::Environment;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::fetch::{OK, code, fetch, set};
use crate::server::{Answer, HOST, Server, url};
use crate::world::ECOSYSTEM;

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// What a proxy does once it has read a request.
#[derive(Clone)]
enum Conduct {
    /// Answers with these octets, and opens a tunnel to this address.
    Tunnel(&'static [u8], SocketAddr),
    /// Opens a tunnel to this address for whoever has these credentials.
    Guarded(&'static str, SocketAddr),
    /// Answers with these octets, and waits for the other side to go.
    Answer(Vec<u8>),
    /// Answers with these octets, and closes the connection.
    Close(Vec<u8>),
}

struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(conduct: Conduct) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let heads = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(tcp, conduct.clone(), Arc::clone(&heads)));
            }
        });
        Self { address, asked }
    }

    fn settings(&self) -> HttpProxy {
        HttpProxy::new(&format!("http://{}", self.address)).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut tcp: TcpStream, conduct: Conduct, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match tcp.read_u8().await {
            Ok(octet) => head.push(octet),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    heads.lock().unwrap().push(head.clone());
    let (octets, target) = match conduct {
        Conduct::Tunnel(octets, target) => (octets.to_vec(), Some(target)),
        Conduct::Guarded(credentials, target) => {
            let line = format!("\r\nProxy-Authorization: Basic {}\r\n", Base64::encode_string(credentials.as_bytes()));
            match head.contains(&line) {
                true => (OPEN.to_vec(), Some(target)),
                false => (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_vec(), None),
            }
        }
        Conduct::Answer(octets) => (octets, None),
        Conduct::Close(octets) => return drop(tcp.write_all(&octets).await),
    };
    // The client may hang up in the middle of an answer that it refuses.
    let _ = tcp.write_all(&octets).await;
    let _ = match target {
        Some(target) => copy_bidirectional(&mut tcp, &mut TcpStream::connect(target).await.unwrap()).await.map(drop),
        None => tcp.read(&mut [0]).await.map(drop),
    };
}

async fn keystore() -> Server {
    Server::start(Answer::response(OK, "", &set())).await
}

/// A fetcher that only the proxy gets anywhere: it connects to global addresses only, and knows none of the keystore.
fn builder(proxy: HttpProxy) -> FetcherBuilder {
    let roots = ECOSYSTEM.authority().bundle_pem().unwrap();
    Fetcher::builder(&Environment::Sandbox, roots.as_bytes())
        .address_policy(AddressPolicy::GlobalOnly)
        .resolve_with(|_| async { Ok(Vec::new()) })
        .proxy(proxy)
}

#[tokio::test]
async fn a_tunnel_is_asked_for_and_used() {
    let server = keystore().await;
    let proxy = Proxy::start(Conduct::Tunnel(OPEN, server.address)).await;
    assert_eq!(code(fetch(builder(proxy.settings()), &url()).await), "fetched");
    assert_eq!(proxy.asked(), [format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n")]);
    assert_eq!(server.requests(), 1);
    server.left().await;

    // By name: the resolver of the fetcher is asked about the proxy, and about nobody else.
    let by_name = HttpProxy::new(&format!("http://proxy.bank.example:{}", proxy.address.port())).unwrap();
    let builder = builder(by_name).resolve_with(|host| async move {
        assert_eq!(host.as_str(), "proxy.bank.example");
        Ok(vec![[127, 0, 0, 1].into()])
    });
    assert_eq!(code(fetch(builder, &url()).await), "fetched");
}

#[tokio::test]
async fn credentials_go_to_the_proxy_and_nowhere_else() {
    let server = keystore().await;
    let proxy = Proxy::start(Conduct::Guarded("hub:p\u{e4}ss:word", server.address)).await;
    for (name, settings, expected) in [
        ("right", proxy.settings().with_credentials("hub", "p\u{e4}ss:word").unwrap(), "fetched"),
        ("wrong", proxy.settings().with_credentials("hub", "password").unwrap(), "fetch.proxy-refused"),
        ("none", proxy.settings(), "fetch.proxy-refused"),
    ] {
        let builder = builder(settings);
        let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(shown.contains(&format!("HttpProxy({}", proxy.address)), "{shown}");
        let outcome = fetch(builder, &url()).await;
        for secret in ["word", &Base64::encode_string("hub:p\u{e4}ss:word".as_bytes())] {
            assert!(!format!("{shown} {outcome:?}").contains(secret), "{name}");
        }
        assert_eq!(code(outcome), expected, "{name}");
    }
    assert_eq!(server.requests(), 1);
    assert!(!server.last_request().to_ascii_lowercase().contains("proxy-"));
}

#[tokio::test]
async fn an_answer_that_opens_no_tunnel_is_refused() {
    let server = keystore().await;
    let refused = |status: &str| format!("HTTP/1.1 {status}\r\nproxy-authenticate: Basic\r\n\r\nno");
    for (name, answer, expected, is_outage) in [
        ("407", refused("407 Proxy Authentication Required"), "fetch.proxy-refused", false),
        ("403", refused("403 Forbidden"), "fetch.proxy-refused", false),
        ("302", refused("302 Found\r\nlocation: https://elsewhere.example/"), "fetch.proxy-refused", false),
        ("429", refused("429 Too Many Requests"), "fetch.proxy-refused", true),
        ("502", refused("502 Bad Gateway"), "fetch.proxy-refused", true),
        ("garbage", "SSH-2.0-OpenSSH_9.9\r\n\r\n".to_owned(), "fetch.proxy", true),
        ("another version", "HTTP/2.0 200 OK\r\n\r\n".to_owned(), "fetch.proxy", true),
        ("no status", "HTTP/1.1  OK\r\n\r\n".to_owned(), "fetch.proxy", true),
        ("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n".to_owned(), "fetch.proxy", true),
        ("a signed status", "HTTP/1.1 +20 OK\r\n\r\n".to_owned(), "fetch.proxy", true),
        ("octets ahead", String::from_utf8([OPEN, b"x"].concat()).unwrap(), "fetch.proxy", true),
        ("an endless head", format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(100_000)), "fetch.proxy", true),
        ("no end of interim answers", "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000), "fetch.proxy", true),
    ] {
        let proxy = Proxy::start(Conduct::Answer(answer.into_bytes())).await;
        let refused = fetch(builder(proxy.settings()), &url()).await.unwrap_err();
        assert_eq!((refused.code(), refused.cause().is_outage()), (expected, is_outage), "{name}: {refused}");
        assert_eq!(proxy.asked().len(), 1, "{name}");
    }
    let interim_and_open: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\nvia: 1.1 proxy\r\n\r\n";
    for (name, answer) in [("plainly", OPEN), ("elaborately", interim_and_open)] {
        let proxy = Proxy::start(Conduct::Tunnel(answer, server.address)).await;
        assert_eq!(code(fetch(builder(proxy.settings()), &url()).await), "fetched", "{name}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_silent_or_gone_is_given_up_and_not_gone_round() {
    let server = keystore().await;
    // Were it gone round, the keystore would be found.
    let beside = |proxy: HttpProxy| {
        builder(proxy).resolve(HOST.parse().unwrap(), server.address).address_policy(AddressPolicy::IncludingLocal)
    };
    let silent = Proxy::start(Conduct::Answer(b"HTTP/1.1 200 OK\r\n".to_vec())).await;
    let limit = Duration::from_millis(300);
    let refused = fetch(beside(silent.settings()).connect_timeout(limit), &url()).await.unwrap_err();
    assert!(matches!(refused.cause(), FetchCause::Timeout { limit: reached } if *reached == limit), "{refused}");

    let closing = Proxy::start(Conduct::Close(b"HTTP/1.1 200 OK\r\n".to_vec())).await;
    assert_eq!(code(fetch(beside(closing.settings()), &url()).await), "fetch.proxy");

    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let gone = HttpProxy::new(&format!("http://{gone}")).unwrap();
    assert_eq!(code(fetch(beside(gone), &url()).await), "fetch.proxy");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn behind_a_proxy_the_keystore_is_verified_as_ever() {
    let server = keystore().await;
    let proxy = Proxy::start(Conduct::Tunnel(OPEN, server.address)).await;

    let other = hub_testkit::Authority::production(ECOSYSTEM.authority().keys(), ECOSYSTEM.now()).unwrap();
    let strangers = Fetcher::builder(&Environment::Sandbox, other.bundle_pem().unwrap().as_bytes());
    assert_eq!(code(fetch(strangers.proxy(proxy.settings()), &url()).await), "fetch.tls");

    let elsewhere = "https://keystore.example/of/application.jwks".parse().unwrap();
    let builder = || builder(proxy.settings());
    assert_eq!(code(fetch(builder().allow_host("keystore.example".parse().unwrap()), &elsewhere).await), "fetch.tls");
    assert_eq!((server.requests(), proxy.asked().len()), (0, 2));

    assert_eq!(code(fetch(builder(), &elsewhere).await), "fetch.host-not-allowed");
    assert_eq!(proxy.asked().len(), 2, "nobody asks a proxy for a host that is not allowed");
    assert_eq!(code(fetch(builder(), &url()).await), "fetched");
}

#[test]
fn only_a_url_of_http_with_a_host_and_no_more_is_a_proxys() {
    for (url, shown) in [
        ("http://proxy.bank.example:3128", Some("proxy.bank.example:3128")),
        ("http://proxy/", Some("proxy:80")),
        ("http://10.0.0.1:8080", Some("10.0.0.1:8080")),
        ("http://[fd00::1]:3128", Some("[fd00::1]:3128")),
        ("http://[fd00::1]", Some("[fd00::1]:80")),
        ("https://proxy.bank.example:3128", None),
        ("socks5://proxy.bank.example", None),
        ("http://user:word@proxy.bank.example:3128", None),
        ("http://proxy.bank.example:3128/path", None),
        ("http://proxy.bank.example:3128/?query", None),
        ("http://proxy.bank.example:3128#fragment", None),
        ("http://proxy.bank.example:0", None),
        ("http://proxy.bank.example:+80", None),
        ("http://proxy.bank.example:65536", None),
        ("http://proxy.bank.example:", None),
        ("http://pr oxy", None),
        ("http://[proxy]", None),
        ("http://", None),
        ("proxy.bank.example:3128", None),
        ("", None),
    ] {
        let outcome = HttpProxy::new(url).map(|proxy| format!("{proxy:?}"));
        assert_eq!(outcome, shown.map(|shown| format!("HttpProxy({shown})")).ok_or(ProxyError::Url), "{url}");
    }
}

#[test]
fn credentials_that_cannot_be_sent_are_refused() {
    let (longest, longer) = ("p".repeat(2048), "p".repeat(2049));
    for (user, password, sound) in [
        ("hub", "pass:word", true),
        ("", "", true),
        ("hub", longest.as_str(), true),
        ("hub", longer.as_str(), false),
        ("h:ub", "password", false),
        ("hub\r\nx: y", "password", false),
        ("hub", "pass\nword", false),
        ("hub", "pass\0word", false),
        ("hub", "pass\u{85}word", false),
    ] {
        let outcome = HttpProxy::new("http://proxy:3128").unwrap().with_credentials(user, password);
        assert_eq!(outcome.map(drop).map_err(|error| error.code()), sound.then_some(()).ok_or("proxy.credentials"));
    }
}
