//! How refreshing goes.

use hub_roles::{RevocationList, RevocationListNumber};
use rustls_pki_types::UnixTime;

use super::error::RefreshError;
use crate::error::ConfigError;

/// How it goes with a [`Refresher`](super::Refresher) at one time: for a health check, and for metrics.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefreshHealth {
    /// Each distribution point, in the order they were given in.
    pub points: Vec<PointHealth>,
    /// Why followers did not take the trust framework in force. They are asked again with every fetch.
    pub refused: Vec<ConfigError>,
}

impl RefreshHealth {
    /// Whether each distribution point has given a list that is current at this time, and all followers go by it.
    #[must_use]
    pub fn is_good(&self, now: UnixTime) -> bool {
        self.refused.is_empty() && self.points.iter().all(|point| point.is_current(now))
    }
}

/// How it goes with one distribution point.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PointHealth {
    /// Its URL.
    pub url: String,
    /// The lists it gave last: one, where it serves DER.
    pub lists: Vec<ListHealth>,
    /// When it last gave a list that was taken, or was the one in force, or said that it has no other (HTTP status 304).
    pub last_success: Option<UnixTime>,
    /// When it last did not, and why.
    pub last_failure: Option<(UnixTime, RefreshError)>,
    /// How many attempts in a row have failed, or brought a list that has expired. Zero is well.
    pub attempts_in_vain: u32,
    /// When the next attempt is due; `None` while it has not been planned.
    pub next_attempt: Option<UnixTime>,
}

impl PointHealth {
    /// Whether it has given lists, and all that it gave last are current at this time.
    #[must_use]
    pub fn is_current(&self, now: UnixTime) -> bool {
        self.next_update().is_some_and(|next_update| now < next_update)
    }

    /// When the first of its lists expires.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.lists.iter().map(|list| list.next_update).min_by_key(UnixTime::as_secs)
    }
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListHealth {
    /// The CA's name in the form of RFC 4514.
    pub issuer: String,
    /// Its number.
    pub number: Option<RevocationListNumber>,
    /// When the CA made it.
    pub this_update: UnixTime,
    /// When the CA makes the next one at the latest.
    pub next_update: UnixTime,
}

impl ListHealth {
    pub(super) fn of(list: &RevocationList) -> Self {
        Self {
            issuer: list.issuer().to_owned(),
            number: list.number(),
            this_update: list.this_update(),
            next_update: list.next_update(),
        }
    }
}
