//! What is counted, and what must not happen.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError, RwLock};

use hub_roles::KeyId;
use hub_testkit::Issued;
use hub_tls::{HandshakeError, cause};
use tokio::sync::Notify;

use super::Fault;

/// Everybody's account.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Who is refused: entered when the swap that refuses them has returned.
    refused: RwLock<HashSet<KeyId>>,
    pub(super) connections: AtomicUsize,
    pub(super) resumed: AtomicUsize,
    pub(super) refusals: AtomicUsize,
    pub(super) closed: AtomicUsize,
    faults: Mutex<Vec<String>>,
    over: AtomicBool,
    moved: Notify,
}

impl Ledger {
    /// A connection of a good peer that was made, used and closed.
    pub(super) fn made(&self, resumed: bool) {
        self.connections.fetch_add(1, SeqCst);
        self.resumed.fetch_add(usize::from(resumed), SeqCst);
        self.moved.notify_waiters();
    }

    pub(super) fn refuse(&self, revoked: &[Issued]) {
        self.refused.write().unwrap_or_else(PoisonError::into_inner).extend(revoked.iter().map(Issued::kid));
    }

    pub(super) fn is_refused(&self, kid: &KeyId) -> bool {
        self.refused.read().unwrap_or_else(PoisonError::into_inner).contains(kid)
    }

    /// A connection ended with this error: it is counted if it was closed since the peer is refused.
    pub(super) fn ended(&self, error: &io::Error) {
        let refused = cause(error).is_some_and(|cause| cause.code() == REVOKED);
        self.closed.fetch_add(usize::from(refused), SeqCst);
    }

    /// A handshake failed on our side: if not for the revocation, it must not.
    pub(super) fn failed(&self, error: &HandshakeError) {
        if error.code() == REVOKED {
            self.refusals.fetch_add(1, SeqCst);
        } else {
            self.fault(error);
        }
    }

    /// Something happened that must not: everybody stops.
    pub(super) fn fault(&self, what: impl fmt::Display) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(what.to_string());
        self.stop();
    }

    /// Fails with all that has happened and must not.
    pub(super) fn sound(&self) -> Result<(), Fault> {
        match self.faults.lock().unwrap_or_else(PoisonError::into_inner).as_slice() {
            [] => Ok(()),
            faults => Err(faults.join("\n").into()),
        }
    }

    pub(super) fn stop(&self) {
        self.over.store(true, SeqCst);
        self.moved.notify_waiters();
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    /// Waits until `enough`, or until there is a fault.
    pub(super) async fn until(&self, enough: impl Fn() -> bool) {
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            // What moves from here on is not missed.
            moved.as_mut().enable();
            if enough() || self.is_over() {
                return;
            }
            moved.await;
        }
    }
}

const REVOKED: &str = "certificate.revoked";
