//! A JWS inside a JWE: signed, then encrypted (RFC 7519 section 11.2, THREATS section 2, "nesting").

use std::fmt;

use hub_roles::{DecryptionKey, Encryption, EncryptionKey, KeyId};
use zeroize::Zeroizing;

use crate::error::{IssueError, Layer, TokenRule};
use crate::jwe::{self, Jwe, PreparedJwe};
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
/// As [`prepare`] and [`PreparedNested::decrypt`].
pub fn open<R: Encryption>(text: &str, keys: &[DecryptionKey<R>], limit: usize) -> Result<Jws, (Layer, TokenRule)> {
    prepare(text, keys, limit)?.decrypt()
}

/// As [`open`], up to the decryption of the content encryption key: for a key that takes its time.
///
/// # Errors
/// The layer and the rule: those of [`Jwe::parse`] and [`Jwe::prepare`], and [`TokenRule::ContentType`].
pub fn prepare<R: Encryption>(
    text: &str,
    keys: &[DecryptionKey<R>],
    limit: usize,
) -> Result<PreparedNested<R>, (Layer, TokenRule)> {
    let prepare = || {
        let jwe = Jwe::parse(text, limit)?;
        jwe.header().check_cty(CONTENT_TYPE)?;
        jwe.prepare(keys).map(PreparedNested)
    };
    prepare().map_err(in_encryption)
}

/// A JWS inside a JWE that wants nothing but its content encryption key.
pub struct PreparedNested<R: Encryption>(PreparedJwe<R>);

impl<R: Encryption> PreparedNested<R> {
    /// As [`PreparedJwe::kid`].
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.0.kid()
    }

    /// As [`PreparedJwe::is_remote`].
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.0.is_remote()
    }

    /// As [`PreparedJwe::encrypted_key`].
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        self.0.encrypted_key()
    }

    /// Has the key decrypt, in one call, and takes the JWS apart.
    ///
    /// # Errors
    /// The layer and the rule: of the JWE [`TokenRule::RemoteKey`] for a key that does not decrypt so; else as [`Self::complete`].
    pub fn decrypt(self) -> Result<Jws, (Layer, TokenRule)> {
        inner(self.0.decrypt())
    }

    /// As [`PreparedJwe::complete`], and takes the JWS apart.
    ///
    /// # Errors
    /// The layer and the rule: of the JWE [`TokenRule::Decryption`]; of the content [`TokenRule::PlainContent`],
    /// [`TokenRule::NestedEncryption`], [`TokenRule::Unsecured`], and those of [`Jws::parse`].
    pub fn complete<C, E>(self, content_key: Result<C, E>) -> Result<Jws, (Layer, TokenRule)>
    where
        C: Into<Zeroizing<Vec<u8>>>,
    {
        inner(self.0.complete(content_key))
    }
}

impl<R: Encryption> fmt::Debug for PreparedNested<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedNested<{}>(kid {})", R::ID, self.kid())
    }
}

fn inner(content: Result<Zeroizing<Vec<u8>>, TokenRule>) -> Result<Jws, (Layer, TokenRule)> {
    jws(&content.map_err(in_encryption)?).map_err(|rule| (Layer::Signature, rule))
}

fn jws(content: &[u8]) -> Result<Jws, TokenRule> {
    if content.trim_ascii_start().starts_with(b"{") {
        return Err(TokenRule::PlainContent);
    }
    let text = str::from_utf8(content).map_err(|_| TokenRule::Segments { expected: 3 })?;
    if text.bytes().filter(|&octet| octet == b'.').count() == 4 {
        return Err(TokenRule::NestedEncryption);
    }
    Jws::parse(text, content.len())
}

fn in_encryption(rule: TokenRule) -> (Layer, TokenRule) {
    (Layer::Encryption, rule)
}

/// What a JWE of the ecosystem contains.
pub(crate) const CONTENT_TYPE: &str = "JWT";
