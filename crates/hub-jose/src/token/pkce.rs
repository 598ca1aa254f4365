//! Proof that who redeems an authorisation code is who asked for it, by the method S256 (RFC 7636).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::base64url;
use crate::error::IssueProblem;

/// A PKCE code verifier (RFC 7636 section 4.1): a secret of one login, which the client shows at the token endpoint as
/// `code_verifier`. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(Zeroizing<String>);

impl CodeVerifier {
    /// A new one, of 32 random octets: 43 characters.
    ///
    /// # Errors
    /// [`IssueProblem::Module`].
    pub fn random() -> Result<Self, IssueProblem> {
        let mut octets = Zeroizing::new([0; 32]);
        rand::fill(octets.as_mut_slice()).map_err(|_| IssueProblem::Module)?;
        Ok(Self(base64url::encode_secret(octets.as_slice()).into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the request object says of it.
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge::of_verifier(self.as_str())
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier")
    }
}

/// A PKCE code challenge of the method S256 (RFC 7636 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The challenge to a verifier. A token endpoint compares it with that of the request object.
    ///
    /// ```
    /// use hub_jose::CodeChallenge;
    ///
    /// // The example of RFC 7636 appendix B.
    /// let challenge = CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    /// assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    /// ```
    #[must_use]
    pub fn of_verifier(verifier: &str) -> Self {
        Self(base64url::encode(digest(&SHA256, verifier.as_bytes()).as_ref()))
    }

    /// The text: 43 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CodeChallenge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match base64url::decode(&text).map(|digest| digest.len()) {
            Some(32) => Ok(Self(text)),
            _ => Err(D::Error::custom("expected the base64url form of a SHA-256 digest")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verifier_is_another_and_of_the_form_that_the_rfc_asks_for() {
        let (verifier, other) = (CodeVerifier::random().unwrap(), CodeVerifier::random().unwrap());
        assert_ne!(verifier, other);
        assert_ne!(verifier.challenge(), other.challenge());
        assert_eq!(verifier.as_str().len(), 43);
        assert!(verifier.as_str().bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet)));
        assert!(!format!("{verifier:?}").contains(verifier.as_str()));
    }
}
