//! A client that shows its sessions where they did not begin.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::NamedGroup;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;

use crate::world::*;

/// Keeps sessions as if there were one server only, and counts how often it had one to show.
#[derive(Debug)]
pub(crate) struct OneMemory {
    sessions: ClientSessionMemoryCache,
    pub(crate) shown: AtomicUsize,
}

impl OneMemory {
    pub(crate) fn new() -> Self {
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
