//! A listener on a port that strangers can reach.

use std::env;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C3, C4, HubToLfi};
use hub_testkit::Issued;
use hub_tls::{Limits, Listener};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tracing::Level;

use crate::generous::client_config;
use crate::log::Log;
use crate::rotation::other_hub;
use crate::time::Stopped;
use crate::world::*;

#[tokio::test]
async fn who_is_accepted_is_handed_out_and_who_is_not_is_passed_over() {
    let (mut listener, address) = listening(Limits::new()).await;
    let callers = async {
        drop(call(address, issued::<C3>("bank")).await);
        let good = call(address, issued::<C4>("ozone")).await;
        (good.get_ref().0.local_addr().unwrap(), good)
    };
    let (accepted, (caller, mut good)) = tokio::join!(listener.accept(), callers);
    let (accepted, remote) = accepted.unwrap();
    assert_eq!((accepted.peer().kid(), remote), (&issued::<C4>("ozone").kid(), caller));
    let (_, mut stream) = accepted.into_parts();
    assert!(stream.get_ref().nodelay().unwrap());
    stream.write_all(b"!").await.unwrap();
    assert_eq!(good.read_u8().await.unwrap(), b'!');
}

#[tokio::test]
async fn no_client_waits_for_another() {
    let (mut listener, address) = listening(Limits::new()).await;
    let silent = TcpStream::connect(address).await.unwrap();
    let (accepted, _good) = tokio::join!(listener.accept(), call(address, issued::<C4>("ozone")));
    assert_eq!(accepted.unwrap().0.peer().kid(), &issued::<C4>("ozone").kid());
    drop(silent);
}

#[tokio::test]
async fn whoever_stops_waiting_loses_no_client() {
    let (mut listener, address) = listening(Limits::new()).await;
    let caller = tokio::spawn(call(address, issued::<C4>("ozone")));
    let mut given_up = 0;
    let accepted = loop {
        tokio::select! {
            biased;
            accepted = listener.accept() => break accepted.unwrap().0,
            () = tokio::task::yield_now() => given_up += 1,
        }
    };
    assert_eq!(accepted.peer().kid(), &issued::<C4>("ozone").kid());
    assert!(given_up > 0);
    caller.await.unwrap();
}

/// In TLS 1.2 the server's handshake ends first: when both clients are through, both wait to be handed out, or one has been.
#[tokio::test]
async fn who_is_refused_while_waiting_to_be_handed_out_is_not() {
    let (acceptor, tcp) = (for_hub(ECO.trust()), TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
    let address = tcp.local_addr().unwrap();
    let mut listener = acceptor.listen(tcp, Limits::new()).unwrap();
    let client = TlsConnector::from(Arc::new(client_config(Some(issued::<C4>("ozone")), &TLS12)));
    let calls = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()]
        .map(|tcp| client.connect(server_name(BANK_OZONE_CONNECT), tcp));
    let [one, other] = calls;
    let (accepted, _one, _other) = tokio::join!(listener.accept(), one, other);
    let _accepted = accepted.unwrap();

    assert_eq!(acceptor.rotation().swap_deployment(&other_hub()).unwrap(), 2);
    tokio::select! {
        biased;
        accepted = listener.accept() => panic!("{accepted:?}"),
        () = settle() => {}
    }
    acceptor.rotation().swap_deployment(ECO.lfi("bank").unwrap().deployment()).unwrap();
    let (accepted, good) = tokio::join!(listener.accept(), call(address, issued::<C4>("ozone")));
    assert_eq!(accepted.unwrap().1, good.get_ref().0.local_addr().unwrap());
}

#[tokio::test]
async fn dropping_the_listener_ends_the_handshakes_and_no_connection() {
    let (mut listener, address) = listening(Limits::new()).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let (accepted, mut good) = tokio::join!(listener.accept(), call(address, issued::<C4>("ozone")));
    let (_, mut stream) = accepted.unwrap().0.into_parts();
    drop(listener);
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert!(TcpStream::connect(address).await.is_err());
    stream.write_all(b"!").await.unwrap();
    assert_eq!(good.read_u8().await.unwrap(), b'!');
}

