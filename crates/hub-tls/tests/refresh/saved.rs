//! Lists of an earlier run, and the ones that are kept for a later one.

use std::sync::{Arc, Mutex};

use hub_tls::Refresher;

use crate::server::{Answer, Server};
use crate::world::*;

#[tokio::test]
async fn a_saved_list_is_in_force_before_the_first_fetch_and_a_bad_one_hinders_nothing() {
    for (saved, expected) in [
        (list(3).der().to_vec(), vec!["0x3"]),
        (list(3).pem().unwrap().into_bytes(), vec!["0x3"]),
        (b"half of a li".to_vec(), vec![]),
        (issued(&spec(3).with_updates(at(NOW + 1), at(NOW + DAY))).der().to_vec(), vec![]),
    ] {
        let server = Server::start(Answer::Nothing).await;
        let refresher = Refresher::start(ECO.trust(), [server.point().with_saved(saved)], &settings()).await.unwrap();
        assert_eq!(numbers(&refresher.trust()), expected);
        let health = refresher.health();
        let (point, succeeded) = (&health.points[0], !expected.is_empty());
        assert_eq!((point.last_success.is_some(), point.last_failure.is_none()), (succeeded, succeeded));
        assert_eq!((point.is_current(at(NOW)), point.lists.len()), (succeeded, expected.len()));
    }
}

/// Neither what the server has nor what was saved replaces a newer one.
#[tokio::test]
async fn the_newest_of_what_was_saved_and_what_is_served_is_in_force() {
    for (saved, served, expected) in [(1, 2, Ok(())), (2, 2, Ok(())), (3, 2, Err("revocation-list.older"))] {
        let server = Server::start(Answer::list(&list(served))).await;
        let point = server.point().with_saved(list(saved).der().to_vec());
        let refresher = refreshing(ECO.trust(), [point], &settings()).await;
        assert_eq!(outcome(&refresher.health()), expected);
        assert_eq!(numbers(&refresher.trust()), [format!("{:#x}", saved.max(served))]);
    }
}

#[tokio::test]
async fn each_list_is_stored_once_and_the_next_run_begins_with_it() {
    let stored = Arc::new(Mutex::new(Vec::new()));
    let storing = Arc::clone(&stored);
    let settings = settings().with_store(move |url, list| {
        storing.lock().unwrap().push((url.to_owned(), list.to_vec()));
    });
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings).await;
    for answer in [Answer::list(&list(1)), Answer::Status(500), Answer::list(&list(2)), Answer::list(&list(1))] {
        server.answers(answer);
        refresher.refresh_now().await;
    }
    let stored = stored.lock().unwrap().clone();
    assert_eq!(stored, [1, 2].map(|number| (server.url(), list(number).der().to_vec())));
    drop(refresher);

    let point = server.point().with_saved(stored[1].1.clone());
    let next = Refresher::start(ECO.trust(), [point], &settings).await.unwrap();
    assert_eq!(numbers(&next.trust()), ["0x2"]);
}

#[tokio::test]
async fn a_store_that_panics_is_reported_and_stops_nothing() {
    let server = Server::start(Answer::list(&list(1))).await;
    let settings = settings().with_store(|_, list| assert!(list.is_empty(), "no room on the disk"));
    let refresher = refreshing(ECO.trust(), [server.point()], &settings).await;
    for number in [2, 3] {
        server.answers(Answer::list(&list(number)));
        assert_eq!(outcome(&refresher.refresh_now().await), Err("refresh.panicked"));
        assert_eq!(numbers(&refresher.trust()), [format!("{number:#x}")]);
    }
}
