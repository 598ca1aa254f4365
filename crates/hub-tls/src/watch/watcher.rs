//! The watch itself.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::check::{Check, Looks, Watched};
use super::error::LoadError;
use super::reload::Reload;
use super::settings::WatchSettings;

/// Looks at files at an interval, and puts what they hold to use when they have changed: from [`Rotation`](crate::Rotation)'s `watch`
/// methods. Dropping it ends the watch, and leaves in use what is.
///
/// - What counts is the content, not a date: a file that is written again with the same octets changes nothing, and one that is
///   changed behind a symbolic link, as Kubernetes does with all files of a secret at once, is seen.
/// - Files are judged once they were the same twice, a [settle time](WatchSettings::with_settle_time) apart. Certificate and key are
///   taken together or not at all: in between, they do not belong together.
/// - What is not acceptable leaves in use what is. It is told once, by a `tracing` event and by [`outcomes`](Self::outcomes), and
///   looked at again every time: a certificate whose validity begins later is taken when it does.
///
/// Files are read, and swaps made, on a thread that may block. No file of more than 256 KiB is read, and no revocation list of more
/// than [`MAX_REVOCATION_LIST_OCTETS`](hub_roles::MAX_REVOCATION_LIST_OCTETS). What a key file held is cleared from memory.
///
/// A watcher runs in a tokio runtime that has time enabled.
///
/// Whoever writes the files does best to write new ones beside them and to rename: a chain that is cut between two certificates looks
/// like a shorter one.
pub struct Watcher {
    files: Arc<dyn Looks>,
    /// Ends with the watcher.
    _looking: JoinSet<()>,
}

impl Watcher {
    /// Looks at the files once, and from then on at the interval.
    pub(super) async fn start(watched: impl Watched, settings: &WatchSettings) -> Self {
        let files: Arc<dyn Looks> = Arc::new(Check::new(watched, settings.settle_time));
        drop(Arc::clone(&files).look().await);
        let mut looking = JoinSet::new();
        let (watched, interval) = (Arc::clone(&files), settings.interval);
        looking.spawn(async move {
            loop {
                sleep(interval).await;
                // It has been told.
                drop(Arc::clone(&watched).look().await);
            }
        });
        Self { files, _looking: looking }
    }

    /// Looks at the files now, and tells what came of it: after a signal, or when somebody says that they were written.
    ///
    /// # Errors
    /// [`LoadError`]: they are not acceptable, whether or not that was told before.
    pub async fn check(&self) -> Result<Reload, LoadError> {
        Arc::clone(&self.files).look().await
    }

    /// The last outcome that was worth telling: something was taken, something new is wrong, or nothing is wrong any more
    /// ([`Reload::Unchanged`]). It begins with what the first look came to.
    #[must_use]
    pub fn outcomes(&self) -> watch::Receiver<Result<Reload, LoadError>> {
        self.files.outcomes()
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watcher({:?})", *self.files.outcomes().borrow())
    }
}
