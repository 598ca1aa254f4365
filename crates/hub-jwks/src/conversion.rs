//! To and from the types of the `jose-jwk` crate.
//!
//! They cannot be the parser: that crate refuses `"alg": "RSA-OAEP-256"`, and drops a malformed `d` without a word.

use ::jose_jwk::{Class, Key, Parameters, Rsa};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::error::JwkError;
use crate::jwk::{Jwk, KeyUse};

/// A key of ours has a member that `jose-jwk` has no value for; to leave it out would make the key fit for more than its owner said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key's `{member}` has a value that jose-jwk cannot express")]
pub struct NotExpressible {
    member: &'static str,
}

impl NotExpressible {
    /// `use`, `key_ops` or `alg`.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        self.member
    }
}

impl TryFrom<&Jwk> for ::jose_jwk::Jwk {
    type Error = NotExpressible;

    /// # Errors
    /// [`NotExpressible`].
    fn try_from(key: &Jwk) -> Result<Self, NotExpressible> {
        let public = key.public_key();
        let rsa = Rsa { n: public.modulus().to_vec().into(), e: public.exponent().to_vec().into(), prv: None };
        let operations = key.key_ops.as_ref();
        let certificates = key.chain().map(|chain| chain.certificates().iter());
        let prm = Parameters {
            alg: key.alg().map(|alg| named(alg, "alg")).transpose()?,
            kid: Some(key.kid().to_string()),
            cls: key.key_use().map(class).transpose()?,
            ops: operations.map(|ops| ops.iter().map(|op| named(op, "key_ops")).collect()).transpose()?,
            x5c: certificates.map(|chain| chain.map(|der| Box::<[u8]>::from(der.as_ref()).into()).collect()),
            ..Parameters::default()
        };
        Ok(Self { key: Key::Rsa(rsa), prm })
    }
}

impl TryFrom<&::jose_jwk::Jwk> for Jwk {
    type Error = JwkError;

    /// # Errors
    /// [`JwkError`], as [`Jwk::from_json`]. A private key is refused before anything of it is copied.
    fn try_from(key: &::jose_jwk::Jwk) -> Result<Self, JwkError> {
        match &key.key {
            Key::Rsa(Rsa { prv: Some(_), .. }) => return Err(JwkError::PrivateMember { member: "d" }),
            Key::Rsa(_) => {}
            _ => return Err(JwkError::KeyType),
        }
        // What serde writes of a public key is always JSON; were it not, nothing would be read from it.
        Self::from_json(&serde_json::to_vec(key).unwrap_or_default())
    }
}

fn class(key_use: KeyUse) -> Result<Class, NotExpressible> {
    match key_use {
        KeyUse::Signature => Ok(Class::Signing),
        KeyUse::Encryption => Ok(Class::Encryption),
        KeyUse::Transport => Err(NotExpressible { member: "use" }),
    }
}

/// A value that `jose-jwk` knows by its registered name.
fn named<T: DeserializeOwned>(name: &str, member: &'static str) -> Result<T, NotExpressible> {
    serde_json::from_value(Value::String(name.to_owned())).map_err(|_| NotExpressible { member })
}
