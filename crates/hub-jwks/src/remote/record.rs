//! A set as it leaves a cache, and as it may come back to one.

use std::sync::Arc;
use std::time::Duration;

use crate::fetch::FetchCause;

/// What is known of a set beside where it is and whose. Coming back, its document is believed to be the server's, and read as strictly; its age is
/// believed, and its lifetime as far as the settings allow.
///
/// The server's entity tag is no part of it. A tag that comes from elsewhere could stand beside any document, which the server would then confirm.
#[derive(Debug)]
pub(crate) struct Record {
    /// When it was asked for, or that was confirmed, on the timeline.
    pub(crate) fetched: Duration,
    /// How long it may be used, from then on, without an outage.
    pub(crate) lifetime: Duration,
    /// Whether an attempt since then has failed otherwise than by an outage: that is so for the next process too.
    pub(crate) refused: bool,
    /// As it was served.
    pub(crate) document: Arc<[u8]>,
}

/// Why a set does not come back.
#[derive(Debug)]
pub(crate) enum NotRestored {
    /// Its time is over.
    Ended,
    /// It is no set that may be held.
    Refused(FetchCause),
}
