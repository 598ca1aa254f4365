//! What is left of a token once it is known to be right.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use rustls_pki_types::UnixTime;

use crate::claims::{CLOCK_SKEW, RegisteredClaims};
use crate::error::{TokenError, TokenRule};
use crate::replay::{ReplayError, ReplayGuard, Use};
use crate::token::Token;

/// A token that was verified whole: signature, parties, dates and every rule of its kind. Nothing else makes one.
pub struct Verified<T: Token> {
    registered: RegisteredClaims,
    claims: T::Claims,
}

impl<T: Token> Verified<T> {
    pub(crate) fn new(registered: RegisteredClaims, claims: T::Claims) -> Self {
        Self { registered, claims }
    }

    /// Issuer, subject, audience, dates and `jti`.
    #[must_use]
    pub fn registered(&self) -> &RegisteredClaims {
        &self.registered
    }

    /// What it says beyond them.
    #[must_use]
    pub fn claims(&self) -> &T::Claims {
        &self.claims
    }

    /// As [`Self::claims`], for keeps.
    #[must_use]
    pub fn into_claims(self) -> T::Claims {
        self.claims
    }
}

impl<T: Token> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({})", T::ID)
    }
}

/// A token that was verified, but may be used once only: its claims come out of [`spend`](Self::spend) or
/// [`spend_with`](Self::spend_with) and no other way.
pub struct Unspent<T: Token>(Verified<T>);

impl<T: Token> Unspent<T> {
    /// Records the use at `now`, and gives the claims out if it is the first.
    ///
    /// # Errors
    /// [`TokenRule::Replayed`] if it is not, [`TokenRule::Replay`] if that cannot be told.
    pub fn spend(self, guard: &(impl ReplayGuard + ?Sized), now: UnixTime) -> Result<Verified<T>, TokenError> {
        let recorded = self.to_use().and_then(|token| guard.insert(&token, now).map_err(rule));
        self.spent(recorded)
    }

    /// As [`Self::spend`], for a store that many processes share and that answers later.
    ///
    /// `insert` has the duties of [`ReplayGuard::insert`]: one atomic step of the store that fails if the entry exists.
    ///
    /// # Errors
    /// As [`Self::spend`].
    pub async fn spend_with<F>(self, insert: impl FnOnce(Use) -> F) -> Result<Verified<T>, TokenError>
    where
        F: Future<Output = Result<(), ReplayError>>,
    {
        let recorded = match self.to_use() {
            Ok(token) => insert(token).await.map_err(rule),
            Err(rule) => Err(rule),
        };
        self.spent(recorded)
    }

    fn to_use(&self) -> Result<Use, TokenRule> {
        let registered = self.0.registered();
        let jti = registered.jti().ok_or(TokenRule::ClaimMissing { claim: "jti" })?;
        let until = Duration::from_secs(registered.expires_at().ceil() + CLOCK_SKEW);
        Ok(Use::new(registered.issuer().to_owned(), jti.to_owned(), UnixTime::since_unix_epoch(until)))
    }

    fn spent(self, recorded: Result<(), TokenRule>) -> Result<Verified<T>, TokenError> {
        match recorded {
            Ok(()) => Ok(self.0),
            Err(rule) => Err(rule.in_signature(T::ID)),
        }
    }
}

impl<T: Token> From<Verified<T>> for Unspent<T> {
    fn from(verified: Verified<T>) -> Self {
        Self(verified)
    }
}

impl<T: Token> fmt::Debug for Unspent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unspent({})", T::ID)
    }
}

/// A token whose signature somebody else vouches for: the Hub, for PII, over C4's connection (FACTS section 4). No function that asks
/// for [`Verified`] takes it.
pub struct Vouched<T: Token>(Verified<T>);

impl<T: Token> Vouched<T> {
    pub(crate) fn new(accepted: Verified<T>) -> Self {
        Self(accepted)
    }

    /// Issuer, subject, audience, dates and `jti`.
    #[must_use]
    pub fn registered(&self) -> &RegisteredClaims {
        self.0.registered()
    }

    /// What it says beyond them.
    #[must_use]
    pub fn claims(&self) -> &T::Claims {
        self.0.claims()
    }

    /// As [`Self::claims`], for keeps.
    #[must_use]
    pub fn into_claims(self) -> T::Claims {
        self.0.into_claims()
    }
}

impl<T: Token> fmt::Debug for Vouched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vouched({})", T::ID)
    }
}

fn rule(error: ReplayError) -> TokenRule {
    match error {
        ReplayError::Used => TokenRule::Replayed,
        other => TokenRule::Replay(other),
    }
}
