//! JSON Web Encryption in the compact serialisation, with RSA-OAEP-256 and A256GCM and nothing else (RFC 7516, RFC 7518
//! sections 4.3 and 5.3).
//!
//! A JWE says nothing about who made it: anyone can encrypt to a public key. What came out of one is to be read as a JWS, which
//! [`nested`](crate::nested) and [`Opener`](crate::Opener) do.

use std::fmt;
use std::mem;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand;
use hub_roles::{DecryptionKey, Encryption, EncryptionKey, KeyError, KeyId};
use zeroize::Zeroizing;

use crate::base64url;
use crate::compact;
use crate::error::{IssueProblem, TokenRule};
use crate::header::{Header, OutgoingHeader};

/// A JWE that was taken apart but not decrypted.
pub struct Jwe {
    header: Header,
    /// The header as it was sent, which the tag covers.
    protected: String,
    encrypted_key: Vec<u8>,
    nonce: [u8; NONCE_OCTETS],
    /// Ciphertext and tag, one after the other.
    sealed: Vec<u8>,
}

impl Jwe {
    /// Takes a compact JWE of at most `limit` octets apart.
    ///
    /// # Errors
    /// [`TokenRule::TooLarge`], [`TokenRule::Segments`], [`TokenRule::Base64Url`], [`TokenRule::Length`], and every rule on headers.
    pub fn parse(text: &str, limit: usize) -> Result<Self, TokenRule> {
        let [protected, encrypted_key, nonce, ciphertext, tag] = compact::segments(text, limit)?;
        let header = Header::parse_jwe(protected)?;
        let encrypted_key = compact::decode("encrypted key", encrypted_key)?;
        let nonce = compact::decode("initialisation vector", nonce)?;
        let mut sealed = compact::decode("ciphertext", ciphertext)?;
        let tag = compact::decode("authentication tag", tag)?;
        check_length("authentication tag", TAG_OCTETS, tag.len())?;
        sealed.extend_from_slice(&tag);
        Ok(Self {
            header,
            protected: protected.to_owned(),
            encrypted_key,
            nonce: nonce.as_slice().try_into().map_err(|_| TokenRule::Length {
                part: "initialisation vector",
                expected: NONCE_OCTETS,
                found: nonce.len(),
            })?,
            sealed,
        })
    }

    /// Its header. Not authenticated before it is decrypted.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Decrypts with the one of `keys` that the header names; if it names none, with the only one there is.
    ///
    /// # Errors
    /// As [`Self::prepare`] and [`PreparedJwe::decrypt`].
    pub fn decrypt<R: Encryption>(self, keys: &[DecryptionKey<R>]) -> Result<Zeroizing<Vec<u8>>, TokenRule> {
        self.prepare(keys)?.decrypt()
    }

    /// As [`Self::decrypt`], up to the decryption of the content encryption key: for a key that takes its time.
    ///
    /// # Errors
    /// [`TokenRule::UnknownKey`], [`TokenRule::AmbiguousKey`], [`TokenRule::NoKeyNamed`], [`TokenRule::Length`].
    pub fn prepare<R: Encryption>(self, keys: &[DecryptionKey<R>]) -> Result<PreparedJwe<R>, TokenRule> {
        let key = self.choose(keys)?.clone();
        check_length("encrypted key", key.public_key().modulus_octets(), self.encrypted_key.len())?;
        Ok(PreparedJwe { jwe: self, key })
    }

    fn choose<'k, R: Encryption>(&self, keys: &'k [DecryptionKey<R>]) -> Result<&'k DecryptionKey<R>, TokenRule> {
        let Some(kid) = self.header.kid() else {
            return match keys {
                [only] => Ok(only),
                _ => Err(TokenRule::NoKeyNamed { held: keys.len() }),
            };
        };
        let mut named = keys.iter().filter(|key| key.kid() == kid);
        match (named.next(), named.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(TokenRule::UnknownKey { kid: kid.clone() }),
            (Some(_), Some(_)) => Err(TokenRule::AmbiguousKey { kid: kid.clone() }),
        }
    }
}

impl fmt::Debug for Jwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwe").field("header", &self.header).finish_non_exhaustive()
    }
}

/// A JWE that wants nothing but its content encryption key, decrypted by the one key it was encrypted to.
pub struct PreparedJwe<R: Encryption> {
    jwe: Jwe,
    key: DecryptionKey<R>,
}

