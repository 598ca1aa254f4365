//! A JWS inside a JWE: signed, then encrypted (RFC 7519 section 11.2, THREATS section 2, "nesting").

use hub_roles::{DecryptionKey, Encryption, EncryptionKey};

use crate::error::{IssueError, Layer, TokenRule};
use crate::jwe::{self, Jwe};
use crate::jws::Jws;

/// Encrypts a compact JWS to `key`, with `cty: JWT`.
///
/// # Errors
/// As [`jwe::encrypt`].
pub fn seal<R: Encryption>(jws: &str, key: &EncryptionKey<R>) -> Result<String, IssueError> {
    jwe::encrypt(key, Some(CONTENT_TYPE), jws.as_bytes())
}

/// Decrypts a compact JWE of at most `limit` octets and takes the JWS inside it apart. The signature is still to be verified.
///
/// # Errors
/// The layer and the rule: of the JWE those of [`Jwe::parse`] and [`Jwe::decrypt`], and [`TokenRule::ContentType`]; of the content
/// [`TokenRule::PlainContent`], [`TokenRule::NestedEncryption`], [`TokenRule::Unsecured`], and those of [`Jws::parse`].
pub fn open<R: Encryption>(text: &str, keys: &[DecryptionKey<R>], limit: usize) -> Result<Jws, (Layer, TokenRule)> {
    let in_encryption = |rule| (Layer::Encryption, rule);
    let jwe = Jwe::parse(text, limit).map_err(in_encryption)?;
    jwe.header().check_cty(CONTENT_TYPE).map_err(in_encryption)?;
    let content = jwe.decrypt(keys).map_err(in_encryption)?;
    inner(&content).map_err(|rule| (Layer::Signature, rule))
}

fn inner(content: &[u8]) -> Result<Jws, TokenRule> {
    if content.trim_ascii_start().starts_with(b"{") {
        return Err(TokenRule::PlainContent);
    }
    let text = str::from_utf8(content).map_err(|_| TokenRule::Segments { expected: 3 })?;
    if text.bytes().filter(|&octet| octet == b'.').count() == 4 {
        return Err(TokenRule::NestedEncryption);
    }
    Jws::parse(text, content.len())
}

/// What a JWE of the ecosystem contains.
pub(crate) const CONTENT_TYPE: &str = "JWT";
