//! How many sets a keystore keeps, and how.

use hub_roles::TrustFramework;
use thiserror::Error;

use crate::limits::MAX_SET_OCTETS;
use crate::remote::{CacheSettings, CacheSettingsError};
use crate::trust::{CertificatePolicy, Trust};

/// How a [`Keystore`](super::Keystore) keeps its sets.
///
/// # How many sets there are
///
/// A set is what stands at one URL for one owner, whatever the roles of its keys. A TPP's Sig1 and Enc2 are one set; its retired keys are at two other
/// places, which only [`key_for_opening_later`](super::Keystore::key_for_opening_later) looks into.
///
/// | party | sets in use at a time |
/// |---|---|
/// | Ozone | one for each TPP, one for each LFI with JWT Auth |
/// | LFI | one for each TPP, one of Ozone; two more for each TPP whose PII was opened later within the longest lifetime (600 s) |
/// | TPP | one for each URL at which an LFI's Sig2 and Enc1 are: one for each LFI, if both are among its organisation's keys |
///
/// So the 10,000 sets of [`Self::new`] serve an Ozone of nearly as many TPPs, and an LFI of 3333 TPPs even if it opens PII of all of them within
/// ten minutes. For 10,000 TPPs, with a margin:
///
/// ```
/// use hub_jwks::KeystoreSettings;
///
/// let ozone = KeystoreSettings::new().with_most_sets(11_000);
/// // Documents of 4.7 kB each, all of them.
/// let lfi = KeystoreSettings::new().with_most_sets(31_000).with_most_octets(160 * 1024 * 1024);
/// ```
///
/// # Memory
///
/// What a tenant's set of two RSA-2048 keys with `x5c` takes, in use and kept fresh, as a test measures and bounds it on the heap
/// (`cargo test -p hub-jwks --test keystore memory -- --nocapture`, x86-64, documents of 4.7 kB):
///
/// | | one set | 10,000 sets |
/// |---|---|---|
/// | plain | 6.6 kB | 66 MB |
/// | [with snapshots](Self::with_snapshots) | 11.3 kB | 113 MB |
/// | certificates of both keys [judged](Self::with_trust) | 8.2 kB | 82 MB |
///
/// The cryptographic library's own form of the keys is not in it, as [`RemoteKeySet`](crate::RemoteKeySet) says.
#[derive(Debug, Clone)]
pub struct KeystoreSettings {
    pub(super) cache: CacheSettings,
    pub(super) most_sets: usize,
    pub(super) most_octets: usize,
    pub(super) snapshots: bool,
    pub(super) trust: Option<Trust>,
}

impl KeystoreSettings {
    /// Sets as [`CacheSettings::new`] says, 10,000 at most, read from documents of 64 MiB at most (6.7 kB for each of so many), without snapshots.
    /// Certificates of keys are not judged.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cache: CacheSettings::new(),
            most_sets: 10_000,
            most_octets: 64 * 1024 * 1024,
            snapshots: false,
            trust: None,
        }
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

    /// How many octets the documents have together, at most, that the sets were read from.
    ///
    /// A set whose document finds no room is not fetched ([`FetchCause::NoRoom`](crate::FetchCause::NoRoom)), and room is made by sets that
    /// no lookup has touched for a lifetime. What a set holds is never taken from it, and a new document that is no larger than
    /// the one it replaces always finds room: only who grows may have to wait.
    #[must_use]
    pub fn with_most_octets(mut self, most: usize) -> Self {
        self.most_octets = most;
        self
    }

    /// Keeps documents as they were served, for [`Keystore::save`](super::Keystore::save): so much more memory as they have octets.
    #[must_use]
    pub fn with_snapshots(mut self) -> Self {
        self.snapshots = true;
        self
    }

    /// # Errors
    /// [`KeystoreSettingsError`].
    pub(super) fn check(&self) -> Result<(), KeystoreSettingsError> {
        if self.most_sets == 0 {
            return Err(KeystoreSettingsError::NoSets);
        }
        if self.most_octets < MAX_SET_OCTETS {
            return Err(KeystoreSettingsError::Octets);
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
    /// There would not be room for every set that may be fetched.
    #[error("there is room for fewer octets than the {MAX_SET_OCTETS} that one set may have")]
    Octets,
}

impl KeystoreSettingsError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cache(error) => error.code(),
            Self::NoSets => "keystore-settings.no-sets",
            Self::OtherEnvironment => "keystore-settings.other-environment",
            Self::Octets => "keystore-settings.octets",
        }
    }
}
