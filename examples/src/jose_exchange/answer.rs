//! What one side says to a token or a key of the other.

use serde::Deserialize;

use super::Fault;

/// The outcome of an operation, on either side.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer<T> {
    Done(T),
    /// With a reason: ours is the rule's code.
    Refused(String),
}

impl<T> Answer<T> {
    /// Ours.
    pub(super) fn of<E>(result: Result<T, E>, code: impl Fn(&E) -> &'static str) -> Self {
        result.map_or_else(|error| Self::Refused(code(&error).to_owned()), Self::Done)
    }

    /// The value, where nothing more can be said without.
    pub(super) fn done(self) -> Result<T, Fault> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Refused(reason) => Err(format!("refused: {reason}").into()),
        }
    }

    pub(super) fn try_map<U>(self, change: impl FnOnce(T) -> Result<U, Fault>) -> Result<Answer<U>, Fault> {
        Ok(match self {
            Self::Done(value) => Answer::Done(change(value)?),
            Self::Refused(reason) => Answer::Refused(reason),
        })
    }
}
