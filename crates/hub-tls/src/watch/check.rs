//! One look at the files after another: when what they hold is judged, and what is worth telling.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_roles::{PathId, RoleId};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::error::LoadError;
use super::file::Sight;
use super::reload::Reload;

/// How often files that keep changing are looked at before the next interval.
const LOOKS: usize = 5;

/// Files, and what is made of them. Both may block.
pub(super) trait Watched: Send + Sync + 'static {
    /// What was read.
    type Contents;
    /// The path, where it belongs to one.
    const PATH: Option<PathId>;
    /// The role, where it belongs to one.
    const ROLE: Option<RoleId>;

    /// The first of the files, to tell the watches apart.
    fn file(&self) -> &PathBuf;

    /// Reads the files.
    fn read(&self) -> Result<Self::Contents, LoadError>;

    /// What was seen.
    fn sight(contents: &Self::Contents) -> Sight;

    /// Puts what they hold in the place of what is in use, if it is something else.
    fn take(&self, contents: Self::Contents) -> Result<Reload, LoadError>;
}

/// Looks at files, one look at a time.
pub(super) struct Check<W> {
    watched: W,
    settle_time: Duration,
    one_at_a_time: tokio::sync::Mutex<()>,
    judged: Mutex<Judged>,
    outcomes: watch::Sender<Result<Reload, LoadError>>,
}

/// What was judged last, and the code of what was wrong with it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Judged {
    sight: Option<Sight>,
    fault: Option<&'static str>,
}

/// [`Check`] of whatever files.
pub(super) trait Looks: Send + Sync {
    fn look(self: Arc<Self>) -> Pin<Box<dyn Future<Output = Result<Reload, LoadError>> + Send>>;

    fn outcomes(&self) -> watch::Receiver<Result<Reload, LoadError>>;
}

impl<W: Watched> Check<W> {
    pub(super) fn new(watched: W, settle_time: Duration) -> Self {
        Self {
            watched,
            settle_time,
            one_at_a_time: tokio::sync::Mutex::new(()),
            judged: Mutex::new(Judged { sight: None, fault: None }),
            outcomes: watch::Sender::new(Ok(Reload::Unchanged)),
        }
    }

    /// Looks at the files until they are the same twice, with the time to settle in between if they have changed since they were judged.
    async fn settled(self: Arc<Self>) -> Result<Reload, LoadError> {
        let _one_at_a_time = self.one_at_a_time.lock().await;
        for _ in 0..LOOKS {
            let seen = self.blocking(Self::sight).await?;
            if self.judged().sight != Some(seen) {
                sleep(self.settle_time).await;
            }
            if let Some(outcome) = self.blocking(move |check| check.judge(seen)).await? {
                return outcome;
            }
        }
        self.conclude(Sight::of_failure(&LoadError::Changing), Err(LoadError::Changing))
    }

    /// Runs something that blocks. Once begun it ends, whoever still waits for it: what is taken is also told.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, LoadError> {
        let check = Arc::clone(self);
        spawn_blocking(move || work(&check)).await.map_err(|_| {
            // What was to tell of it has ended.
            drop(self.conclude(Sight::of_failure(&LoadError::Interrupted), Err(LoadError::Interrupted)));
            LoadError::Interrupted
        })
    }

    fn sight(&self) -> Sight {
        self.watched.read().map_or_else(|error| Sight::of_failure(&error), |contents| W::sight(&contents))
    }

    /// The verdict on the files, if they still are what they were.
    fn judge(&self, expected: Sight) -> Option<Result<Reload, LoadError>> {
        let outcome = match self.watched.read() {
            Ok(contents) if W::sight(&contents) != expected => return None,
            // A fault may have gone without a change: a certificate becomes valid, or the deployment registers it.
            Ok(_) if self.judged() == (Judged { sight: Some(expected), fault: None }) => Ok(Reload::Unchanged),
            Ok(contents) => self.watched.take(contents),
            Err(error) if Sight::of_failure(&error) != expected => return None,
            Err(error) => Err(error),
        };
        Some(self.conclude(expected, outcome))
    }

    /// Tells what came of it, unless that was told before.
    fn conclude(&self, sight: Sight, outcome: Result<Reload, LoadError>) -> Result<Reload, LoadError> {
        let judged = Judged { sight: Some(sight), fault: outcome.as_ref().err().map(LoadError::code) };
        let before = std::mem::replace(&mut *self.judged.lock().unwrap_or_else(PoisonError::into_inner), judged);
        let (path, role) = (W::PATH.map(tracing::field::display), W::ROLE.map(tracing::field::display));
        let file = self.watched.file().display();
        let news = match &outcome {
            Ok(Reload::Unchanged) => before.fault.is_some(),
            Ok(_) => true,
            Err(_) => before != judged,
        };
        if news {
            match &outcome {
                Ok(reload) => tracing::info!(path, role, %file, %reload, "files in use"),
                Err(error) => {
                    tracing::warn!(path, role, %file, code = error.code(), reason = %error, "files not taken: what is in use stays");
                }
            }
            self.outcomes.send_modify(|last| last.clone_from(&outcome));
        }
        outcome
    }

    fn judged(&self) -> Judged {
        *self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Watched> Looks for Check<W> {
    fn look(self: Arc<Self>) -> Pin<Box<dyn Future<Output = Result<Reload, LoadError>> + Send>> {
        Box::pin(self.settled())
    }

    fn outcomes(&self) -> watch::Receiver<Result<Reload, LoadError>> {
        self.outcomes.subscribe()
    }
}
