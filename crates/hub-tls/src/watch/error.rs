//! Why files are not what they should be.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use hub_roles::{ChainError, CredentialError, KeyError, Refusal, RevocationListError, TrustError};
use thiserror::Error;

use crate::error::ConfigError;
#[cfg(feature = "refresh")]
use crate::refresh::RefresherError;

/// Why files were not loaded, or not taken in the place of what is in use. That stays.
///
/// It names the file or the rule, and shows nothing of the content.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file cannot be read, or is none: a directory, a pipe, a link that leads nowhere.
    #[error("{}: {error}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        error: Arc<io::Error>,
    },
    /// A file is larger than what belongs there ever is.
    #[error("{} has more than {most} octets: is it the right file?", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The most octets that are read.
        most: usize,
    },
    /// The files were different each time they were looked at.
    #[error("the files do not settle: write new ones beside them, and rename")]
    Changing,
    /// The certificates make no chain. A file that is only half written ends in the midst of one.
    #[error("{}: {error}", file.display())]
    Chain {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        error: ChainError,
    },
    /// There is no private key, or no usable one.
    #[error("{}: {error}", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        error: KeyError,
    },
    /// Certificate and key do not belong together. One of them may be new, and the other one still to come.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The certificate is not acceptable for the role it is loaded for.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The certificates make no trust framework.
    #[error("{}: {error}", file.display())]
    Trust {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        error: TrustError,
    },
    /// A revocation list is not taken.
    #[error(transparent)]
    RevocationList(#[from] RevocationListError),
    /// What the files hold does not fit the trust framework and the deployment in use.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The refresher does not take the trust framework.
    #[cfg(feature = "refresh")]
    #[error(transparent)]
    Refresher(#[from] Box<RefresherError>),
    /// The look at the files was cut short: the runtime ends, or something panicked. It is not known what came of it.
    #[error("the look at the files was cut short: the runtime ends, or something panicked")]
    Interrupted,
}

impl LoadError {
    /// A stable code for logs and metrics; that of the rule where there is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "load.read",
            Self::TooLarge { .. } => "load.too-large",
            Self::Changing => "load.changing",
            Self::Chain { error, .. } => error.code(),
            Self::Key { error, .. } => error.code(),
            Self::Credential(error) => error.code(),
            Self::Refused(refusal) => refusal.code(),
            Self::Trust { error, .. } => error.code(),
            Self::RevocationList(error) => error.code(),
            Self::Config(error) => error.code(),
            #[cfg(feature = "refresh")]
            Self::Refresher(error) => error.code(),
            Self::Interrupted => "load.interrupted",
        }
    }
}