#[tokio::test]
async fn a_source_over_its_share_is_turned_away_and_another_is_not() {
    let (mut listener, address) = listening(Limits::new().with_share_of_a_source(2)).await;
    let (first, second) = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
    let mut third = TcpStream::connect(address).await.unwrap();
    tokio::select! {
        accepted = listener.accept() => panic!("{accepted:?}"),
        end = third.read_u8() => assert_eq!(end.unwrap_err().kind(), ErrorKind::UnexpectedEof),
    }
    #[cfg(target_os = "linux")]
    {
        let other = TcpSocket::new_v4().unwrap();
        other.bind(([127, 0, 0, 2], 0).into()).unwrap();
        let other = call_over(other.connect(address).await.unwrap(), issued::<C4>("ozone"));
        let (accepted, _good) = tokio::join!(listener.accept(), other);
        assert_eq!(accepted.unwrap().1.ip().to_string(), "127.0.0.2");
    }
    drop(first);
    let (accepted, _good) = tokio::join!(listener.accept(), async {
        // Until the listener has seen that the first one is gone, its share is still taken.
        loop {
            if let Ok(good) = try_call_over(TcpStream::connect(address).await.unwrap(), issued::<C4>("ozone")).await {
                break good;
            }
        }
    });
    accepted.unwrap();
    drop(second);
}

#[tokio::test]
async fn when_all_places_are_taken_newcomers_wait() {
    let limits = Limits::new().with_handshakes_in_flight(2).with_share_of_a_source(2);
    let (mut listener, address) = listening(limits).await;
    let (silent, _silent) = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
    let mut waiting = tokio::spawn(call(address, issued::<C4>("ozone")));
    for _ in 0..10 {
        tokio::select! {
            biased;
            accepted = listener.accept() => panic!("{accepted:?}"),
            _ = &mut waiting => panic!("served"),
            () = settle() => {}
        }
    }
    drop(silent);
    let (accepted, good) = tokio::join!(listener.accept(), waiting);
    assert_eq!(accepted.unwrap().1, good.unwrap().get_ref().0.local_addr().unwrap());
}

/// In a process of its own, which may open few files, and opens all of them.
#[tokio::test]
#[cfg(unix)]
async fn when_files_are_out_the_port_rests_and_goes_on() {
    const FEW_FILES: &str = "HUB_TLS_FEW_FILES";
    if env::var_os(FEW_FILES).is_some() {
        return at_the_end_of_files().await;
    }
    let mut child = Command::new("sh");
    child.args(["-c", "ulimit -n 64 && exec \"$0\" --exact listener::when_files_are_out_the_port_rests_and_goes_on"]);
    let output = child.arg(env::current_exe().unwrap()).env(FEW_FILES, "").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[cfg(unix)]
async fn at_the_end_of_files() {
    let (log, _kept) = Log::of_this_thread();
    let (mut listener, address) = listening(Limits::new()).await;
    let time = Stopped::now();
    let mut files: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    files.pop();
    let client = TcpStream::connect(address).await.unwrap();
    let good = tokio::spawn(call_over(client, issued::<C4>("ozone")));
    for _ in 0..3 {
        for _ in 0..10 {
            tokio::select! {
                biased;
                accepted = listener.accept() => panic!("{accepted:?}"),
                () = settle() => {}
            }
        }
        let entries = log.take();
        assert_eq!(entries.len(), 1, "one attempt, then it rests: {entries:?}");
        assert_eq!((entries[0].level, entries[0].field("path")), (Level::WARN, Some("API Hub to LFI")));
        time.pass(Duration::from_millis(251)).await;
    }
    drop(files);
    let (accepted, good) = tokio::join!(listener.accept(), good);
    accepted.unwrap();
    good.unwrap();
}

/// The bank's Ozone Connect at a port of its own.
async fn listening(limits: Limits) -> (Listener<HubToLfi>, SocketAddr) {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let listener = for_hub(ECO.trust()).listen(tcp, limits).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A client of TLS 1.3, which does not yet know the verdict.
async fn call(address: SocketAddr, identity: &'static Issued) -> TlsStream<TcpStream> {
    call_over(TcpStream::connect(address).await.unwrap(), identity).await
}

async fn call_over(io: TcpStream, identity: &'static Issued) -> TlsStream<TcpStream> {
    try_call_over(io, identity).await.unwrap()
}

async fn try_call_over(io: TcpStream, identity: &'static Issued) -> io::Result<TlsStream<TcpStream>> {
    let client = TlsConnector::from(Arc::new(client_config(Some(identity), &TLS13)));
    client.connect(server_name(BANK_OZONE_CONNECT), io).await
}
