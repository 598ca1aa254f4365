//! Sessions shown where they did not begin: no ticket is a way around the question whose certificate is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_roles::C3;
use hub_testkit::Issued;
use rustls::HandshakeKind::{Full, Resumed};
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls12Resumption,
    Tls13ClientSessionValue,
};
use rustls::{NamedGroup, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;

use crate::generous::client_config;
use crate::resumption::{AT_SERVERS, Guest};
use crate::world::*;

/// The full handshakes are in `clients`.
#[tokio::test]
async fn a_session_of_one_lfis_instance_opens_no_other_lfis() {
    let [bank, other] = [issued::<C3>("bank"), issued::<C3>("other-bank")];
    for way in AT_SERVERS {
        for (identity, home, elsewhere, expected) in [
            (other, OTHER_CM, RETAIL_CM, Err("certificate.organisation")),
            (other, OTHER_CM, SME_CM, Err("certificate.organisation")),
            (bank, RETAIL_CM, OTHER_CM, Err("certificate.organisation")),
            (bank, RETAIL_CM, SME_CM, Ok(bank.kid().to_string())),
        ] {
            let acceptor = for_lfis(ECO.trust());
            let memory = Arc::new(OneMemory::new());
            let [at_home, abroad] = visitors(identity, way, &memory, [home, elsewhere]);
            assert_eq!(at_home.is_let_in(&acceptor).await, Full, "{home}, {way:?}");
            assert_eq!(at_home.is_let_in(&acceptor).await, Resumed, "{home}, {way:?}");
            let shown = memory.shown.load(Ordering::SeqCst);
            let (verdict, kind) = abroad.visits(&acceptor).await;
            assert_eq!(memory.shown.load(Ordering::SeqCst), shown + 1, "a session of {home}, {way:?}");
            assert_eq!(verdict, expected, "{home} and {elsewhere}, {way:?}");
            assert_ne!(kind, Some(Resumed), "{home} and {elsewhere}, {way:?}");
        }
    }
}

/// One client that visits these hosts.
fn visitors(
    identity: &Issued,
    (version, tls12): (&'static SupportedProtocolVersion, Tls12Resumption),
    memory: &Arc<OneMemory>,
    hosts: [&'static str; 2],
) -> [Guest; 2] {
    let mut config = client_config(Some(identity), version);
    config.resumption = Resumption::store(memory.clone()).tls12_resumption(tls12);
    let client = TlsConnector::from(Arc::new(config));
    hosts.map(|host| Guest { client: client.clone(), host })
}

/// Keeps sessions as if there were one server only, and counts how often it had one to show.
#[derive(Debug)]
struct OneMemory {
    sessions: ClientSessionMemoryCache,
    shown: AtomicUsize,
}

impl OneMemory {
    fn new() -> Self {
        Self { sessions: ClientSessionMemoryCache::new(64), shown: AtomicUsize::new(0) }
    }

    fn showing<T>(&self, session: Option<T>) -> Option<T> {
        self.shown.fetch_add(usize::from(session.is_some()), Ordering::SeqCst);
        session
    }
}

impl ClientSessionStore for OneMemory {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.sessions.set_kx_hint(anyone(), group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.sessions.kx_hint(&anyone())
    }

    fn set_tls12_session(&self, _: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.sessions.set_tls12_session(anyone(), session);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.showing(self.sessions.tls12_session(&anyone()))
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.sessions.remove_tls12_session(&anyone());
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.sessions.insert_tls13_ticket(anyone(), ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.showing(self.sessions.take_tls13_ticket(&anyone()))
    }
}

fn anyone() -> ServerName<'static> {
    server_name("anyone.example")
}
