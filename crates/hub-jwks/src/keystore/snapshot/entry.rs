//! What stands in a snapshot: one JSON object in each line, the first about the whole.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use hub_json::Limits;
use hub_roles::HttpsUrl;
use serde::{Deserialize, Serialize};

use super::error::EntryFault;
use crate::limits::MAX_SET_OCTETS;
use crate::remote::Record;
use crate::set::AnyOwner;

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
    pub(super) fn new(url: HttpsUrl, owner: AnyOwner, record: &'a Record, now: u64) -> Option<Self> {
        Some(Self {
            url,
            owner,
            // A second for what both roundings cut off.
            fetched_at: now.saturating_sub(record.age.as_secs() + 1),
            lifetime: record.lifetime.as_secs(),
            document: str::from_utf8(&record.document).ok()?.into(),
        })
    }

    /// Reads a line, which its faults say nothing of but where they are.
    pub(super) fn read(line: &'a [u8]) -> Result<Self, EntryFault> {
        Ok(hub_json::from_object(line, Limits::new(MAX_LINE_OCTETS).depth(2))?)
    }

    /// The set, as old as it is `now`.
    pub(super) fn into_record(self, now: u64) -> Result<Record, EntryFault> {
        let age = now.checked_sub(self.fetched_at).ok_or(EntryFault::InFuture)?;
        Ok(Record {
            // What the clock's rounding cut off.
            age: Duration::from_secs(age.saturating_add(1)),
            lifetime: Duration::from_secs(self.lifetime),
            document: Arc::from(self.document.as_bytes()),
        })
    }
}

/// Every octet of a document that may be written with an escape is; what stands beside it is a few URLs and IDs.
pub(super) const MAX_LINE_OCTETS: usize = 2 * MAX_SET_OCTETS + 16 * 1024;
const FORMAT: &str = "hub-jwks snapshot 1";
