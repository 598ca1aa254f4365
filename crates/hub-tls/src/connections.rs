//! The connections that were handed out and are still open: known by what admitted them, so that they can be asked again.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use hub_roles::{CertificateChain, KeyId};
use tracing::field;

use crate::ending::Ending;
use crate::error::HandshakeError;

/// The fewest entries that are looked through for connections that have ended.
const WORTH_LOOKING: usize = 64;

/// The open connections of an acceptor or connector; `K` is what a peer was admitted to.
pub(crate) struct Connections<K>(Mutex<Entries<K>>);

struct Entries<K> {
    all: Vec<Entry<K>>,
    /// How many there may be before those that have ended are removed: twice what was left the last time, so that an entry costs
    /// the same however many there are.
    limit: usize,
}

#[derive(Clone)]
struct Entry<K> {
    admitted_to: K,
    chain: CertificateChain,
    connection: Weak<Connection>,
}

impl<K: Clone> Connections<K> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Entries { all: Vec::new(), limit: WORTH_LOOKING }))
    }

    /// Enters a connection, for as long as what this returns is kept.
    ///
    /// It is entered before the peer is admitted: whatever comes into force in between is seen by one of the two checks.
    pub(crate) fn enter(&self, admitted_to: K, chain: CertificateChain) -> Arc<Connection> {
        let connection = Arc::new(Connection::default());
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.all.len() >= entries.limit {
            entries.all.retain(|entry| entry.connection.strong_count() > 0);
            entries.limit = (entries.all.len() * 2).max(WORTH_LOOKING);
        }
        entries.all.push(Entry { admitted_to, chain, connection: Arc::downgrade(&connection) });
        connection
    }

    /// Asks again whether each peer is admitted, closes the connections of those that are not, and tells how many these were.
    pub(crate) fn check(&self, admit: impl Fn(&K, &CertificateChain) -> Result<(), HandshakeError>) -> usize {
        // The lock is not held while chains are verified: connections come and go meanwhile.
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner).all.clone();
        let mut closed = 0;
        for entry in entries {
            if let Some(connection) = entry.connection.upgrade()
                && let Err(error) = admit(&entry.admitted_to, &entry.chain)
            {
                let kid = entry.chain.certificates().first().map(|peer| KeyId::of_certificate(peer));
                tracing::warn!(
                    path = error.path().map(field::display), kid = kid.map(field::display), code = error.code(), reason = %error,
                    "open connection closed",
                );
                closed += usize::from(connection.close(error));
            }
        }
        closed
    }
}

/// One open connection, as the stream and the entry know it.
#[derive(Default)]
pub(crate) struct Connection {
    pub(crate) ending: Ending,
    waiting: Mutex<[Option<Waker>; 2]>,
}

/// The two halves of a stream, which different tasks may wait for.
#[derive(Clone, Copy)]
pub(crate) enum Half {
    Reading,
    Writing,
}

impl Connection {
    /// Fails if the connection was closed.
    pub(crate) fn open(&self) -> io::Result<()> {
        match self.ending.reason() {
            None => Ok(()),
            Some(error) => Err(io::Error::new(io::ErrorKind::ConnectionAborted, error)),
        }
    }

    /// Waits for one half, and wakes when the connection is closed.
    pub(crate) fn wait<T>(&self, half: Half, context: &Context<'_>) -> Poll<io::Result<T>> {
        {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let [reading, writing] = &mut *waiting;
            let waker = match half {
                Half::Reading => reading,
                Half::Writing => writing,
            };
            match waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => *waker = Some(context.waker().clone()),
            }
        }
        // Whoever closes it now finds the waker; whoever has closed it before is seen here.
        match self.open() {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Closes it, unless it is closed already.
    pub(crate) fn close(&self, error: HandshakeError) -> bool {
        let closed = self.ending.because_of(error);
        self.wake();
        closed
    }

    /// Has whoever waits for a half look again.
    pub(crate) fn wake(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use hub_roles::PathId;
    use rustls_pki_types::CertificateDer;

    use super::*;

    fn chain() -> CertificateChain {
        CertificateChain::from_peer(&CertificateDer::from(vec![0; 100]), &[]).unwrap()
    }

    fn refused() -> HandshakeError {
        HandshakeError::UnknownHost { path: PathId::TppToHub, host: "gone.example".to_owned() }
    }

    #[test]
    fn connections_that_end_leave_nothing_behind() {
        let connections = Connections::new();
        let kept: Vec<_> = (0..100).map(|number| connections.enter(number, chain())).collect();
        for number in 0..10_000 {
            drop(connections.enter(number, chain()));
        }
        let entries = connections.0.lock().unwrap().all.len();
        assert!((100..=200).contains(&entries), "{entries}");
        drop(kept);
        for number in 0..1000 {
            drop(connections.enter(number, chain()));
        }
        assert!(connections.0.lock().unwrap().all.len() <= WORTH_LOOKING);
    }

    #[test]
    fn only_those_that_are_not_admitted_are_closed_and_once() {
        let connections = Connections::new();
        let [good, bad] = ["good", "bad"].map(|peer| connections.enter(peer, chain()));
        let check = || connections.check(|peer, _| if *peer == "bad" { Err(refused()) } else { Ok(()) });
        assert_eq!((check(), check()), (1, 0));
        good.open().unwrap();
        for _ in 0..2 {
            let error = bad.open().unwrap_err();
            assert_eq!(crate::cause(&error).unwrap().code(), "handshake.unknown-host");
        }
    }
}
