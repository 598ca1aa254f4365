//! What the sets of a keystore share.

use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::lanes::Lanes;
use super::room::Room;
use super::settings::{CacheSettings, CacheSettingsError};
use super::timeline::Timeline;
use crate::fetch::FetchCause;
use crate::transport::{KeySetAnswer, KeySetRequest, Transport};

/// What sets share: the way to their servers, the time, the rules.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) timeline: Timeline,
    pub(super) settings: CacheSettings,
    lanes: Lanes,
    pub(super) room: Room,
    /// Whether documents are kept as they were served.
    pub(super) keeps_documents: bool,
}

impl Upstream {
    pub(crate) fn new(transport: Arc<dyn Transport>, settings: &CacheSettings) -> Result<Self, CacheSettingsError> {
        settings.check()?;
        let timeline = Timeline::new(Arc::clone(&settings.clock));
        Ok(Self {
            transport,
            timeline,
            settings: settings.clone(),
            lanes: Lanes::new(Arc::clone(&settings.clock)),
            room: Room::new(usize::MAX),
            keeps_documents: false,
        })
    }

    /// How many octets of documents the sets may hold together, and whether these are kept as they were served.
    pub(crate) fn with_documents(mut self, most_octets: usize, kept: bool) -> Self {
        self.room = Room::new(most_octets);
        self.keeps_documents = kept;
        self
    }

    pub(crate) fn now(&self) -> Duration {
        self.timeline.now()
    }

    /// Waits for its turn at the host, and for the answer: for an attempt that is over at `limit`.
    pub(super) async fn get(&self, request: KeySetRequest, limit: Duration) -> Result<KeySetAnswer, FetchCause> {
        let lane = self.lanes.enter(request.url.host(), limit).await;
        let _lane = lane.ok_or(FetchCause::Timeout { limit: self.settings.attempt_limit })?;
        self.transport.get(request).await
    }

    pub(crate) fn wall(&self) -> UnixTime {
        self.settings.clock.now()
    }

    /// Whether the caller is to drop sets that nobody uses, for others to find room.
    pub(crate) fn is_room_wanted(&self) -> bool {
        self.room.is_to_be_made(self.timeline.now())
    }

    /// Octets of documents that the sets hold.
    pub(crate) fn octets(&self) -> usize {
        self.room.taken()
    }

    pub(crate) fn keeps_documents(&self) -> bool {
        self.keeps_documents
    }
}
