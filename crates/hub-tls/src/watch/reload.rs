//! What a look at files comes to.

use std::fmt;

use hub_roles::KeyId;

/// What a look at the files came to, where nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reload {
    /// They hold what is in use, or what was before somebody swapped something else in by hand.
    Unchanged,
    /// They hold another certificate or chain, which is presented from now on.
    Credential {
        /// The thumbprint of the certificate that was presented before.
        old: KeyId,
        /// The thumbprint of the one that is.
        new: KeyId,
    },
    /// They hold another trust framework, which is in force from now on.
    Trust {
        /// How many connections that closed.
        closed: usize,
    },
}

impl fmt::Display for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("unchanged"),
            Self::Credential { old, new } => write!(f, "certificate {new} in the place of {old}"),
            Self::Trust { closed } => write!(f, "trust framework replaced, {closed} connections closed"),
        }
    }
}
