//! Opening sealed payloads.

use std::fmt;

use hub_roles::{DecryptionKey, KeyId, Payload, VerificationKey};
use rustls_pki_types::UnixTime;

use crate::error::{TokenError, TokenRule};
use crate::nested;
use crate::token::{PreparedOpening, SealedToken, Token, Unverified};

/// Opens payloads of one kind, with the recipient's decryption keys: the active one, and retired ones for what was sealed before a
/// rotation.
///
/// ```no_run
/// use hub_jose::{ExpectedClient, Opener, TokenError};
/// use hub_roles::{Credential, DecryptionKey, Enc1, Pii, Sig1, VerificationKey};
/// use rustls_pki_types::UnixTime;
///
/// # #[derive(serde::Deserialize)] struct Personal {}
/// # fn example(jwe: &str, enc1: &Credential<Enc1>, keys: &[VerificationKey<Sig1>], expected: ExpectedClient) -> Result<(), Box<dyn std::error::Error>> {
/// let opener = Opener::<Pii>::new([DecryptionKey::from(enc1)]);
/// let pii = opener.open(jwe, keys, &expected, UnixTime::now())?;
/// let personal: Personal = pii.claims().read()?;
/// # Ok(())
/// # }
/// ```
pub struct Opener<P: Payload> {
    keys: Vec<DecryptionKey<P::EncryptedTo>>,
}

impl<P: SealedToken> Opener<P> {
    /// Opens what was encrypted to one of `keys`.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = DecryptionKey<P::EncryptedTo>>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// Decrypts only: the `kid` of the signature can then be looked up, and of a webhook event the consent.
    ///
    /// # Errors
    /// As [`Self::prepare`] and [`PreparedOpening::decrypt`].
    pub fn decrypt(&self, jwe: &str) -> Result<Unverified<P>, TokenError> {
        self.prepare(jwe)?.decrypt()
    }

    /// Takes a payload apart and chooses the key it was encrypted to: for a key that takes its time.
    ///
    /// # Errors
    /// Every rule on the JWE's size, shape and header, [`TokenRule::UnknownKey`], [`TokenRule::AmbiguousKey`],
    /// [`TokenRule::NoKeyNamed`].
    pub fn prepare(&self, jwe: &str) -> Result<PreparedOpening<P>, TokenError> {
        nested::prepare(jwe, &self.keys, P::RULES.max_octets)
            .map(PreparedOpening::new)
            .map_err(|(layer, rule)| TokenError::new(<P as Token>::ID, layer, None, rule))
    }

    /// Decrypts, and verifies with the one of `keys` that the signature names: the active keys of the expected sender.
    ///
    /// # Errors
    /// As [`Self::decrypt`] and [`Unverified::verify_with_one_of`].
    pub fn open(
        &self,
        jwe: &str,
        keys: &[VerificationKey<<P as Payload>::SignedBy>],
        expectation: &P::Expectation,
        now: UnixTime,
    ) -> Result<P::Outcome, TokenError> {
        self.decrypt(jwe)?.verify_with_one_of(keys, expectation, now)
    }
}

impl<P: Payload> Clone for Opener<P> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone() }
    }
}

impl<P: Payload> fmt::Debug for Opener<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener<{}>({:?})", P::ID, self.keys)
    }
}

impl<P: SealedToken> Unverified<P> {
    /// Verifies with the one of `keys` that the signature names: the active keys of the expected sender.
    ///
    /// # Errors
    /// [`TokenRule::UnknownKey`], [`TokenRule::AmbiguousKey`], and as [`Unverified::verify`].
    pub fn verify_with_one_of(
        &self,
        keys: &[VerificationKey<<P as Payload>::SignedBy>],
        expectation: &P::Expectation,
        now: UnixTime,
    ) -> Result<P::Outcome, TokenError> {
        self.verify_with_first_of(&[keys], expectation, now)
    }

    /// Verifies with the key that the signature names, from the first of `sets` that has it.
    pub(super) fn verify_with_first_of(
        &self,
        sets: &[&[VerificationKey<<P as Payload>::SignedBy>]],
        expectation: &P::Expectation,
        now: UnixTime,
    ) -> Result<P::Outcome, TokenError> {
        let key = choose::<P>(self.kid(), sets).map_err(|rule| rule.in_signature_of(<P as Token>::ID, self.kid()))?;
        self.verify(key, expectation, now)
    }
}

fn choose<'k, P: Payload>(
    kid: &KeyId,
    sets: &[&'k [VerificationKey<P::SignedBy>]],
) -> Result<&'k VerificationKey<P::SignedBy>, TokenRule> {
    for set in sets {
        let mut named = set.iter().filter(|key| key.kid() == kid);
        match (named.next(), named.next()) {
            (Some(key), None) => return Ok(key),
            (Some(_), Some(_)) => return Err(TokenRule::AmbiguousKey { kid: kid.clone() }),
            (None, _) => {}
        }
    }
    Err(TokenRule::UnknownKey { kid: kid.clone() })
}
