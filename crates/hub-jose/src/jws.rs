//! JSON Web Signature in the compact serialisation, with PS256 and nothing else (RFC 7515, RFC 7518 section 3.5).
//!
//! This is the codec below the token types: it proves who signed, not what for. Tokens of the ecosystem are read through
//! [`Unverified`](crate::Unverified), which applies the rules of their kind too.

use std::fmt;

use hub_roles::{Credential, Signing, VerificationKey};
use zeroize::Zeroizing;

use crate::base64url;
use crate::compact;
use crate::error::{IssueError, TokenRule};
use crate::header::{Header, OutgoingHeader};

/// A JWS that was taken apart but not verified.
///
/// ```
/// use hub_jose::jws::Jws;
///
/// let refused = Jws::parse("e30.e30.", 1024).unwrap_err();
/// assert_eq!(refused.code(), "token.header-missing");
/// ```
pub struct Jws {
    /// Header and payload as they were signed.
    signing_input: Zeroizing<String>,
    header: Header,
    payload: Zeroizing<Vec<u8>>,
    signature: Vec<u8>,
}

impl Jws {
    /// Takes a compact JWS of at most `limit` octets apart.
    ///
    /// # Errors
    /// [`TokenRule::TooLarge`], [`TokenRule::Segments`], [`TokenRule::Base64Url`], and every rule on headers.
    pub fn parse(text: &str, limit: usize) -> Result<Self, TokenRule> {
        let [header, payload, signature] = compact::segments(text, limit)?;
        let signing_input = text.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        Ok(Self {
            header: Header::parse_jws(header)?,
            payload: compact::decode("payload", payload)?.into(),
            signature: compact::decode("signature", signature)?,
            signing_input: signing_input.to_owned().into(),
        })
    }

    /// Its header. Not verified.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload, if `key` is the key that the header names and made the signature.
    ///
    /// # Errors
    /// [`TokenRule::HeaderMissing`] without a `kid`, [`TokenRule::UnknownKey`] if it names another key,
    /// [`TokenRule::Signature`].
    pub fn verify<R: Signing>(&self, key: &VerificationKey<R>) -> Result<&[u8], TokenRule> {
        let kid = self.header.kid().ok_or(TokenRule::HeaderMissing { parameter: "kid" })?;
        if kid != key.kid() {
            return Err(TokenRule::UnknownKey { kid: kid.clone() });
        }
        key.verify_ps256(self.signing_input.as_bytes(), &self.signature).map_err(|_| TokenRule::Signature)?;
        Ok(&self.payload)
    }

    /// The payload, for look-ups that decide which key to verify with, and for what another party vouches for.
    pub(crate) fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Debug for Jws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jws").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Signs `payload`; the header names the credential's `kid`, and `typ` and `cty` where given.
///
/// # Errors
/// [`IssueError::Key`] if the key does not sign.
pub fn sign<R: Signing>(
    credential: &Credential<R>,
    typ: Option<&'static str>,
    cty: Option<&'static str>,
    payload: &[u8],
) -> Result<String, IssueError> {
    let header = OutgoingHeader::jws(credential.kid(), typ, cty).to_segment()?;
    let payload = Zeroizing::new(base64url::encode(payload));
    let signing_input = Zeroizing::new([&header, ".", &payload].concat());
    let signature = base64url::encode(&credential.sign_ps256(signing_input.as_bytes())?);
    Ok([&signing_input, ".", &signature].concat())
}
