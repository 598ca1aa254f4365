//! What stands in a snapshot: one JSON object in each line, the first about the whole.

use std::borrow::Cow;
use std::ops::Not;
use std::sync::Arc;
use std::time::Duration;

use hub_json::Limits;
use hub_roles::HttpsUrl;
use serde::{Deserialize, Serialize};

use super::error::EntryFault;
use crate::limits::MAX_SET_OCTETS;
use crate::remote::Record;
use crate::set::AnyOwner;

/// One moment by two clocks: a file goes by the wall clock, a set by the timeline of its process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// In seconds of Unix time.
    pub(super) wall: u64,
    pub(super) timeline: Duration,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) format: Cow<'static, str>,
    /// In seconds of Unix time.
    pub(super) saved_at: u64,
}

/// A set. Its server's entity tag is not kept: whoever could write to the file could put the tag of the server's document beside one of his own, and
/// have that confirmed by a `304` for ever.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry<'a> {
    pub(super) url: HttpsUrl,
    pub(super) owner: AnyOwner,
    /// When it was asked for, in seconds of Unix time, rounded down.
    fetched_at: u64,
    /// How many seconds it may be used, without an outage.
    lifetime: u64,
    /// Whether its server has since then answered that it is gone, or something else: no outage makes it last longer.
    #[serde(default, skip_serializing_if = "Not::not")]
    refused: bool,
    /// As it was served.
    #[serde(borrow)]
    document: Cow<'a, str>,
}

impl Head {
    pub(super) fn new(saved_at: u64) -> Self {
        Self { format: FORMAT.into(), saved_at }
    }

    /// `None` if it is none of this version's.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        hub_json::from_object(line, Limits::new(256)).ok().filter(|head: &Self| head.format == FORMAT)
    }
}

impl<'a> Entry<'a> {
    /// `None` for a document that no set could be read from.
    pub(super) fn new(url: HttpsUrl, owner: AnyOwner, record: &'a Record, now: Moment) -> Option<Self> {
        let age = now.timeline.saturating_sub(record.fetched);
        Some(Self {
            url,
            owner,
            // A second for what both roundings cut off.
            fetched_at: now.wall.saturating_sub(age.as_secs() + 1),
            lifetime: record.lifetime.as_secs(),
            refused: record.refused,
            document: str::from_utf8(&record.document).ok()?.into(),
        })
    }

    /// Reads a line, which its faults say nothing of but where they are.
    pub(super) fn read(line: &'a [u8]) -> Result<Self, EntryFault> {
        Ok(hub_json::from_object(line, Limits::new(MAX_LINE_OCTETS).depth(2))?)
    }

    /// The set, as old as it is `now`.
    pub(super) fn into_record(self, now: Moment) -> Result<Record, EntryFault> {
        let age = now.wall.checked_sub(self.fetched_at).ok_or(EntryFault::InFuture)?;
        // What the clock's rounding cut off.
        let age = Duration::from_secs(age.saturating_add(1));
        Ok(Record {
            fetched: now.timeline.checked_sub(age).ok_or(EntryFault::TooOld)?,
            lifetime: Duration::from_secs(self.lifetime),
            refused: self.refused,
            document: Arc::from(self.document.as_bytes()),
        })
    }
}

/// Every octet of a document that may be written with an escape is; what stands beside it is a few URLs and IDs.
pub(super) const MAX_LINE_OCTETS: usize = 2 * MAX_SET_OCTETS + 16 * 1024;
const FORMAT: &str = "hub-jwks snapshot 1";
