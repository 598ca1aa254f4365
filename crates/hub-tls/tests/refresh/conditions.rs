//! Lists that have not changed since: the server is told which one is known, and need not send it again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_roles::{Environment, PathId, TrustFramework};
use hub_testkit::{Authority, KeyPool, Profile};
use hub_tls::{ConfigError, TrustFollower};

use crate::server::{Answer, Server, modified, tag};
use crate::world::*;

const MONDAY: &str = "Mon, 01 Jun 2026 08:00:00 GMT";
const TUESDAY: &str = "Tue, 02 Jun 2026 08:00:00 GMT";

fn given(mark: &str) -> Vec<Option<String>> {
    vec![Some(mark.to_owned())]
}

#[tokio::test]
async fn a_list_that_is_not_modified_is_kept_and_that_is_a_success() {
    for (first, second) in [(tag("\"a\""), tag("W/\"b\"")), (modified(MONDAY), modified(TUESDAY))] {
        let clock = Standing::now();
        let server = Server::start(Answer::marked(first, &list(1))).await;
        let refresher = refreshing(ECO.trust(), [server.point()], &settings().with_clock(clock.clone())).await;
        assert_eq!(server.marks()[0], None, "nothing is known");

        server.answers(Answer::Status(500));
        assert_eq!(outcome(&refresher.refresh_now().await), Err("refresh.status"));
        server.answers(Answer::marked(first, &list(1)));
        server.marks();
        clock.set(NOW + 60);
        let health = refresher.refresh_now().await;
        assert_eq!(server.marks(), given(first.2));
        assert_eq!((outcome(&health), health.is_good(at(NOW + 60))), (Ok(()), true));
        assert_eq!((health.points[0].last_success, health.points[0].lists.len()), (Some(at(NOW + 60)), 1));
        assert_eq!(numbers(&refresher.trust()), ["0x1"]);

        for (known, expected) in [(first, "0x2"), (second, "0x2")] {
            server.answers(Answer::marked(second, &list(2)));
            assert_eq!(outcome(&refresher.refresh_now().await), Ok(()));
            assert_eq!((server.marks(), numbers(&refresher.trust())), (given(known.2), vec![expected.to_owned()]));
        }
    }
}

/// That the server has no other must not keep a list out that was refused before.
#[tokio::test]
async fn a_list_that_was_refused_is_not_known() {
    let clock = Standing::now();
    let future = spec(2).with_updates(at(NOW + 60), at(NOW + DAY));
    let server = Server::start(Answer::marked(tag("\"a\""), &list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings().with_clock(clock.clone())).await;
    server.answers(Answer::marked(tag("\"b\""), &issued(&future)));
    server.marks();
    for (time, expected) in [(NOW, Err("revocation-list.not-yet-valid")), (NOW + 60, Ok(()))] {
        clock.set(time);
        assert_eq!(outcome(&refresher.refresh_now().await), expected);
        assert_eq!(server.marks(), given("\"a\""));
    }
    assert_eq!(numbers(&refresher.trust()), ["0x2"]);
}

#[tokio::test]
async fn a_list_that_has_expired_is_not_known_and_its_server_not_asked_whether_it_has_changed() {
    let clock = Standing::now();
    let server = Server::start(Answer::marked(tag("\"a\""), &list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings().with_clock(clock.clone())).await;
    for (time, known) in [(NOW + DAY - 1, given("\"a\"")), (NOW + DAY, vec![None])] {
        clock.set(time);
        server.marks();
        let health = refresher.refresh_now().await;
        assert_eq!((health.points[0].attempts_in_vain > 0, server.marks()), (time == NOW + DAY, known));
    }
}

/// A bundle without the CA loses its list. When the CA is back, so is the list.
#[tokio::test]
async fn a_list_that_is_not_in_force_any_more_is_fetched_again() {
    let server = Server::start(Answer::marked(tag("\"a\""), &list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let elsewhere = Authority::new(Profile::sandbox().rebranded(), &KeyPool::new(), at(NOW)).unwrap();
    let without = TrustFramework::from_der(Environment::Sandbox, elsewhere.bundle()).unwrap();
    for (bundle, expected, numbered) in
        [(&without, Err("revocation-list.unknown-issuer"), &[][..]), (ECO.trust(), Ok(()), &["0x1"])]
    {
        refresher.set_trust(bundle).unwrap();
        server.marks();
        assert_eq!(outcome(&refresher.refresh_now().await), expected);
        assert_eq!(
            (server.marks(), numbers(&refresher.trust())),
            (vec![None], numbered.iter().map(|&n| n.to_owned()).collect())
        );
    }
}

#[tokio::test]
async fn a_follower_that_is_behind_is_asked_again_when_nothing_was_modified() {
    let server = Server::start(Answer::marked(tag("\"a\""), &list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let refusals = Arc::new(AtomicUsize::new(0));
    let _following = refresher.follow(Unwilling(Arc::clone(&refusals))).unwrap();
    refusals.store(1, Ordering::SeqCst);
    server.answers(Answer::marked(tag("\"b\""), &list(2)));
    assert_eq!(refresher.refresh_now().await.refused.len(), 1);
    server.marks();
    assert_eq!(refresher.refresh_now().await.refused.len(), 0);
    assert_eq!(server.marks(), given("\"b\""));
}

/// Refuses so many times.
struct Unwilling(Arc<AtomicUsize>);

impl TrustFollower for Unwilling {
    fn follow(&self, _: &TrustFramework) -> Result<usize, ConfigError> {
        let refuses = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |times| times.checked_sub(1));
        let refused = |_| ConfigError::Settings { path: PathId::HubToLfi, reason: "not now".to_owned() };
        refuses.map_or(Ok(0), |times| Err(refused(times)))
    }
}
