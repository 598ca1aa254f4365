//! Servers that do what a test says of their weather, and note what they were asked.

use core::time::Duration;
use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use hub_jwks::{Clock, FetchCause, Freshness, KeySetAnswer, KeySetRequest, Transport};
use hub_roles::HttpsUrl;
use hub_testkit::ManualClock;
use tokio::runtime::Handle;

use crate::places::document;

/// What the server of a place does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Serves what is published, for so many seconds.
    Serves(u64),
    /// `503`.
    Out,
    /// No answer at all.
    Hangs,
    /// `404`.
    Gone,
    /// A set without a key.
    Empty,
    Garbage,
}

impl Weather {
    /// Whether the server gives no answer, or `503`: only then is a set used that is past its lifetime.
    pub(crate) fn is_outage(self) -> bool {
        matches!(self, Self::Out | Self::Hangs)
    }

    /// Whether a set that is past its lifetime is not used in it.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(self, Self::Gone | Self::Empty | Self::Garbage)
    }
}

/// What was served: which generation of keys, asked for when, and how long it is fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) generation: u64,
    pub(crate) began: Duration,
    pub(crate) lifetime: Duration,
}

/// One place of a keystore.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) weather: Weather,
    pub(crate) generation: u64,
    keys: u64,
    /// When it was asked, and in which weather.
    pub(crate) asked: Vec<(Duration, Weather)>,
    pub(crate) served: Vec<Served>,
}

/// All places, over one clock.
#[derive(Debug, Clone)]
pub(crate) struct Sky(Arc<Mutex<HashMap<HttpsUrl, Place>>>, ManualClock);

impl Sky {
    /// Of places with so many keys.
    pub(crate) fn new(clock: &ManualClock, places: impl IntoIterator<Item = (HttpsUrl, u64)>) -> Self {
        let weather = Weather::Serves(300);
        let place = |keys| Place { weather, generation: 0, keys, asked: Vec::new(), served: Vec::new() };
        let places = places.into_iter().map(|(url, keys)| (url, place(keys)));
        Self(Arc::new(Mutex::new(places.collect())), clock.clone())
    }

    pub(crate) fn places(&self) -> MutexGuard<'_, HashMap<HttpsUrl, Place>> {
        self.0.lock().unwrap()
    }
}

impl Transport for Sky {
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let (mut places, began) = (self.places(), self.1.monotonic());
        let place = places.get_mut(&request.url).unwrap();
        place.asked.push((began, place.weather));
        let freshness = Freshness::new();
        let answer = match place.weather {
            Weather::Serves(seconds) => {
                let lifetime = Duration::from_secs(seconds.clamp(60, 600));
                place.served.push(Served { generation: place.generation, began, lifetime });
                let freshness = freshness.with_max_age(Duration::from_secs(seconds));
                Ok(KeySetAnswer::Document { body: document(&request.url, place.generation, place.keys), freshness })
            }
            Weather::Out => Err(FetchCause::Status { status: 503, retry_after: None }),
            Weather::Hangs => return Box::pin(pending()),
            Weather::Gone => Err(FetchCause::Status { status: 404, retry_after: None }),
            Weather::Empty => Ok(KeySetAnswer::Document { body: document(&request.url, 0, 0), freshness }),
            Weather::Garbage => Ok(KeySetAnswer::Document { body: b"<html>".to_vec(), freshness }),
        };
        Box::pin(async move { answer })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        Handle::current().spawn(work);
    }
}
