//! The runtime's time, in the hands of a test.

use std::sync::mpsc;
use std::time::Duration;

/// While this is kept, the runtime's time moves only when it is told to.
///
/// Where it is only paused, it moves whenever all tasks wait, for the network too; but not while a thread for blocking work is busy.
pub(crate) struct Stopped {
    _busy: mpsc::Sender<()>,
}

impl Stopped {
    pub(crate) fn now() -> Self {
        tokio::time::pause();
        let (_busy, released) = mpsc::channel();
        tokio::task::spawn_blocking(move || released.recv());
        Self { _busy }
    }

    pub(crate) async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
    }
}
