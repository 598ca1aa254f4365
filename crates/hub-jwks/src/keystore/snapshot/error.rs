//! What is wrong with a snapshot, or with an entry of it.

use std::io;

use hub_roles::HttpsUrl;
use thiserror::Error;

use crate::fetch::FetchCause;
use crate::keystore::shelf::NotBack;
use crate::remote::NotRestored;

/// A snapshot could not be written, or nothing (more) of it could be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The settings do not ask for snapshots, so that no document was kept.
    #[error("no documents are kept that could be saved: build the keystore with `with_snapshots`")]
    Off,
    /// The file could not be written, or not be read. [`io::ErrorKind::NotFound`] is what a first start finds.
    #[error("the snapshot: {0}")]
    Io(#[from] io::Error),
    /// Every user of the machine may write to the file.
    #[error("any user may write to the snapshot, and so choose keys: protect it like configuration")]
    Exposed,
    /// The file does not begin as a snapshot of this version does.
    #[error("the file is no snapshot, or one of another version")]
    NotASnapshot,
    /// The clock shows an earlier time than when the snapshot was saved, so that nobody knows how old its sets are.
    #[error("the snapshot was saved in the future: the clock was set back")]
    ClockSetBack,
    /// A line is too long for an entry. The rest of the file was not read.
    #[error("line {line} of the snapshot is too long for an entry, and the rest was not read")]
    Line {
        /// Which line, from 1.
        line: usize,
    },
    /// The file has more entries than the keystore may have sets. The rest of the file was not read.
    #[error("the snapshot has more entries than the {most} sets that may be kept, and the rest was not read")]
    TooMany {
        /// How many were looked at.
        most: usize,
    },
}

impl SnapshotError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Off => "snapshot.off",
            Self::Io(_) => "snapshot.io",
            Self::Exposed => "snapshot.exposed",
            Self::NotASnapshot => "snapshot.not-a-snapshot",
            Self::ClockSetBack => "snapshot.clock-set-back",
            Self::Line { .. } => "snapshot.line",
            Self::TooMany { .. } => "snapshot.too-many",
        }
    }
}

/// An entry of a snapshot that was passed over.
#[derive(Debug, Error)]
#[error("line {line} of the snapshot: {fault}")]
#[non_exhaustive]
pub struct RefusedEntry {
    /// Which line of the file, from 1.
    pub line: usize,
    /// The set's URL, if that could be read.
    pub url: Option<HttpsUrl>,
    /// Why.
    #[source]
    pub fault: EntryFault,
}

/// Why an entry of a snapshot was passed over.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// It is damaged: no strict JSON, or not the members of an entry.
    #[error("damaged: {0}")]
    Json(#[from] hub_json::Error),
    /// It says that it was fetched at a time that is yet to come.
    #[error("fetched in the future")]
    InFuture,
    /// What it may still be used for is over.
    #[error("too old to be used")]
    TooOld,
    /// Its document is refused as it would be if it were fetched now.
    #[error("{0}")]
    Set(#[source] FetchCause),
    /// The keystore has this set already.
    #[error("the set is here already")]
    AlreadyHeld,
    /// The keystore has no room for another set.
    #[error("no room for another set: allow for more with `with_most_sets`")]
    NoRoom,
}

impl EntryFault {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(error) => error.code(),
            Self::InFuture => "snapshot-entry.in-future",
            Self::TooOld => "snapshot-entry.too-old",
            Self::Set(cause) => cause.code(),
            Self::AlreadyHeld => "snapshot-entry.already-held",
            Self::NoRoom => "snapshot-entry.no-room",
        }
    }
}

impl From<NotBack> for EntryFault {
    fn from(reason: NotBack) -> Self {
        match reason {
            NotBack::Here => Self::AlreadyHeld,
            NotBack::NoRoom => Self::NoRoom,
            NotBack::Not(NotRestored::Ended) => Self::TooOld,
            NotBack::Not(NotRestored::Refused(cause)) => Self::Set(cause),
        }
    }
}