impl<R: Encryption> PreparedJwe<R> {
    /// The `kid` of the key that has to decrypt, of those that were offered.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.key.kid()
    }

    /// Whether that key waits for something outside this process: see [`PrivateKey::is_remote`](hub_roles::PrivateKey::is_remote).
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.key.is_remote()
    }

    /// What it has to decrypt with RSA-OAEP-256, that is RSAES-OAEP with SHA-256 for hash and mask, and no label (RFC 7518 section
    /// 4.3). As long as the key's modulus.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.jwe.encrypted_key
    }

    /// Has the key decrypt, in one call.
    ///
    /// # Errors
    /// [`TokenRule::RemoteKey`] for a key that does not decrypt so, and as [`Self::complete`].
    pub fn decrypt(self) -> Result<Zeroizing<Vec<u8>>, TokenRule> {
        let content_key = match self.key.decrypt_oaep(self.encrypted_key()) {
            // It says so of every token alike, and so nothing of this one.
            Err(KeyError::Unsupported { .. }) => return Err(TokenRule::RemoteKey { kid: self.kid().clone() }),
            content_key => content_key,
        };
        self.complete(content_key)
    }

    /// Decrypts the content with the content encryption key, which is cleared afterwards.
    ///
    /// Whatever fails ends in the same error after the same work: where the key was not decrypted, or has a wrong length, a random
    /// one is used in its place (THREATS section 2, "oracle"). So a refused decryption is completed too, and why it was refused is
    /// not looked at.
    ///
    /// # Errors
    /// [`TokenRule::Decryption`].
    pub fn complete<C, E>(self, content_key: Result<C, E>) -> Result<Zeroizing<Vec<u8>>, TokenRule>
    where
        C: Into<Zeroizing<Vec<u8>>>,
    {
        let mut key = random_content_key().map_err(|_| TokenRule::Decryption)?;
        if let Ok(decrypted) = content_key.map(Into::into)
            && decrypted.len() == CONTENT_KEY_OCTETS
        {
            key.copy_from_slice(&decrypted);
        }

        let cipher = cipher(&key).map_err(|_| TokenRule::Decryption)?;
        let Jwe { protected, nonce, sealed, .. } = self.jwe;
        let mut content = Zeroizing::new(sealed);
        let length = cipher
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(protected.as_bytes()), &mut content)
            .map_err(|_| TokenRule::Decryption)?
            .len();
        content.truncate(length);
        Ok(content)
    }
}

impl<R: Encryption> fmt::Debug for PreparedJwe<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedJwe<{}>(kid {})", R::ID, self.kid())
    }
}

/// Encrypts `plaintext` to `key`; the header names its `kid`, and `cty` where given.
///
/// # Errors
/// [`IssueProblem::Key`], [`IssueProblem::Module`].
pub fn encrypt<R: Encryption>(
    key: &EncryptionKey<R>,
    cty: Option<&'static str>,
    plaintext: &[u8],
) -> Result<String, IssueProblem> {
    let protected = OutgoingHeader::jwe(key.kid(), cty).to_segment()?;
    let content_key = random_content_key()?;
    let encrypted_key = key.encrypt_oaep(content_key.as_slice())?;

    let mut nonce = [0; NONCE_OCTETS];
    rand::fill(&mut nonce).map_err(|_| IssueProblem::Module)?;
    // Room for the tag, so that no plaintext is left behind in a smaller buffer.
    let mut sealed = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG_OCTETS));
    sealed.extend_from_slice(plaintext);
    let tag = cipher(&content_key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(protected.as_bytes()), &mut sealed)
        .map_err(|_| IssueProblem::Module)?;

    // Nothing is left in it to be cleared.
    let ciphertext = mem::take(&mut *sealed);
    let segments = [encrypted_key.as_slice(), &nonce, &ciphertext, tag.as_ref()];
    let mut jwe = protected;
    jwe.reserve_exact(behind_header(segments.map(<[u8]>::len)));
    for segment in segments {
        jwe.push('.');
        base64url::append(&mut jwe, segment);
    }
    Ok(jwe)
}

/// How long the JWE of so many octets will be.
pub(crate) fn octets<R: Encryption>(
    key: &EncryptionKey<R>,
    cty: Option<&'static str>,
    plaintext: usize,
) -> Result<usize, IssueProblem> {
    let protected = OutgoingHeader::jwe(key.kid(), cty).to_segment()?.len();
    Ok(protected + behind_header([key.public_key().modulus_octets(), NONCE_OCTETS, plaintext, TAG_OCTETS]))
}

/// How long the segments of so many octets are, each with the dot before it.
fn behind_header(segments: [usize; 4]) -> usize {
    segments.iter().map(|&octets| 1 + base64url::encoded_len(octets)).sum()
}

fn random_content_key() -> Result<Zeroizing<[u8; CONTENT_KEY_OCTETS]>, IssueProblem> {
    let mut key = Zeroizing::new([0; CONTENT_KEY_OCTETS]);
    rand::fill(key.as_mut_slice()).map_err(|_| IssueProblem::Module)?;
    Ok(key)
}

fn cipher(content_key: &[u8; CONTENT_KEY_OCTETS]) -> Result<LessSafeKey, IssueProblem> {
    UnboundKey::new(&AES_256_GCM, content_key).map(LessSafeKey::new).map_err(|_| IssueProblem::Module)
}

fn check_length(part: &'static str, expected: usize, found: usize) -> Result<(), TokenRule> {
    if found == expected { Ok(()) } else { Err(TokenRule::Length { part, expected, found }) }
}

const CONTENT_KEY_OCTETS: usize = 32;
const NONCE_OCTETS: usize = 12;
const TAG_OCTETS: usize = 16;
