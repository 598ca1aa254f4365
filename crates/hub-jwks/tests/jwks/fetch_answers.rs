//! Answers that are slow, odd or without end, and what is left of a connection afterwards.

use std::time::Duration;

use hub_jwks::{FetchCause, KeySetAnswer, KeySetRequest, Transport};

use crate::fetch::{OK, builder, code, fetch, outcome, set};
use crate::server::{Answer, Server, url};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunked(head: &str, tail: &str) -> Vec<u8> {
    let set = set();
    [head.as_bytes(), format!("{:x}\r\n", set.len()).as_bytes(), &set, b"\r\n", tail.as_bytes()].concat()
}

fn at_once() -> Vec<u8> {
    let Answer::Send(octets) = Answer::response(OK, &format!("x: {}\r\n", "a".repeat(1000)), &set()) else {
        unreachable!()
    };
    octets
}

#[tokio::test]
async fn octet_by_octet_is_not_within_the_time() {
    assert_eq!(code(outcome(Answer::Send(at_once())).await), "fetched");

    let body_only = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[b' '; 1000], &set()].concat();
    for (name, octets) in [("head", at_once()), ("body", body_only), ("trailers", chunked(CHUNKED, "0\r\nx: y\r\n"))] {
        let server = Server::start(Answer::Drip(octets)).await;
        let outcome = fetch(builder(&server).total_timeout(Duration::from_millis(300)), &url()).await;
        assert_eq!(code(outcome), "fetch.timeout", "{name}");
        server.left().await;
    }
}

#[tokio::test]
async fn trailers_say_nothing_and_end() {
    let trailers = "0\r\netag: \"t\"\r\ncache-control: max-age=1\r\n\r\n";
    let fetched = outcome(Answer::SendAndHang(chunked(CHUNKED, trailers))).await.unwrap();
    assert_eq!((fetched.freshness.etag(), fetched.freshness.max_age()), (None, None));

    for (name, tail) in [
        ("many trailers", format!("0\r\n{}", "x: y\r\n".repeat(100_000))),
        ("a long trailer", format!("0\r\nx: {}", "y".repeat(600_000))),
        ("a long extension", format!("1;{}", "x".repeat(600_000))),
        ("many extensions", format!("1;{}\r\n \r\n", "x".repeat(1000)).repeat(600)),
    ] {
        assert_eq!(code(outcome(Answer::SendAndHang(chunked(CHUNKED, &tail))).await), "fetch.http", "{name}");
    }
}

#[tokio::test]
async fn interim_answers_are_passed_over_as_long_as_there_are_few() {
    let interim = "HTTP/1.1 103 Early Hints\r\nlink: </other.jwks>\r\netag: \"early\"\r\n\r\n";
    for (name, times, expected) in [("none", 0, "fetched"), ("two", 2, "fetched"), ("endless", 10_000, "fetch.http")] {
        let octets = chunked(&[&interim.repeat(times), CHUNKED].concat(), "0\r\n\r\n");
        let fetched = outcome(Answer::SendAndHang(octets)).await;
        assert!(fetched.iter().all(|fetched| fetched.freshness.etag().is_none()), "{name}");
        assert_eq!(code(fetched), expected, "{name}");
    }
    let switching = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n".to_vec();
    let refused = outcome(Answer::SendAndHang(switching)).await.unwrap_err();
    assert!(matches!(refused.cause(), FetchCause::Status { status: 101, .. } | FetchCause::Http(_)), "{refused}");
}

#[tokio::test]
async fn an_etag_goes_back_as_it_came_or_not_at_all() {
    let long = |octets: usize| format!("\"{}\"", "a".repeat(octets - 2)).into_bytes();
    for (etag, kept) in [
        (b"\"v1\"".to_vec(), true),
        (b"W/\"v1\"".to_vec(), true),
        (long(512), true),
        (long(513), false),
        (b"\"\xFF\xE9\"".to_vec(), false),
        (b"\"a\tb\"".to_vec(), false),
        (b"*".to_vec(), false),
        (b"unquoted".to_vec(), false),
    ] {
        let head = [b"HTTP/1.1 200 OK\r\netag: ".as_slice(), &etag, b"\r\n\r\n"].concat();
        let server = Server::start(Answer::Send([head, set()].concat())).await;
        let fetcher = builder(&server).build().unwrap();
        let answer = fetcher.get(KeySetRequest::new(url())).await.unwrap();
        let KeySetAnswer::Document { freshness, .. } = answer else { panic!("a condition nobody made") };
        let etag = String::from_utf8(etag).ok().filter(|_| kept);
        assert_eq!(freshness.etag(), etag.as_deref());

        let again = KeySetRequest::new(url()).with_etag(freshness.etag().map(str::to_owned));
        fetcher.get(again).await.unwrap();
        let sent = etag.map(|etag| format!("\r\nif-none-match: {etag}\r\n"));
        assert_eq!(sent.is_some(), server.last_request().contains("if-none-match"));
        assert!(sent.is_none_or(|line| server.last_request().contains(&line)));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_back_makes_no_condition() {
    for (etag, conditional) in [("\"v1\"", true), ("\"v1\"\r\nx-injected: y", false), ("*", false)] {
        let server = Server::start(Answer::response("304 Not Modified", "", b"")).await;
        let request = KeySetRequest::new(url()).with_etag(Some(etag.to_owned()));
        let answer = builder(&server).build().unwrap().get(request).await;
        // To a request without a condition, 304 is no answer.
        assert_eq!(matches!(answer, Ok(KeySetAnswer::NotModified { .. })), conditional, "{etag}");
        assert_eq!(server.last_request().contains("if-none-match: \"v1\"\r\n"), conditional, "{etag}");
        assert!(!server.last_request().contains("injected"));
    }
}

#[tokio::test]
async fn no_connection_outlives_its_fetch() {
    let keep_alive = "connection: keep-alive\r\nkeep-alive: timeout=600\r\n";
    let response = |status: &str, body: &[u8]| {
        let Answer::Send(octets) = Answer::response(status, keep_alive, body) else { unreachable!() };
        Answer::SendAndHang(octets)
    };
    for (name, answer, expected) in [
        ("fetched", response(OK, &set()), "fetched"),
        ("no key set", response(OK, b"<html>"), "json.syntax"),
        ("refused", response("404 Not Found", b""), "fetch.status"),
        ("led elsewhere", response("302 Found", b""), "fetch.redirect"),
        ("too large", response(OK, &[b' '; 100_000]), "fetch.too-large"),
        ("garbage", Answer::SendAndHang(b"SSH-2.0\r\n\r\n".to_vec()), "fetch.http"),
        ("nothing", Answer::SendAndHang(Vec::new()), "fetch.timeout"),
    ] {
        let server = Server::start(answer).await;
        let fetcher = builder(&server).total_timeout(Duration::from_secs(2)).build().unwrap();
        // The fetcher lives on.
        assert_eq!(code(fetcher.fetch(&url(), crate::fetch::owner()).await), expected, "{name}");
        server.left().await;
    }
}
