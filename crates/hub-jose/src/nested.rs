//! A JWS inside a JWE: signed, then encrypted (RFC 7519 section 11.2, THREATS section 2, "nesting").
//!
//! [`Sealer`](crate::Sealer) and [`Opener`](crate::Opener) are for the payloads that the ecosystem describes. This is for one that two
//! parties describe between themselves: finance rates and insurance premiums, say, of which it publishes that an LFI encrypts them and
//! not who signs, nor to which key (FACTS section 4). The parties state the roles, once:
//!
//! ```
//! use hub_jose::{IssueProblem, TokenRule, jws, nested};
//! use hub_roles::{Credential, DecryptionKey, Enc2, EncryptionKey, Sig4, VerificationKey};
//! # use hub_testkit::Ecosystem;
//! # use rustls_pki_types::UnixTime;
//!
//! // As agreed: signed with Sig4 of the LFI, encrypted to Enc2 of the TPP, at most 64 KiB.
//! const LIMIT: usize = 64 * 1024;
//!
//! // The LFI.
//! fn seal(rates: &[u8], sig4: &Credential<Sig4>, enc2: &EncryptionKey<Enc2>) -> Result<String, IssueProblem> {
//!     nested::seal(&jws::sign(sig4, None, None, rates)?, enc2)
//! }
//!
//! // The TPP. The signature proves whose the rates are; who they are for, and until when, they have to say themselves.
//! fn open(jwe: &str, enc2: &[DecryptionKey<Enc2>], sig4: &VerificationKey<Sig4>) -> Result<Vec<u8>, TokenRule> {
//!     let signed = nested::open(jwe, enc2, LIMIT).map_err(|(_, rule)| rule)?;
//!     signed.verify(sig4).map(<[u8]>::to_vec)
//! }
//! # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
//! # let eco = Ecosystem::sandbox(now)?;
//! # let (sig4, enc2) = (eco.lfi("bank")?.sig4()?, eco.tpp("acme")?.enc2());
//! # let (sig4_public, enc2_public) = (eco.holding::<Sig4>("bank")?.verification_key()?, eco.holding::<Enc2>("acme")?.encryption_key()?);
//! # let jwe = seal(b"[]", &sig4, &enc2_public)?;
//! # assert_eq!(open(&jwe, &[DecryptionKey::from(&enc2)], &sig4_public)?, b"[]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What turns out to be encrypted and not signed is [`jwe`] alone, and proves nothing about its sender.

use std::fmt;

use hub_roles::{DecryptionKey, Encryption, EncryptionKey, KeyId};
use zeroize::Zeroizing;

use crate::cleared::Cleared;
use crate::error::{IssueProblem, Layer, TokenRule};
use crate::jwe::{self, Jwe, PreparedJwe};
use crate::jws::Jws;

/// Encrypts a compact JWS to `key`, with `cty: JWT`.
///
/// # Errors
/// As [`jwe::encrypt`].
pub fn seal<R: Encryption>(jws: &str, key: &EncryptionKey<R>) -> Result<String, IssueProblem> {
    jwe::encrypt(key, Some(CONTENT_TYPE), jws.as_bytes())
}

/// How long the JWE around a JWS of so many octets will be.
pub(crate) fn octets<R: Encryption>(jws: usize, key: &EncryptionKey<R>) -> Result<usize, IssueProblem> {
    jwe::octets(key, Some(CONTENT_TYPE), jws)
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
    let content = Cleared::from(content.map_err(in_encryption)?);
    jws(&content).map_err(|rule| (Layer::Signature, rule))
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
