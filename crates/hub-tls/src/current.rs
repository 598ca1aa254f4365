//! What is current, and how it is replaced.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use arc_swap::ArcSwap;

/// A state that never changes but is replaced: who reads it takes no lock and keeps what it took.
pub(crate) struct Current<S> {
    state: ArcSwap<S>,
    replacing: Mutex<()>,
}

impl<S> Current<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { state: ArcSwap::from_pointee(state), replacing: Mutex::new(()) }
    }

    pub(crate) fn load(&self) -> Arc<S> {
        self.state.load_full()
    }

    /// Puts what `next` makes of the state in its place, if it makes anything, and then does what is due `after`, given what was
    /// replaced; one at a time.
    pub(crate) fn replace<E, T>(
        &self,
        next: impl FnOnce(&S) -> Result<S, E>,
        after: impl FnOnce(&S) -> T,
    ) -> Result<T, E> {
        let _one_at_a_time = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = next(&self.load())?;
        let replaced = self.state.swap(Arc::new(next));
        Ok(after(&replaced))
    }

    /// As [`Self::replace`], for whoever must not wait: nothing happens while somebody else replaces it.
    pub(crate) fn replace_now(&self, next: impl FnOnce(&S) -> Option<S>) {
        let _one_at_a_time = match self.replacing.try_lock() {
            Ok(lock) => lock,
            Err(TryLockError::Poisoned(lock)) => lock.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if let Some(next) = next(&self.load()) {
            self.state.store(Arc::new(next));
        }
    }
}
