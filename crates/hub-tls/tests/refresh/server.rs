//! An HTTP server on loopback that answers what a test tells it to.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use hub_testkit::{Crl, LeafSpec, SubjectSpec};
use hub_tls::DistributionPoint;
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::world::ECO;

pub(crate) const HOST: &str = "localhost";

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Content(Vec<u8>),
    /// Content with a header field that tells it from others, and 304 to whoever gives that back.
    Marked(Mark, Vec<u8>),
    Status(u16),
    /// 302, to a place where this is served.
    Redirect(Vec<u8>),
    /// Content of no announced length, in pieces, and then no end.
    Endless {
        piece: usize,
        pieces: usize,
    },
    /// A length, and half of the content.
    CutOff(Vec<u8>),
    Nothing,
}

/// The header field of an answer, the one that a request gives it back in, and its value.
pub(crate) type Mark = (&'static str, &'static str, &'static str);

pub(crate) const fn tag(value: &'static str) -> Mark {
    ("etag", "if-none-match", value)
}

pub(crate) const fn modified(value: &'static str) -> Mark {
    ("last-modified", "if-modified-since", value)
}

impl Answer {
    pub(crate) fn marked(mark: Mark, crl: &Crl) -> Self {
        Self::Marked(mark, crl.der().to_vec())
    }

    pub(crate) fn list(crl: &Crl) -> Self {
        Self::Content(crl.der().to_vec())
    }
}

pub(crate) struct Server {
    scheme: &'static str,
    port: u16,
    answer: Arc<Mutex<Answer>>,
    seen: Arc<Seen>,
}

/// What the server saw: a count each, and what each request gave back.
struct Seen {
    requests: watch::Sender<usize>,
    ended: watch::Sender<usize>,
    marks: Mutex<Vec<Option<String>>>,
}

impl Server {
    pub(crate) async fn start(answer: Answer) -> Self {
        Self::listening("http", answer, None).await
    }

    /// With a certificate of the ecosystem's CA for `localhost`.
    pub(crate) async fn start_tls(answer: Answer) -> Self {
        let subject = SubjectSpec::new("Crl", "3f0f6b1e-4a57-4a39-8f55-8b0d9f6b9a11");
        let issued = ECO.authority().issue(&LeafSpec::server_transport(subject).with_dns_name(HOST)).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(issued.chain(), issued.private_key())
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self::listening("https", answer, Some(Arc::new(config).into())).await
    }

    async fn listening(scheme: &'static str, answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new(answer));
        let seen =
            Arc::new(Seen { requests: watch::Sender::new(0), ended: watch::Sender::new(0), marks: Mutex::default() });
        let (said, noted) = (Arc::clone(&answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (said, noted, tls) = (Arc::clone(&said), Arc::clone(&noted), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(tcp, said, &noted).await,
                        Some(tls) => match tls.accept(tcp).await {
                            Ok(stream) => serve(stream, said, &noted).await,
                            Err(_) => return,
                        },
                    }
                    noted.ended.send_modify(|ended| *ended += 1);
                });
            }
        });
        Self { scheme, port, answer, seen }
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn url(&self) -> String {
        let host = if self.scheme == "https" { HOST } else { "127.0.0.1" };
        format!("{}://{host}:{}/issuer.crl?of=ca", self.scheme, self.port)
    }

    pub(crate) fn point(&self) -> DistributionPoint {
        DistributionPoint::new(&self.url()).unwrap()
    }

    pub(crate) fn requests(&self) -> usize {
        *self.seen.requests.borrow()
    }

    /// What the requests since the last time gave back of the answers before.
    pub(crate) fn marks(&self) -> Vec<Option<String>> {
        std::mem::take(&mut *self.seen.marks.lock().unwrap())
    }

    /// Waits for this number of requests.
    pub(crate) async fn requested(&self, times: usize) {
        self.seen.requests.subscribe().wait_for(|requests| *requests >= times).await.unwrap();
    }

    /// Waits until so many connections have ended.
    pub(crate) async fn ended(&self, times: usize) {
        self.seen.ended.subscribe().wait_for(|ended| *ended >= times).await.unwrap();
    }
}

async fn serve(io: impl AsyncRead + AsyncWrite + Unpin, answer: Arc<Mutex<Answer>>, seen: &Seen) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer.lock().unwrap().clone();
        async move {
            seen.marks.lock().unwrap().push(mark(&request));
            seen.requests.send_modify(|requests| *requests += 1);
            respond(&request, answer).await
        }
    });
    // The client may hang up in the middle of an answer that it refuses.
    drop(http1::Builder::new().serve_connection(TokioIo::new(io), service).await);
}

fn mark(request: &Request<Incoming>) -> Option<String> {
    let given = ["if-none-match", "if-modified-since"].map(|name| request.headers().get(name));
    let mut given = given.into_iter().flatten();
    let mark = given.next().map(|value| value.to_str().unwrap().to_owned());
    assert!(given.next().is_none(), "one at a time");
    mark
}

async fn respond(request: &Request<Incoming>, answer: Answer) -> Result<Response<Script>, Infallible> {
    let elsewhere = request.uri() == "/elsewhere";
    assert!(elsewhere || request.uri() == "/issuer.crl?of=ca", "{}", request.uri());
    assert!(request.headers()["host"].to_str().unwrap().contains(':'));
    let response = Response::builder();
    let response = match answer {
        Answer::Content(octets) => response.header("content-length", octets.len()).body(Script::of([Ok(octets)])),
        Answer::Marked((name, back, mark), octets) => {
            let known = request.headers().get(back).is_some_and(|given| given == mark);
            let (status, body) = if known { (304, Script::of([])) } else { (200, Script::of([Ok(octets)])) };
            response.status(status).header(name, mark).body(body)
        }
        Answer::Redirect(octets) if elsewhere => response.body(Script::of([Ok(octets)])),
        Answer::Redirect(_) => response.status(302).header("location", "/elsewhere").body(Script::of([])),
        Answer::Status(status) => response.status(status).body(Script::of([Ok(b"gone".to_vec())])),
        Answer::Endless { piece, pieces } => {
            let pieces = (0..pieces).map(move |_| Ok(vec![0x30; piece]));
            response.body(Script { hangs: true, ..Script::of(pieces) })
        }
        Answer::CutOff(octets) => {
            let half = octets[..octets.len() / 2].to_vec();
            let cut = io::ErrorKind::BrokenPipe.into();
            response.header("content-length", octets.len()).body(Script::of([Ok(half), Err(cut)]))
        }
        Answer::Nothing => pending().await,
    };
    Ok(response.unwrap())
}

/// A body in pieces.
struct Script {
    pieces: Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send>,
    hangs: bool,
}

impl Script {
    fn of(pieces: impl IntoIterator<Item = io::Result<Vec<u8>>, IntoIter: Send + 'static>) -> Self {
        Self { pieces: Box::new(pieces.into_iter()), hangs: false }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.pieces.next() {
            Some(piece) => Poll::Ready(Some(piece.map(|octets| Frame::data(octets.into())))),
            None if self.hangs => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}
