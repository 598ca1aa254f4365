//! Access tokens that are bound to a certificate: which C1 may use one (RFC 8705 section 3, FACTS section 4).

use std::str::FromStr;

use hub_roles::{C1, KeyId};
use hub_tls::Peer;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::base64url;
use crate::claims;

/// `cnf` of an access token: the thumbprint of the C1 that it is bound to, `{"x5t#S256": "..."}` (RFC 8705 section 3.1).
///
/// It is a claim of the Hub's own access tokens, and a member of what its introspection answers. Whoever reads them has verified them
/// already, and owes one more check: that the token came over a connection of the TPP that it was given to. A token without `cnf` is
/// bound to nobody, and refused: so the member of the caller's type is a `Confirmation` and no `Option`. Other members of `cnf` are
/// passed over, as RFC 7800 section 3.1 asks.
///
/// ```
/// use hub_jose::{Confirmation, ConfirmationError};
/// use hub_roles::C1;
/// use hub_tls::Peer;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct AccessToken {
///     scope: String,
///     cnf: Confirmation,
/// }
///
/// // The Hub's authorisation server, at the token endpoint: bound to whoever asks.
/// fn issue(scope: String, tpp: &Peer<C1>) -> AccessToken {
///     AccessToken { scope, cnf: Confirmation::of(tpp) }
/// }
///
/// // The Hub's resource server: the answer to a refusal is 401 with `invalid_token`.
/// fn admit(token: &AccessToken, tpp: &Peer<C1>) -> Result<(), ConfirmationError> {
///     token.cnf.check(tpp)
/// }
/// # let unbound = serde_json::from_str::<AccessToken>(r#"{"scope": "payments"}"#);
/// # assert!(unbound.is_err());
/// ```
///
/// The TPP's side is its connector: the thumbprint is that of [`Connector::thumbprint`](hub_tls::Connector::thumbprint) when it asked
/// for the token, and after a rotation [`Connector::presenting`](hub_tls::Connector::presenting) still shows that C1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Confirmation {
    #[serde(rename = "x5t#S256")]
    thumbprint: KeyId,
}

impl Confirmation {
    /// Binds a token to the C1 of this connection.
    #[must_use]
    pub fn of(tpp: &Peer<C1>) -> Self {
        Self { thumbprint: tpp.kid().clone() }
    }

    /// The thumbprint: base64url of the SHA-256 of the certificate's DER, 43 characters.
    #[must_use]
    pub fn thumbprint(&self) -> &KeyId {
        &self.thumbprint
    }

    /// Whether the token came over a connection of the C1 that it is bound to.
    ///
    /// # Errors
    /// [`ConfirmationError::OtherCertificate`] if it did not.
    pub fn check(&self, tpp: &Peer<C1>) -> Result<(), ConfirmationError> {
        if self.thumbprint == *tpp.kid() {
            return Ok(());
        }
        Err(ConfirmationError::OtherCertificate { bound_to: self.thumbprint.clone(), presented: tpp.kid().clone() })
    }
}

/// From the thumbprint alone.
impl FromStr for Confirmation {
    type Err = ConfirmationError;

    fn from_str(thumbprint: &str) -> Result<Self, ConfirmationError> {
        let octets = base64url::decode(thumbprint).map(|digest| digest.len());
        match thumbprint.parse() {
            Ok(thumbprint) if octets == Some(SHA256_OCTETS) => Ok(Self { thumbprint }),
            _ => Err(ConfirmationError::Form),
        }
    }
}

impl<'de> Deserialize<'de> for Confirmation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            #[serde(rename = "x5t#S256")]
            thumbprint: String,
        }

        let Members { thumbprint } = claims::object(deserializer)?;
        thumbprint.parse().map_err(D::Error::custom)
    }
}

/// Why an access token may not be used on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfirmationError {
    /// Not the thumbprint of a certificate.
    #[error("`x5t#S256` is not the base64url form of a SHA-256 digest")]
    Form,
    /// The token is another certificate's: it was stolen, or its holder has changed its C1 since.
    #[error(
        "the access token is bound to the C1 with thumbprint {bound_to}, and came with the C1 with thumbprint {presented}"
    )]
    OtherCertificate {
        /// The thumbprint in the token.
        bound_to: KeyId,
        /// That of the connection's certificate.
        presented: KeyId,
    },
}

impl ConfirmationError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "cnf.form",
            Self::OtherCertificate { .. } => "cnf.other-certificate",
        }
    }

    /// Whether the same token may be accepted on the same connection later: never.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Form | Self::OtherCertificate { .. } => false,
        }
    }
}

const SHA256_OCTETS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const THUMBPRINT: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn it_is_written_as_the_rfc_has_it() {
        let confirmation: Confirmation = THUMBPRINT.parse().unwrap();
        assert_eq!(serde_json::to_string(&confirmation).unwrap(), format!(r#"{{"x5t#S256":"{THUMBPRINT}"}}"#));
        assert_eq!(confirmation.thumbprint().as_str(), THUMBPRINT);
    }

    #[test]
    fn a_thumbprint_has_one_spelling() {
        assert!(THUMBPRINT.parse::<Confirmation>().is_ok());
        for other in [
            "",
            &THUMBPRINT[1..],
            &format!("{THUMBPRINT}="),
            &format!("{THUMBPRINT}AA"),
            &THUMBPRINT.replace('-', "+"),
            &format!(" {THUMBPRINT}"),
            // The last character has two bits to spare.
            &THUMBPRINT.replace("SuFU", "SuFV"),
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ] {
            assert_eq!(other.parse::<Confirmation>(), Err(ConfirmationError::Form), "{other:?}");
        }
    }

    #[test]
    fn cnf_is_an_object_with_one_thumbprint() {
        let read = |json: &str| serde_json::from_str::<Confirmation>(&json.replace('T', THUMBPRINT));
        let sound = THUMBPRINT.parse().unwrap();
        assert_eq!(read(r#"{"x5t#S256":"T"}"#).unwrap(), sound);
        assert_eq!(read(r#"{"x5t#S256":"T","kid":"k"}"#).unwrap(), sound, "a member nobody knows");
        for other in [
            "{}",
            "null",
            r#""T""#,
            r#"["T"]"#,
            r#"{"x5t":"T"}"#,
            r#"{"x5t#S256":null}"#,
            r#"{"x5t#S256":["T"]}"#,
            r#"{"x5t#S256":"T","x5t#S256":"T"}"#,
            r#"{"x5t#S256":"T="}"#,
            r#"{"jkt":"T"}"#,
        ] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
