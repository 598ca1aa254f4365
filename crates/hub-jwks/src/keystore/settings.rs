//! How many sets a keystore keeps, and how.

use hub_roles::TrustFramework;
use thiserror::Error;

use crate::remote::{CacheSettings, CacheSettingsError};
use crate::trust::{CertificatePolicy, Trust};

/// How a [`Keystore`](super::Keystore) keeps its sets.
#[derive(Debug, Clone)]
pub struct KeystoreSettings {
    pub(super) cache: CacheSettings,
    pub(super) most_sets: usize,
    pub(super) trust: Option<Trust>,
}

impl KeystoreSettings {
    /// Sets as [`CacheSettings::new`] says, 10,000 at most. Certificates of keys are not judged.
    #[must_use]
    pub fn new() -> Self {
        Self { cache: CacheSettings::new(), most_sets: 10_000, trust: None }
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

    /// Judges the certificates of keys before they are handed out, by this trust framework and by what the deployment has registered for the role
    /// and the party (THREATS section 3, "identity").
    #[must_use]
    pub fn with_trust(mut self, trust: &TrustFramework, certificates: CertificatePolicy) -> Self {
        self.trust = Some(Trust::new(trust.clone(), certificates));
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
    /// The deployment and the trust framework are of different environments.
    #[error("the deployment and the trust framework are of different environments: the two PKIs never mix")]
    OtherEnvironment,
}

impl KeystoreSettingsError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cache(error) => error.code(),
            Self::NoSets => "keystore-settings.no-sets",
            Self::OtherEnvironment => "keystore-settings.other-environment",
        }
    }
}
