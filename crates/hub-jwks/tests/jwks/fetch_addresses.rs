//! Which addresses a fetch connects to, whatever a name's answers say.

use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hub_jwks::{AddressPolicy, FetchCause, Fetcher, FetcherBuilder};
use hub_roles::{Environment, HttpsUrl};

use crate::fetch::{OK, code, fetch, owner, set};
use crate::server::{Answer, HOST, Server};
use crate::world::ECOSYSTEM;

fn builder() -> FetcherBuilder {
    let roots = ECOSYSTEM.authority().bundle_pem().unwrap();
    Fetcher::builder(&Environment::Sandbox, roots.as_bytes())
}

fn url(server: &Server) -> HttpsUrl {
    format!("https://{HOST}:{}/of/application.jwks?x=1", server.address.port()).parse().unwrap()
}

async fn start() -> Server {
    Server::start(Answer::response(OK, "", &set())).await
}

/// Gives these answers one after the other, the last one for ever, and counts.
fn answering(
    builder: FetcherBuilder,
    answers: &'static [&'static [&'static str]],
    asked: &Arc<AtomicUsize>,
) -> FetcherBuilder {
    let asked = Arc::clone(asked);
    builder.resolve_with(move |host| {
        assert_eq!(host.as_str(), HOST);
        let answer = answers[asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
        async move { Ok(answer.iter().map(|address| address.parse::<IpAddr>().unwrap()).collect()) }
    })
}

#[tokio::test]
async fn an_answer_that_changes_leads_nowhere_else() {
    let checked = start().await;
    let rebound = Server::beside(&checked, "127.0.0.2".parse().unwrap(), Answer::response(OK, "", &set())).await;
    let asked = Arc::default();
    let answers: &[&[&str]] = &[&["127.0.0.1"], &["127.0.0.2"]];
    let fetcher = answering(builder(), answers, &asked).address_policy(AddressPolicy::IncludingLocal).build().unwrap();
    // What was looked up once is what is connected to; the second fetch looks up again, and goes where that answer says.
    for (asked_by_now, requests) in [(1, (1, 0)), (2, (1, 1))] {
        fetcher.fetch(&url(&checked), owner()).await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), asked_by_now);
        assert_eq!((checked.requests(), rebound.requests()), requests);
    }
}

#[tokio::test]
async fn every_spelling_of_the_own_machine_is_refused() {
    let server = start().await;
    let spellings: [&'static [&'static [&'static str]]; 4] = [
        &[&["127.0.0.1"]],
        &[&["0.0.0.0"]],
        &[&["::ffff:127.0.0.1"]],
        // All of an answer is looked at, not its beginning.
        &[&["10.255.255.1", "169.254.169.254", "127.0.0.1"]],
    ];
    for answers in spellings {
        let asked = Arc::default();
        let refused = fetch(answering(builder(), answers, &asked), &url(&server)).await.unwrap_err();
        let last: IpAddr = answers[0].last().unwrap().parse().unwrap();
        assert!(
            matches!(refused.cause(), FetchCause::AddressRefused { address } if *address == last),
            "{answers:?}: {refused}"
        );
        assert_eq!((asked.load(Ordering::SeqCst), server.requests()), (1, 0), "{answers:?}");
    }
    for answers in &spellings[..3] {
        let local = answering(builder(), answers, &Arc::default()).address_policy(AddressPolicy::IncludingLocal);
        assert_eq!(code(fetch(local, &url(&server)).await), "fetched", "{answers:?}");
    }
}

#[tokio::test]
async fn the_next_address_is_tried_but_not_without_end() {
    let server = start().await;
    // Nobody listens at the port of the server there.
    let seven: &[&[&str]] =
        &[&["127.0.0.9", "127.0.0.9", "127.0.0.9", "127.0.0.9", "127.0.0.9", "127.0.0.9", "127.0.0.9", "127.0.0.1"]];
    let eight: &[&[&str]] = &[&[
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.9",
        "127.0.0.1",
    ]];
    for (answers, expected) in [(seven, "fetched"), (eight, "fetch.connect"), (&[&[]], "fetch.no-address")] {
        let builder = answering(builder(), answers, &Arc::default()).address_policy(AddressPolicy::IncludingLocal);
        assert_eq!(code(fetch(builder, &url(&server)).await), expected, "{answers:?}");
    }
}

#[tokio::test]
async fn looking_up_may_fail_and_counts_as_part_of_the_time() {
    let server = start().await;
    let failing = builder().resolve_with(|_| async { Err(io::Error::other("no such name")) });
    assert_eq!(code(fetch(failing, &url(&server)).await), "fetch.lookup");

    let limit = Duration::from_millis(50);
    let refused = fetch(builder().resolve_with(|_| pending()).total_timeout(limit), &url(&server)).await.unwrap_err();
    assert!(matches!(refused.cause(), FetchCause::Timeout { limit: reached } if *reached == limit), "{refused}");
}
