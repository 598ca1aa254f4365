//! Revocation lists: who is on one, and lists that are missing, late, early or not the newest.

use hub_roles::RevocationPolicy;
use hub_testkit::CrlSpec;
use hub_tls::Settings;
use rustls::AlertDescription as Alert;

use super::table::{Case, EVERYWHERE, Place, Row, Twin, Verdict, refused, refused_in_silence};
use crate::revoked::{IF_PRESENT, REQUIRED, current, stale, trust, try_trust};
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    let revoked = refused("certificate.revoked", Alert::CertificateRevoked);
    let listed = |row: Row, name, policy, list: CrlSpec| {
        row.cases(name, EVERYWHERE, revoked, async move |place: Place, twin| {
            let listed = list.clone().revoking(place.peer().serial + twin.pick(1, 0));
            place.ours(&trust(&[listed], policy), &settings()).judges(place.version, place.peer()).await
        })
    };
    let followed = |row: Row, name, code, [neighbour, refused]: [Vec<CrlSpec>; 2]| {
        row.cases(name, EVERYWHERE, refused_in_silence(code), async move |place, twin: Twin| {
            follows(place, &[numbered(2)], IF_PRESENT, twin.pick(&neighbour, &refused)).await
        })
    };
    let late = refused("certificate.revocation-list-expired", Alert::UnknownCA);
    let missing = refused_in_silence("certificate.revocation-list-missing");
    let (this, next) = (current().this_update.as_secs(), current().next_update);
    let made = |seconds, number| numbered(number).with_updates(at(seconds), next);
    [
        listed(Row::Revoked, "where lists are no duty", IF_PRESENT, current()),
        listed(Row::Revoked, "where lists are required", REQUIRED, current()),
        listed(Row::StaleListThatLists, "where lists are no duty", IF_PRESENT, stale()),
        Row::RequiredListStale.cases("from the second it is due", EVERYWHERE, late, at_the_next_update),
        Row::RequiredListMissing.cases("none is loaded", EVERYWHERE, missing, async move |place, twin: Twin| {
            follows(place, &[], REQUIRED, twin.pick(&[current()][..], &[])).await
        }),
        followed(
            Row::ListFromTheFuture,
            "by a second",
            "revocation-list.not-yet-valid",
            [now().as_secs(), now().as_secs() + 1].map(|seconds| vec![made(seconds, 3)]),
        ),
        followed(Row::OlderList, "by its number", "revocation-list.older", [3, 1].map(|number| vec![numbered(number)])),
        followed(
            Row::OlderList,
            "by its date",
            "revocation-list.older",
            [this + 1, this - 1].map(|seconds| vec![made(seconds, 2)]),
        ),
        followed(
            Row::TwoListsOfAnIssuer,
            "at once",
            "revocation-list.twice",
            [vec![numbered(3)], vec![numbered(3), numbered(4)]],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The verdict on the peer where these lists follow those.
async fn follows(place: Place, before: &[CrlSpec], policy: RevocationPolicy, lists: &[CrlSpec]) -> Verdict {
    let ours = place.ours(&trust(before, IF_PRESENT), &settings());
    let trust = match try_trust(lists, policy) {
        Ok(trust) => trust,
        Err(error) => return Verdict::Refused(error.code(), None),
    };
    match ours.swap_trust(&trust) {
        Ok(_) => ours.judges(place.version, place.peer()).await,
        Err(error) => Verdict::Refused(error.code(), None),
    }
}

/// A list that was current when it was loaded.
async fn at_the_next_update(place: Place, twin: Twin) -> Verdict {
    let clock = Standing::at(now());
    let ours = place.ours(&trust(&[current()], REQUIRED), &Settings::new().with_clock(clock.clone()));
    let next_update = current().next_update.as_secs();
    clock.set(at(twin.pick(next_update - 1, next_update)));
    ours.judges(place.version, place.peer()).await
}

fn numbered(number: u64) -> CrlSpec {
    current().with_number(number)
}
