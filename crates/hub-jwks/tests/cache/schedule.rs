//! What may happen, in any order.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hub_jwks::{FetchCause, Freshness, KeySetAnswer, MAX_SET_OCTETS, RetryAfter};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::keys::{Number, Served};
use crate::model::{Outcome, Rules, Said, Wanted};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Ask(Wanted),
    /// The server answers, if it was asked.
    Answer(Reply),
    /// Another set is published.
    Publish(Served),
    Pass(Duration),
    /// The wall clock is set, or has gone on while the machine was suspended.
    SetWallClock(i64),
    /// One of those who wait gives up.
    GiveUp(prop::sample::Index),
    Revoke(Number),
    /// The runtime of the background work ends, and another one takes over.
    Stop,
}

/// What a server does.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Serves what is published, or says that it is what the client has.
    Publish {
        said: (Option<u64>, Option<u64>),
        tagged: bool,
    },
    /// Says so whatever the client has, under any tag.
    NotModified(Option<String>),
    Garbage,
    TooLarge,
    Status(u16, Option<u64>),
    Redirect,
    Connect,
    Refused,
}

impl Reply {
    /// What the cache is told, and what that means to the model.
    pub(crate) fn of(&self, published: &Served, etag: Option<&str>) -> (Result<KeySetAnswer, FetchCause>, Outcome) {
        let failed = |cause, code, outage, retry_after: Option<u64>| {
            let retry_after = retry_after.map(Duration::from_secs);
            (Err(cause), Outcome::Failed { code, outage, retry_after })
        };
        let document = |body, freshness| Ok(KeySetAnswer::Document { body, freshness });
        let broken = |code| Outcome::Failed { code, outage: false, retry_after: None };
        match *self {
            Self::Publish { said: (max_age, age), tagged } => {
                let said = Said { max_age: max_age.map(Duration::from_secs), age: age.map(Duration::from_secs) };
                let tag = tagged.then(|| published.etag());
                let freshness = tag.iter().fold(said.to_freshness(), Freshness::with_etag);
                match etag == Some(&published.etag()) {
                    true => (Ok(KeySetAnswer::NotModified { freshness }), Outcome::Confirmed { said }),
                    false => (
                        document(published.to_json(), freshness),
                        Outcome::Fetched { served: published.clone(), said, etag: tag },
                    ),
                }
            }
            Self::NotModified(ref tag) => {
                let freshness = tag.iter().fold(Freshness::new(), Freshness::with_etag);
                let answer = Ok(KeySetAnswer::NotModified { freshness });
                match etag {
                    Some(_) => (answer, Outcome::Confirmed { said: Said { max_age: None, age: None } }),
                    None => (answer, broken("fetch.status")),
                }
            }
            Self::Garbage => (document(b"<html>".to_vec(), Freshness::new()), broken("json.syntax")),
            Self::TooLarge => (document(vec![b' '; MAX_SET_OCTETS + 1], Freshness::new()), broken("fetch.too-large")),
            Self::Status(status, retry_after) => failed(
                FetchCause::Status { status, retry_after: retry_after.map(Duration::from_secs).map(RetryAfter::Delay) },
                "fetch.status",
                status == 429 || status >= 500,
                retry_after,
            ),
            Self::Redirect => failed(FetchCause::Redirect { status: 302 }, "fetch.redirect", false, None),
            Self::Connect => {
                let error = Arc::new(io::Error::from(io::ErrorKind::ConnectionRefused));
                failed(FetchCause::Connect(error), "fetch.connect", true, None)
            }
            Self::Refused => {
                let cause = FetchCause::AddressRefused { address: Ipv4Addr::LOCALHOST.into() };
                failed(cause, "fetch.address-refused", false, None)
            }
        }
    }
}

impl Said {
    fn to_freshness(self) -> Freshness {
        let said = self.max_age.into_iter().fold(Freshness::new(), Freshness::with_max_age);
        self.age.into_iter().fold(said, Freshness::with_age)
    }
}

/// The figures that hold unless set otherwise, and narrow ones.
pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let seconds = Duration::from_secs;
    let usual = Rules {
        lifetime: [seconds(60), seconds(300), seconds(600)],
        max_stale: seconds(600),
        cooldown: seconds(10),
        max_backoff: seconds(120),
        attempt_limit: seconds(10),
        unknown_kids: 1024,
    };
    let narrow = Rules {
        lifetime: [seconds(20), seconds(30), seconds(50)],
        max_stale: seconds(40),
        cooldown: seconds(12),
        max_backoff: seconds(30),
        attempt_limit: seconds(8),
        unknown_kids: 1,
    };
    prop::sample::select(vec![usual, narrow])
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = 0..6_u8;
    let step = prop_oneof![
        8 => prop_oneof![6 => number.clone().prop_map(Wanted::Key), 1 => Just(Wanted::Set)].prop_map(Step::Ask),
        6 => reply().prop_map(Step::Answer),
        2 => served().prop_map(Step::Publish),
        5 => prop_oneof![
            3 => 1..15_u64,
            2 => 15..80_u64,
            1 => 80..700_u64,
        ].prop_map(|seconds| Step::Pass(Duration::from_secs(seconds))),
        1 => prop_oneof![-900..-1_i64, 2..20_i64, 20..900_i64].prop_map(Step::SetWallClock),
        1 => any::<prop::sample::Index>().prop_map(Step::GiveUp),
        1 => prop::option::weighted(0.2, number).prop_map(|number| number.map_or(Step::Stop, Step::Revoke)),
    ];
    vec(step, 1..80)
}

fn served() -> impl Strategy<Value = Served> {
    (btree_set(0..6_u8, 0..4), btree_set(0..6_u8, 0..2))
        .prop_map(|(sound, faulty)| Served { faulty: &faulty - &sound, sound })
}

fn reply() -> impl Strategy<Value = Reply> {
    let published = (prop::option::of(0..900_u64), prop::option::of(0..200_u64), any::<bool>())
        .prop_map(|(max_age, age, tagged)| Reply::Publish { said: (max_age, age), tagged });
    let failed = prop_oneof![
        prop::option::of(served()).prop_map(|other| Reply::NotModified(other.map(|other| other.etag()))),
        Just(Reply::Garbage),
        Just(Reply::TooLarge),
        Just(Reply::Redirect),
        Just(Reply::Connect),
        Just(Reply::Connect),
        Just(Reply::Refused),
        prop::sample::select(vec![404, 410, 403, 500, 503]).prop_map(|status| Reply::Status(status, None)),
        (prop::sample::select(vec![429, 503, 404, 403]), prop::sample::select(vec![5, 60, 7000]))
            .prop_map(|(status, delay)| Reply::Status(status, Some(delay))),
    ];
    prop_oneof![4 => published, 3 => failed]
}
