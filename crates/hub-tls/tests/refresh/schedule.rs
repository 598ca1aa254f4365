//! When fetches happen: at once, as planned, when asked for, and never after the refresher's end.

use std::time::Duration;

use hub_tls::{DistributionPoint, Refresher};
use tokio::net::TcpListener;
use tokio::time::{pause, sleep};

use crate::server::{Answer, Server};
use crate::world::*;

#[tokio::test]
async fn it_goes_on_by_itself_after_successes_and_failures() {
    let server = Server::start(Answer::Status(500)).await;
    let settings = settings().with_interval(Duration::from_millis(20));
    let refresher = Refresher::start(ECO.trust(), [server.point()], &settings).await.unwrap();
    server.requested(4).await;
    server.answers(Answer::list(&list(1)));
    while numbers(&refresher.trust()) != ["0x1"] {
        server.requested(server.requests() + 1).await;
    }
    server.answers(Answer::list(&list(2)));
    while numbers(&refresher.trust()) != ["0x2"] {
        server.requested(server.requests() + 1).await;
    }
}

#[tokio::test]
async fn the_next_attempt_is_planned_by_what_the_last_one_came_to() {
    let clock = Standing::now();
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings().with_clock(clock.clone())).await;
    for (answer, time, in_vain, shortest, longest) in [
        (Answer::list(&list(1)), NOW, 0, 1800, 3600),
        (Answer::list(&list(1)), NOW + DAY - 1000, 0, 250, 500),
        (Answer::Status(500), NOW + DAY - 1000, 1, 1, 5),
        (Answer::Status(500), NOW + DAY - 1000, 2, 1, 10),
        (Answer::list(&list(1)), NOW + DAY - 1, 0, 5, 10),
        (Answer::list(&list(1)), NOW + DAY, 1, 1, 5),
        (Answer::list(&list(1)), NOW + DAY, 2, 1, 10),
    ] {
        clock.set(time);
        server.answers(answer.clone());
        let health = refresher.refresh_now().await;
        let point = &health.points[0];
        assert_eq!(point.attempts_in_vain, in_vain, "{answer:?} at {time}");
        let pause = point.next_attempt.unwrap().as_secs() - time;
        assert!((shortest..=longest).contains(&pause), "{answer:?} at {time}: {pause}");
    }
}

#[tokio::test]
async fn whoever_asks_while_a_fetch_is_under_way_is_served_by_the_next() {
    let server = Server::start(Answer::Nothing).await;
    let settings = settings().with_total_timeout(Duration::from_millis(300));
    let refresher = Refresher::start(ECO.trust(), [server.point()], &settings).await.unwrap();
    server.requested(1).await;
    server.answers(Answer::list(&list(1)));
    let (one, other) = tokio::join!(refresher.refresh_now(), refresher.refresh_now());
    assert_eq!((outcome(&one), outcome(&other)), (Ok(()), Ok(())));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn dropping_it_ends_a_fetch_that_is_under_way() {
    let server = Server::start(Answer::Nothing).await;
    let refresher = Refresher::start(ECO.trust(), [server.point()], &settings()).await.unwrap();
    server.requested(1).await;
    drop(refresher);
    server.ended(1).await;
    assert_eq!(server.requests(), 1);
}

/// Nothing is ever answered: each attempt ends at its limit, and the pauses in between grow.
#[tokio::test]
async fn attempts_in_vain_are_made_for_ever_and_ever_more_rarely() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let point = DistributionPoint::new(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let settings = settings().with_connect_timeout(Duration::from_secs(60));
    pause();
    let refresher = Refresher::start(ECO.trust(), [point], &settings).await.unwrap();
    for (hours, fewest, most) in [(1, 10, 120), (24, 230, 2000)] {
        sleep(Duration::from_secs(hours * 3600)).await;
        let health = refresher.health();
        assert_eq!(outcome(&health), Err("refresh.timeout"));
        let attempts = health.points[0].attempts_in_vain;
        assert!((fewest..=most).contains(&attempts), "{attempts} within {hours} hours");
    }
}
