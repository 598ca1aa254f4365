//! Content that only its reader knows the type of.

use std::fmt;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::claims;
use crate::error::TokenRule;

/// A JSON object that passed the strict reader, held as text and cleared when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Zeroizing<Vec<u8>>);

impl Content {
    /// Takes a text that the strict reader has accepted.
    pub(crate) fn accepted(json: &[u8]) -> Self {
        Self(json.to_vec().into())
    }

    /// Reads it into the caller's type; members that the type does not name are passed over, unless it denies them.
    ///
    /// # Errors
    /// [`TokenRule::Claims`] with the place where it does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TokenRule> {
        claims::read(&self.0)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} octets)", self.0.len())
    }
}
