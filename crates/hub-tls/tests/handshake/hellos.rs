//! Hellos that no client or server of rustls sends, edited octet by octet, each beside one that is taken.

use rustls::AlertDescription as Alert;
use rustls::version::TLS13;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::hello::{ClientHello, HANDSHAKE, KEY_SHARE, SERVER_HELLO, alert_of, record};
use crate::world::*;

pub(crate) const PROTOCOL: &str = "handshake.protocol";
/// The hello was taken: what ends the handshake is that no more comes.
pub(crate) const TAKEN: &str = "handshake.io";

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
pub(crate) async fn greeted_with(hello: &ClientHello) -> (&'static str, Option<Alert>) {
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
