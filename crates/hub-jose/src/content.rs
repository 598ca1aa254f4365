//! Content that only its reader knows the type of.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::claims;
use crate::error::TokenRule;

/// A JSON object that passed the strict reader, held as text and cleared when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Zeroizing<Vec<u8>>);

impl Content {
    /// Takes an object out of a text that the strict reader has accepted.
    pub(crate) fn object(json: &RawValue) -> Option<Self> {
        json.get().starts_with('{').then(|| Self(json.get().as_bytes().to_vec().into()))
    }

    /// Takes the members of an object that the strict reader has accepted, without the registered claims: what remains is held to
    /// a schema that does not know them.
    pub(crate) fn beside_registered_claims(payload: &[u8]) -> Result<Self, TokenRule> {
        let mut members: BTreeMap<String, &RawValue> = claims::read(payload)?;
        members.retain(|name, _| !REGISTERED.contains(&name.as_str()));
        // Room for all, so that nothing is left behind in a smaller buffer.
        let mut json = Zeroizing::new(Vec::with_capacity(payload.len()));
        serde_json::to_writer(&mut *json, &members).map_err(|_| TokenRule::Claims(hub_json::Error::NotAnObject))?;
        Ok(Self(json))
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

/// RFC 7519 section 4.1.
const REGISTERED: [&str; 7] = ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"];
