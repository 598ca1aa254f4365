//! What is left of a token once it is known to be right.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::UnixTime;

use crate::claims::{CLOCK_SKEW, RegisteredClaims};
use crate::error::{TokenError, TokenRule};
use crate::replay::{AsyncReplayGuard, ReplayGuard, Use};
use crate::token::{Ceiling, Presence, Token};

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
/// [`spend_async`](Self::spend_async) and no other way.
#[must_use = "an unspent token proves nothing: it may have been used before"]
pub struct Unspent<T: Token>(Verified<T>);

impl<T: Token> Unspent<T> {
    /// Records the use at `now`, and gives the claims out if it is the first.
    ///
    /// # Errors
    /// [`TokenRule::Replayed`] if it is not, [`TokenRule::Replay`] if that cannot be told, [`TokenRule::Expired`] if its time is over by
    /// now.
    pub fn spend(self, guard: &(impl ReplayGuard + ?Sized), now: UnixTime) -> Result<Verified<T>, TokenError> {
        let recorded = self.to_use(now).and_then(|token| Ok(guard.insert(&token, now)?));
        self.spent(recorded)
    }

    /// As [`Self::spend`], with a store that many processes share and that answers later.
    ///
    /// Whoever drops the future before it is ready loses the token: whether its use was recorded is not known, so the sender has to
    /// send a new one.
    ///
    /// # Errors
    /// As [`Self::spend`].
    pub async fn spend_async(
        self,
        guard: &(impl AsyncReplayGuard + ?Sized),
        now: UnixTime,
    ) -> Result<Verified<T>, TokenError> {
        let recorded = match self.to_use(now) {
            Ok(token) => guard.insert_async(&token, now).await.map_err(TokenRule::from),
            Err(rule) => Err(rule),
        };
        self.spent(recorded)
    }

    fn to_use(&self, now: UnixTime) -> Result<Use, TokenRule> {
        let registered = self.0.registered();
        let jti = registered.jti().ok_or(TokenRule::ClaimMissing { claim: "jti" })?;
        let until = registered.expires_at().ceil() + CLOCK_SKEW;
        // Verified in time, spent too late: a guard may have forgotten it already.
        if until <= now.as_secs() {
            return Err(TokenRule::Expired { expires_at: registered.expires_at().floor(), now: now.as_secs() });
        }
        let until = UnixTime::since_unix_epoch(Duration::from_secs(until));
        Ok(Use::new(registered.issuer().to_owned(), jti.to_owned(), until))
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
        const {
            assert!(
                matches!((T::RULES.jti, T::RULES.ceiling), (Presence::Required, Ceiling::FromIssuedAt(_))),
                "what may be used once has a `jti`, and a lifetime for which guards can remember it"
            );
        }
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
