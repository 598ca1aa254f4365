//! Hellos that no client or server of rustls sends, edited octet by octet, each beside one that is taken.

use std::sync::Arc;

use hub_roles::C1;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription as Alert, ClientConnection, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::generous::client_config;
use crate::world::*;

const PROTOCOL: &str = "handshake.protocol";
/// The hello was taken: what ends the handshake is that no more comes.
const TAKEN: &str = "handshake.io";

#[tokio::test]
async fn a_client_hello_without_what_we_ask_of_tls_is_refused() {
    for (name, edit, expected) in [
        ("as it is", (|_| ()) as fn(&mut ClientHello), (TAKEN, None)),
        ("TLS 1.1", ClientHello::speak_tls_1_1, (PROTOCOL, Some(Alert::ProtocolVersion))),
        ("CBC", |hello| hello.suites = vec![0xC0, 0x13, 0xC0, 0x27], (PROTOCOL, Some(Alert::HandshakeFailure))),
        ("RSA key exchange", |hello| hello.suites = vec![0, 0x9C], (PROTOCOL, Some(Alert::HandshakeFailure))),
        ("ECDSA", |hello| hello.suites = vec![0xC0, 0x2B], (PROTOCOL, Some(Alert::HandshakeFailure))),
        ("no master secret", ClientHello::offer_no_extended_master_secret, (PROTOCOL, Some(Alert::HandshakeFailure))),
    ] {
        let mut hello = ClientHello::to(RETAIL_AS, &TLS12);
        edit(&mut hello);
        assert_eq!(greeted_with(&hello).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_server_name_is_one_dns_name_as_the_deployment_spells_it() {
    let unknown = ("handshake.unknown-instance", Some(Alert::UnrecognisedName));
    let absent = ("handshake.no-server-name", Some(Alert::MissingExtension));
    let invalid = (PROTOCOL, Some(Alert::IllegalParameter));
    let malformed = (PROTOCOL, Some(Alert::DecodeError));
    let name = RETAIL_AS.as_bytes();
    for version in VERSIONS {
        for (what, server_names, expected) in [
            ("as it is", vec![name.to_vec()], (TAKEN, None)),
            ("upper case", vec![name.to_ascii_uppercase()], (TAKEN, None)),
            // rustls reads it as the same name, which it is.
            ("trailing dot", vec![[name, b"."].concat()], (TAKEN, None)),
            ("leading label", vec![[b"a.", name].concat()], unknown),
            ("IPv4 address", vec![b"127.0.0.1".to_vec()], absent),
            ("IPv6 address", vec![b"2001:db8::1".to_vec()], absent),
            ("IPv6 address in brackets", vec![b"[::1]".to_vec()], invalid),
            ("empty name", vec![Vec::new()], malformed),
            ("octet zero", vec![[name, b"\0"].concat()], invalid),
            ("space", vec![[b" ", name].concat()], invalid),
            ("wildcard", vec![b"*.retail.preprod.apihub.openfinance.ae".to_vec()], invalid),
            ("none in the list", Vec::new(), malformed),
            ("two in the list", vec![name.to_vec(), OTHER_AS.as_bytes().to_vec()], malformed),
        ] {
            let mut hello = ClientHello::to(RETAIL_AS, version);
            hello.name(&server_names);
            assert_eq!(greeted_with(&hello).await, expected, "{what}, {version:?}");
        }
    }
}

/// In TLS 1.3 a client may be asked to try again: by then its instance is chosen, and it may not name another (RFC 8446 section
/// 4.1.2).
#[tokio::test]
async fn a_second_hello_stays_at_the_instance_of_the_first() {
    for (second, expected) in [(RETAIL_AS, TAKEN), (OTHER_AS, PROTOCOL)] {
        let acceptor = for_tpps(ECO.trust());
        let mut hello = ClientHello::to(RETAIL_AS, &TLS13);
        let shares = hello.replace(KEY_SHARE, vec![0, 0]);
        let (code, _) = meet(
            async |io| acceptor.accept(io).await.unwrap_err().code(),
            async |mut io| {
                io.write_all(&hello.to_record()).await.unwrap();
                assert_eq!(record(&mut io).await.unwrap()[..2], [HANDSHAKE, SERVER_HELLO], "a request to try again");
                hello.replace(KEY_SHARE, shares);
                hello.name(&[second.as_bytes().to_vec()]);
                io.write_all(&hello.to_record()).await.unwrap();
            },
        )
        .await;
        assert_eq!(code, expected, "{second}");
    }
}

#[tokio::test]
async fn a_server_hello_without_what_we_ask_of_tls_is_refused() {
    const VERSION_1_1: [u8; 2] = [3, 2];
    const VERSION_1_2: [u8; 2] = [3, 3];
    const ECDHE_RSA_AES_128_GCM_SHA256: [u8; 2] = [0xC0, 0x2F];
    const ECDHE_RSA_AES_128_CBC_SHA: [u8; 2] = [0xC0, 0x13];
    const EMS: &[u8] = &[0, 4, 0, 23, 0, 0];
    const NOTHING: &[u8] = &[0, 0];
    let connector = of_tpp(ECO.trust());
    for (version, suite, extensions, expected) in [
        (VERSION_1_2, ECDHE_RSA_AES_128_GCM_SHA256, EMS, (TAKEN, None)),
        (VERSION_1_1, ECDHE_RSA_AES_128_GCM_SHA256, EMS, (PROTOCOL, Some(Alert::ProtocolVersion))),
        (VERSION_1_2, ECDHE_RSA_AES_128_CBC_SHA, EMS, (PROTOCOL, Some(Alert::HandshakeFailure))),
        (VERSION_1_2, ECDHE_RSA_AES_128_GCM_SHA256, NOTHING, (PROTOCOL, Some(Alert::HandshakeFailure))),
    ] {
        let hello = [&version[..], &[7; 32], &[0], &suite, &[0], extensions].concat();
        let (alert, connected) = meet(
            async |mut io| {
                record(&mut io).await.unwrap();
                io.write_all(&handshake_record(SERVER_HELLO, &hello)).await.unwrap();
                io.shutdown().await.unwrap();
                alert_of(&mut io).await
            },
            async |io| connector.connect(&host(RETAIL_AS), io).await.unwrap_err().code(),
        )
        .await;
        assert_eq!((connected, alert), expected, "{version:?}, {suite:?}, {extensions:?}");
    }
}

#[tokio::test]
async fn what_is_no_hello_at_all_is_refused() {
    let acceptor = for_tpps(ECO.trust());
    let hello = ClientHello::to(RETAIL_AS, &TLS13).to_record();
    for (what, octets, expected) in [
        ("nothing", &b""[..], TAKEN),
        ("half a hello", &hello[..hello.len() / 2], TAKEN),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n", PROTOCOL),
        ("an alert", &[21, 3, 3, 0, 2, 2, 40], PROTOCOL),
        ("application data", &[23, 3, 3, 0, 3, 1, 2, 3], PROTOCOL),
        ("an empty record", &[22, 3, 3, 0, 0], PROTOCOL),
    ] {
        let (error, ()) = meet(
            async |io| acceptor.accept(io).await.unwrap_err(),
            async |mut io| {
                io.write_all(octets).await.unwrap();
                io.shutdown().await.unwrap();
                io.read_to_end(&mut Vec::new()).await.ok();
            },
        )
        .await;
        assert_eq!(error.code(), expected, "{what}: {error}");
        assert!(error.to_string().starts_with("TPP to API Hub: "), "{what}: {error}");
    }
}

/// Sends the hello to the listener for TPPs: what it makes of it, and the alert it answers with, if it is one.
async fn greeted_with(hello: &ClientHello) -> (&'static str, Option<Alert>) {
    let acceptor = for_tpps(ECO.trust());
    meet(
        async |io| acceptor.accept(io).await.unwrap_err().code(),
        async |mut io| {
            io.write_all(&hello.to_record()).await.unwrap();
            alert_of(&mut io).await
        },
    )
    .await
}

/// A ClientHello (RFC 8446 section 4.1.2) taken apart.
struct ClientHello {
    version: [u8; 2],
    random_and_session: Vec<u8>,
    suites: Vec<u8>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl ClientHello {
    /// What rustls sends.
    fn to(host: &str, version: &'static SupportedProtocolVersion) -> Self {
        let config = client_config(Some(issued::<C1>("acme")), version);
        let mut connection = ClientConnection::new(Arc::new(config), server_name(host)).unwrap();
        let mut sent = Vec::new();
        connection.write_tls(&mut sent).unwrap();
        // The headers of record and message are before it.
        let (version, rest) = sent[9..].split_at(2);
        let (random_and_session, rest) = rest.split_at(33 + usize::from(rest[32]));
        let (suites, rest) = sized(rest);
        let (mut left, _) = sized(&rest[1 + usize::from(rest[0])..]);
        let mut extensions = Vec::new();
        while !left.is_empty() {
            let (body, rest) = sized(&left[2..]);
            extensions.push((u16::from_be_bytes([left[0], left[1]]), body.to_vec()));
            left = rest;
        }
        Self {
            version: version.try_into().unwrap(),
            random_and_session: random_and_session.to_vec(),
            suites: suites.to_vec(),
            extensions,
        }
    }

    fn speak_tls_1_1(&mut self) {
        self.version = [3, 2];
        self.extensions.retain(|(kind, _)| *kind != SUPPORTED_VERSIONS);
    }

    fn offer_no_extended_master_secret(&mut self) {
        self.extensions.retain(|(kind, _)| *kind != EXTENDED_MASTER_SECRET);
    }

    fn name(&mut self, server_names: &[Vec<u8>]) {
        let list = server_names.iter().flat_map(|name| [&[0][..], &with_size(name)].concat()).collect::<Vec<_>>();
        self.replace(SERVER_NAME, with_size(&list));
    }

    /// Puts another body into an extension, and gives the old one.
    fn replace(&mut self, extension: u16, body: Vec<u8>) -> Vec<u8> {
        let found = self.extensions.iter_mut().find(|(kind, _)| *kind == extension);
        std::mem::replace(&mut found.unwrap().1, body)
    }

    fn to_record(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(kind, body)| [&kind.to_be_bytes()[..], &with_size(body)].concat())
            .collect();
        let suites = with_size(&self.suites);
        let body = [&self.version[..], &self.random_and_session, &suites, &[1, 0], &with_size(&extensions)].concat();
        handshake_record(CLIENT_HELLO, &body)
    }
}

fn handshake_record(kind: u8, body: &[u8]) -> Vec<u8> {
    let message = [&[kind, 0][..], &with_size(body)].concat();
    [&[HANDSHAKE, 3, 3][..], &with_size(&message)].concat()
}

/// The alert that comes before the end of the connection, if one does, and nothing of a handshake before it.
async fn alert_of(io: &mut TcpStream) -> Option<Alert> {
    match record(io).await?[..] {
        [ALERT, _, description] => Some(Alert::from(description)),
        _ => None,
    }
}

/// The next record: its type, then its content. `None` if there is none.
pub(crate) async fn record(io: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    io.read_exact(&mut head).await.ok()?;
    let mut record = vec![0; 1 + usize::from(u16::from_be_bytes([head[3], head[4]]))];
    record[0] = head[0];
    io.read_exact(&mut record[1..]).await.ok()?;
    Some(record)
}

/// Octets behind their number.
fn with_size(octets: &[u8]) -> Vec<u8> {
    [&u16::try_from(octets.len()).unwrap().to_be_bytes()[..], octets].concat()
}

/// Splits after octets that come behind their number.
fn sized(octets: &[u8]) -> (&[u8], &[u8]) {
    octets[2..].split_at(usize::from(u16::from_be_bytes([octets[0], octets[1]])))
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const SERVER_NAME: u16 = 0;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
