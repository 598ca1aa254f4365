//! How many sets a keystore keeps, and how.

use thiserror::Error;

use crate::remote::{CacheSettings, CacheSettingsError};

/// How a [`Keystore`](super::Keystore) keeps its sets.
#[derive(Debug, Clone)]
pub struct KeystoreSettings {
    pub(super) cache: CacheSettings,
    pub(super) most_sets: usize,
}

impl KeystoreSettings {
    /// Sets as [`CacheSettings::new`] says, 10,000 at most.
    #[must_use]
    pub fn new() -> Self {
        Self { cache: CacheSettings::new(), most_sets: 10_000 }
    }

    /// How each set is kept.
    #[must_use]
    pub fn with_cache(mut self, cache: CacheSettings) -> Self {
        self.cache = cache;
        self
    }

    /// How many sets are kept at most. A set that no lookup has touched for a lifetime makes room for another; one in use never does.
    #[must_use]
    pub fn with_most_sets(mut self, most: usize) -> Self {
        self.most_sets = most;
        self
    }

    /// # Errors
    /// [`KeystoreSettingsError`].
    pub(super) fn check(&self) -> Result<(), KeystoreSettingsError> {
        if self.most_sets == 0 {
            return Err(KeystoreSettingsError::NoSets);
        }
        Ok(())
    }
}

impl Default for KeystoreSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a keystore cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeystoreSettingsError {
    /// The settings of the sets contradict each other.
    #[error(transparent)]
    Cache(#[from] CacheSettingsError),
    /// There would be room for no set.
    #[error("there is room for no set: allow for one per party at least")]
    NoSets,
}

impl KeystoreSettingsError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cache(error) => error.code(),
            Self::NoSets => "keystore-settings.no-sets",
        }
    }
}
