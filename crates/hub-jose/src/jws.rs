//! JSON Web Signature in the compact serialisation, with PS256 and nothing else (RFC 7515, RFC 7518 section 3.5).
//!
//! This is the codec below the token types: it proves who signed, not what for. Tokens of the ecosystem are read through
//! [`Unverified`](crate::Unverified), which applies the rules of their kind too.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use hub_roles::{Credential, KeyError, KeyId, SignatureScheme, Signing, VerificationKey};

use crate::base64url;
use crate::cleared::Cleared;
use crate::compact;
use crate::error::{IssueProblem, TokenRule};
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
    signing_input: Cleared<String>,
    header: Header,
    payload: Cleared<Vec<u8>>,
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
/// As [`prepare`] and [`PreparedJws::sign`].
pub fn sign<R: Signing>(
    credential: &Credential<R>,
    typ: Option<&'static str>,
    cty: Option<&'static str>,
    payload: &[u8],
) -> Result<String, IssueProblem> {
    prepare(credential, typ, cty, payload)?.sign()
}

/// As [`sign`], up to the signature: for a key that takes its time.
///
/// # Errors
/// [`IssueProblem::Serialise`].
pub fn prepare<R: Signing>(
    credential: &Credential<R>,
    typ: Option<&'static str>,
    cty: Option<&'static str>,
    payload: &[u8],
) -> Result<PreparedJws<R>, IssueProblem> {
    let header = OutgoingHeader::jws(credential.kid(), typ, cty).to_segment()?;
    let payload = Cleared::from(base64url::encode(payload));
    let signing_input = Cleared::from([header.as_str(), ".", payload.as_str()].concat());
    Ok(PreparedJws { credential: credential.clone(), signing_input })
}

/// A JWS that wants nothing but its signature, by the key of one credential.
pub struct PreparedJws<R: Signing> {
    credential: Credential<R>,
    signing_input: Cleared<String>,
}

impl<R: Signing> PreparedJws<R> {
    /// The `kid` of the key that has to sign.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.credential.kid()
    }

    /// Whether that key waits for something outside this process: see [`PrivateKey::is_remote`](hub_roles::PrivateKey::is_remote).
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.credential.is_remote()
    }

    /// How it has to sign: RSASSA-PSS with SHA-256, MGF1-SHA256 and a salt of 32 octets.
    #[must_use]
    pub fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RsaPssSha256
    }

    /// What it has to sign: the JWS signing input (RFC 7515 section 5.1). It carries the claims readably.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The SHA-256 of [`message`](Self::message), for a service that is given the digest in place of a long message.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut octets = [0; 32];
        octets.copy_from_slice(digest(&SHA256, self.message()).as_ref());
        octets
    }

    /// Has the credential's key sign, in one call. The signature is verified before the token leaves: here, unless the key
    /// [does so itself](hub_roles::PrivateKey::verifies_own_signatures).
    ///
    /// # Errors
    /// [`IssueProblem::RemoteKey`] for a key that does not sign so, [`IssueProblem::Key`] if it fails, and as [`Self::complete`].
    pub fn sign(self) -> Result<String, IssueProblem> {
        let signature = self.credential.sign_ps256(self.message()).map_err(|error| match error {
            KeyError::Unsupported { .. } => IssueProblem::RemoteKey { kid: self.kid().clone() },
            error => IssueProblem::Key(error),
        })?;
        if self.credential.verifies_own_signatures() { Ok(self.with(&signature)) } else { self.complete(&signature) }
    }

    /// Adds the signature. It is verified first, so that no token leaves which its receiver would refuse.
    ///
    /// # Errors
    /// [`IssueProblem::Signature`] if it is not the PS256 signature of the credential's key over [`message`](Self::message).
    pub fn complete(self, signature: &[u8]) -> Result<String, IssueProblem> {
        self.credential
            .verify_ps256(self.message(), signature)
            .map_err(|_| IssueProblem::Signature { kid: self.kid().clone() })?;
        Ok(self.with(signature))
    }

    fn with(self, signature: &[u8]) -> String {
        let mut token = String::with_capacity(self.octets());
        token.push_str(&self.signing_input);
        token.push('.');
        base64url::append(&mut token, signature);
        token
    }

    /// How long the token will be.
    pub(crate) fn octets(&self) -> usize {
        let signature = self.credential.certificate().public_key().modulus_octets();
        self.signing_input.len() + 1 + base64url::encoded_len(signature)
    }
}

impl<R: Signing> fmt::Debug for PreparedJws<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedJws<{}>(kid {})", R::ID, self.kid())
    }
}
