//! What a lookup does: a glance at what is held, and if need be another one after an attempt.

use std::sync::Arc;

use hub_roles::{KeyId, Refusal, Role};

use super::cached::Cached;
use super::error::LookupError;
use super::event::Event;
use super::held::Held;
use super::state::Turn;
use crate::error::{JwkError, SelectCause, SelectError};
use crate::fetch::FetchCause;
use crate::jwk::Jwk;
use crate::set::{KeyOwner, KeySet};
use crate::trust::Check;

/// What a glance at the held set shows.
enum Glance<T> {
    /// The answer: the key, or why there is none. A newer set might have another one, and is asked for only where this one does not have the `kid`.
    Answer(Result<T, SelectError>),
    /// The set may be used, but does not have the `kid`.
    Unknown(SelectError, KeyId),
    /// There is no set that may be used.
    Nothing,
}

impl<O: KeyOwner> Cached<O> {
    /// Whether a key of the set may be handed out.
    pub(super) fn judge<R: Role>(
        &self,
        held: &Held<O>,
        key: &Jwk,
        check: Option<&Check<'_, R>>,
    ) -> Result<(), SelectCause> {
        if self.revoked.contains(key.kid()) {
            return Err(REVOKED);
        }
        let tell = |refusal: &Refusal| self.emit(&Event::CertificateRefused { kid: key.kid(), refusal });
        check.map_or(Ok(()), |check| check.judge(key, &held.verdicts, tell))
    }

    /// Makes a choice in the set. `kid`: the one that it has to be, if there is one. One that is revoked is refused whatever is held, and nothing is
    /// fetched for it.
    pub(super) async fn choose<R: Role<Owner = O>, T>(
        self: &Arc<Self>,
        kid: Option<&KeyId>,
        choice: impl Fn(&Held<O>) -> Result<T, SelectError>,
    ) -> Result<T, LookupError> {
        let glance = || {
            if let Some(kid) = kid.filter(|kid| self.revoked.contains(kid)) {
                return Glance::Answer(Err(SelectError::new::<R>(&self.owner, Some(kid), REVOKED)));
            }
            match self.usable(&choice) {
                None => Glance::Nothing,
                Some(Err(error)) => match error.unknown_kid() {
                    Some(kid) => Glance::Unknown(error, kid),
                    None => Glance::Answer(Err(error)),
                },
                Some(Ok(key)) => Glance::Answer(Ok(key)),
            }
        };
        match glance() {
            Glance::Answer(answer) => Ok(answer?),
            Glance::Unknown(error, kid) => self.after_fetch(Some((error, kid)), glance).await,
            Glance::Nothing => self.after_fetch(None, glance).await,
        }
    }

    /// The set without what is revoked, if it is held and may be used.
    pub(super) fn shown(self: &Arc<Self>) -> Option<Arc<KeySet<O>>> {
        self.usable(|held| self.revoked.out_of(&held.set))
    }

    /// The same, fetched if need be.
    pub(super) async fn fetched(self: &Arc<Self>) -> Result<Arc<KeySet<O>>, LookupError> {
        match self.shown() {
            Some(set) => Ok(set),
            None => {
                self.after_fetch(None, || self.shown().map_or(Glance::Nothing, |set| Glance::Answer(Ok(set)))).await
            }
        }
    }

    /// Looks again after the attempt in progress or a new one, if there may be one. `missed`: what the set that is held does not have.
    async fn after_fetch<T>(
        self: &Arc<Self>,
        missed: Option<(SelectError, KeyId)>,
        glance: impl Fn() -> Glance<T>,
    ) -> Result<T, LookupError> {
        if let Some((error, kid)) = missed
            && self.knows_as_unknown(&kid)
        {
            return Err(error.into());
        }
        let (flight, joined) = match self.turn() {
            Turn::Join(flight) => (flight, true),
            Turn::Fly(flight) => {
                self.fetch(flight.clone());
                (flight, false)
            }
            // An attempt may have ended since the first glance.
            Turn::Wait => {
                return match glance() {
                    Glance::Answer(answer) => Ok(answer?),
                    Glance::Unknown(_, kid) => Err(self.suppressed(kid)),
                    Glance::Nothing => Err(self.unavailable_since_last()),
                };
            }
        };
        let outcome = self.end_of(flight).await;
        match (glance(), outcome) {
            (Glance::Answer(answer), _) => Ok(answer?),
            // It was fetched because of this lookup, and does not have the key.
            (Glance::Unknown(error, kid), Ok(())) if !joined => {
                self.remember_unknown(kid);
                Err(error.into())
            }
            (Glance::Unknown(_, kid), Ok(())) => Err(self.suppressed(kid)),
            (Glance::Unknown(..) | Glance::Nothing, Err(cause)) => Err(self.unavailable(cause, !joined)),
            // Fetched, and past its end already: the clock was set forward.
            (Glance::Nothing, Ok(())) => Err(self.unavailable(self.error(FetchCause::Abandoned), !joined)),
        }
    }
}

const REVOKED: SelectCause = SelectCause::Rejected(JwkError::Revoked);
