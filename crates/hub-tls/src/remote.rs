//! Handshakes of keys that wait for something outside the process, such as a hardware module or a key service.
//!
//! rustls signs within the call that feeds it, hence within a poll, and a poll that waits holds up every task of its thread. So each
//! poll of such a handshake runs on the runtime's pool for blocking work. Only the polls do: a peer that keeps us waiting holds no
//! thread there, and a module that never answers holds no more than its share.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

/// The most threads of the pool that keys of one acceptor or connector keep busy: an eighth of those that tokio's has by default.
const THREADS: usize = 64;

/// A share of the runtime's pool for blocking work. Others need that pool too: a poll that waits cannot be ended, even where its
/// handshake has run out of time.
pub(crate) struct BlockingPool(Arc<Semaphore>);

impl BlockingPool {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(THREADS)))
    }

    /// Drives a future whose polls may take their time.
    pub(crate) async fn drive<F>(&self, future: F) -> io::Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let mut future = Box::pin(future);
        let wakes = Arc::new(Wakes(Notify::new()));
        loop {
            let waker = Waker::from(Arc::clone(&wakes));
            let thread = Arc::clone(&self.0).acquire_owned().await.map_err(io::Error::other)?;
            let poll = spawn_blocking(move || {
                let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                drop(thread);
                (future, polled)
            });
            let polled;
            (future, polled) = poll.await.map_err(|error| match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => io::Error::other(cancelled),
            })?;
            match polled {
                Poll::Ready(output) => return Ok(output),
                // A wake that came while the poll was on its way back is kept: no progress is lost.
                Poll::Pending => wakes.0.notified().await,
            }
        }
    }
}

struct Wakes(Notify);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}
