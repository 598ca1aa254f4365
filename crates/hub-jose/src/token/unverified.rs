//! A token between its arrival and its verification.

use std::fmt;
use std::marker::PhantomData;

use hub_roles::{KeyId, Role, VerificationKey};
use rustls_pki_types::UnixTime;

use crate::claims::RegisteredClaims;
use crate::error::{TokenError, TokenRule};
use crate::jws::Jws;
use crate::token::{BareToken, Token, Verified};

/// A token that was taken apart, and nothing more. It shows its `kid`, so that the key can be looked up, and keeps its claims to
/// itself until [`verify`](Self::verify).
///
/// However large the token is, parsing and verifying it allocate as often, as a test counts and bounds it: 13 times for a client assertion, 19 for a
/// signed request whose message is one text. Each further value that the claims' type keeps comes on top.
///
/// ```no_run
/// use hub_jose::{ClientAssertion, ExpectedClient, ReplayGuard, TokenError, Unverified};
/// use hub_roles::{Sig1, VerificationKey};
/// use rustls_pki_types::UnixTime;
///
/// # fn key_of(_: &ExpectedClient, _: &hub_roles::KeyId) -> VerificationKey<Sig1> { unreachable!() }
/// # fn example(text: &str, expected: ExpectedClient, replay: &dyn ReplayGuard) -> Result<(), TokenError> {
/// let token = Unverified::<ClientAssertion>::parse(text)?;
/// let key = key_of(&expected, token.kid());
/// let now = UnixTime::now();
/// let assertion = token.verify(&key, &expected, now)?.spend(replay, now)?;
/// # Ok(())
/// # }
/// ```
pub struct Unverified<T: Token> {
    jws: Jws,
    kid: KeyId,
    token: PhantomData<fn() -> T>,
}

impl<T: BareToken> Unverified<T> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// Every rule on size, shape and header.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        Self::parse_up_to(text, T::RULES.max_octets)
    }

    /// As [`Self::parse`], for a caller who expects a token of up to `octets` octets, where its kind allows that: signed bodies that
    /// carry a file. More than [`Rules::max_octets_settable`](crate::Rules::max_octets_settable) counts as that.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_up_to(text: &str, octets: usize) -> Result<Self, TokenError> {
        Jws::parse(text, octets.min(T::RULES.max_octets_settable))
            .and_then(Self::new)
            .map_err(|rule| rule.in_signature(T::ID))
    }
}

impl<T: Token> Unverified<T> {
    /// Holds the header to the rules of the kind.
    pub(crate) fn new(jws: Jws) -> Result<Self, TokenRule> {
        let header = jws.header();
        header.check_typ(T::RULES.typ)?;
        header.check_cty("json")?;
        let kid = header.kid().ok_or(TokenRule::HeaderMissing { parameter: "kid" })?.clone();
        Ok(Self { jws, kid, token: PhantomData })
    }

    /// The `kid` that its header names, for looking the key up in the set of the expected party. Not verified.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Verifies everything: that the key belongs to the expected party and made the signature, and each rule of the kind of token,
    /// at `now`.
    ///
    /// # Errors
    /// The rule that was broken.
    pub fn verify(
        &self,
        key: &VerificationKey<T::SignedBy>,
        expectation: &T::Expectation,
        now: UnixTime,
    ) -> Result<T::Outcome, TokenError> {
        let outcome = self.verify_signature(key, expectation).and_then(|payload| accept(payload, expectation, now));
        self.conclude(outcome, "verified").map(T::Outcome::from)
    }

    /// Accepts the claims on somebody else's word about the signature.
    pub(crate) fn accept_unverified(
        &self,
        expectation: &T::Expectation,
        now: UnixTime,
    ) -> Result<Verified<T>, TokenError> {
        self.conclude(accept(self.jws.unverified_payload(), expectation, now), "vouched for")
    }

    pub(crate) fn unverified_payload(&self) -> &[u8] {
        self.jws.unverified_payload()
    }

    fn verify_signature(
        &self,
        key: &VerificationKey<T::SignedBy>,
        expectation: &T::Expectation,
    ) -> Result<&[u8], TokenRule> {
        let expected = T::parties(expectation).owner;
        if key.owner() != expected {
            return Err(TokenRule::KeyOwner { expected: expected.to_string(), found: key.owner().to_string() });
        }
        self.jws.verify(key)
    }

    /// Tells the log how it ended.
    fn conclude(
        &self,
        outcome: Result<Verified<T>, TokenRule>,
        signature: &'static str,
    ) -> Result<Verified<T>, TokenError> {
        let accepted = outcome.map_err(|rule| rule.in_signature_of(T::ID, &self.kid))?;
        tracing::debug!(token = %T::ID, role = %T::SignedBy::ID, kid = %self.kid, signature, "token accepted");
        Ok(accepted)
    }
}

impl<T: Token> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({}, kid {})", T::ID, self.kid)
    }
}

/// Claims whose signature is settled and whose registered part was accepted: what a kind of token reads the rest from. It is made in
/// the course of a verification and nowhere else, so [`Token::read`] cannot be called on anything that was not verified.
pub struct Accepted<'a> {
    payload: &'a [u8],
    registered: &'a RegisteredClaims,
    now: u64,
}

impl<'a> Accepted<'a> {
    pub(super) fn payload(&self) -> &'a [u8] {
        self.payload
    }

    pub(super) fn registered(&self) -> &'a RegisteredClaims {
        self.registered
    }

    /// Seconds since the Unix epoch at which the claims are judged.
    pub(super) fn now(&self) -> u64 {
        self.now
    }
}

impl fmt::Debug for Accepted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accepted({} octets)", self.payload.len())
    }
}

fn accept<T: Token>(payload: &[u8], expectation: &T::Expectation, now: UnixTime) -> Result<Verified<T>, TokenRule> {
    let now = now.as_secs();
    let registered = RegisteredClaims::accept(payload, &T::RULES, &T::parties(expectation).names, now)?;
    let claims = T::read(&Accepted { payload, registered: &registered, now }, expectation)?;
    Ok(Verified::new(registered, claims))
}
