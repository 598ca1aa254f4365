//! A file that is not as it was written: what is sound of it is used, and nothing is fatal.

use std::fs;

use http::StatusCode;
use hub_jwks::KeySource;
use hub_roles::Sig1;
use hub_testkit::Fault;
use serde_json::{Value, json};

use crate::process::{Site, refused, unread, with};

fn keys(count: usize) -> String {
    json!({ "keys": vec![json!({}); count] }).to_string()
}

#[tokio::test]
async fn a_bad_entry_is_passed_over_and_the_next_one_used() {
    let site = Site::new("bad-entry").await;
    site.save(&["acme", "other-tpp"]).await;
    let [head, first, second] = site.lines().try_into().unwrap();
    let fetched_at = serde_json::from_str::<Value>(&first).unwrap()["fetched_at"].as_u64().unwrap();
    let document = |document: &str| with(&first, "document", json!(document));
    for (name, entry, code) in [
        ("as it was", first.clone(), None),
        ("cut off", first[..first.len() / 2].to_owned(), Some("json.syntax")),
        ("empty", String::new(), Some("json.syntax")),
        ("no object", "[]".to_owned(), Some("json.not_an_object")),
        ("a member twice", first.replacen('{', r#"{"url": "https://a.example","#, 1), Some("json.duplicate_member")),
        ("an unknown member", with(&first, "note", json!("a")), Some("json.shape")),
        ("no owner", with(&first, "owner", Value::Null), Some("json.shape")),
        ("an owner of no kind", with(&first, "owner", json!({"tpp": "a"})), Some("json.shape")),
        ("no https", with(&first, "url", json!("http://keystore.example/a")), Some("json.shape")),
        ("no document", with(&first, "document", Value::Null), Some("json.shape")),
        ("a negative time", with(&first, "fetched_at", json!(-1)), Some("json.shape")),
        ("the future", with(&first, "fetched_at", json!(fetched_at + 1000)), Some("snapshot-entry.in-future")),
        ("too old", with(&first, "fetched_at", json!(fetched_at - 1000)), Some("snapshot-entry.too-old")),
        ("from the beginning", with(&first, "fetched_at", json!(0)), Some("snapshot-entry.too-old")),
        ("an entity tag", with(&first, "etag", json!("\"a\"")), Some("json.shape")),
        ("a line break in a tag", with(&first, "etag", json!("\"a\"\r\nhost: b")), Some("json.shape")),
        ("a long tag", with(&first, "etag", json!("a".repeat(1025))), Some("json.shape")),
        ("a document of nothing", document(""), Some("json.syntax")),
        ("a document that is no set", document("{}"), Some("json.shape")),
        ("a set without keys", document(&keys(0)), Some("fetch.no-usable-key")),
        ("a set without usable keys", document(&keys(1)), Some("fetch.no-usable-key")),
        ("too many keys", document(&keys(101)), Some("keyset.too-many-keys")),
        ("a document too large", document(&" ".repeat(64 * 1024 + 1)), Some("fetch.too-large")),
    ] {
        site.write(&[head.clone(), entry, second.clone()]);
        let (_, loaded) = site.restart(10);
        assert_eq!(refused(&loaded), code.map(|code| (2, code)).into_iter().collect::<Vec<_>>(), "{name}");
        assert_eq!((loaded.sets, unread(&loaded)), (2 - loaded.refused.len(), None), "{name}");
    }
}

#[tokio::test]
async fn a_lifetime_that_somebody_wrote_in_is_no_longer_than_the_settings() {
    let site = Site::new("lifetime").await;
    site.save(&["acme"]).await;
    let [head, entry] = site.lines().try_into().unwrap();
    site.served.fail_all(Fault::Status(StatusCode::NOT_FOUND));
    site.write(&[head, with(&entry, "lifetime", json!(u64::MAX))]);
    assert!(site.restart(597).0.sig1(&site, "acme").await.is_ok());
    assert!(site.restart(598).0.sig1(&site, "acme").await.is_err());
    site.served.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(site.restart(1197).1.sets, 1);
    assert_eq!(site.restart(1198).1.sets, 0);
}

#[tokio::test]
async fn a_file_that_is_no_snapshot_keeps_nobody_from_starting() {
    let site = Site::new("no-snapshot").await;
    site.save(&["acme"]).await;
    let [head, entry] = site.lines().try_into().unwrap();
    let long = "x".repeat(200 * 1024);
    for (lines, sets, code) in [
        (vec![head.clone(), entry.clone()], 1, None),
        (vec![head.clone()], 0, None),
        (vec![], 0, Some("snapshot.not-a-snapshot")),
        (vec![entry.clone()], 0, Some("snapshot.not-a-snapshot")),
        (vec![head.replace('1', "2"), entry.clone()], 0, Some("snapshot.not-a-snapshot")),
        (vec![long.clone()], 0, Some("snapshot.line")),
        (vec![head.clone(), entry.clone(), long, entry], 1, Some("snapshot.line")),
    ] {
        site.write(&lines);
        let (process, loaded) = site.restart(10);
        assert_eq!((loaded.sets, unread(&loaded)), (sets, code), "{} lines", lines.len());
        assert!(process.sig1(&site, "acme").await.is_ok());
    }
    fs::write(&site.file, [0xFF; 100]).unwrap();
    assert_eq!(unread(&site.restart(10).1), Some("snapshot.not-a-snapshot"));
    fs::remove_file(&site.file).unwrap();
    let (process, loaded) = site.restart(10);
    assert_eq!(unread(&loaded), Some("snapshot.io"));
    assert!(process.sig1(&site, "acme").await.is_ok());
}

#[tokio::test]
async fn an_entry_is_of_use_for_its_owner_and_its_url_alone() {
    let site = Site::new("whose").await;
    site.save(&["acme", "other-tpp"]).await;
    let [head, first, second] = site.lines().try_into().unwrap();
    let [acme, other] = ["acme", "other-tpp"].map(|name| site.eco.tpp(name).unwrap());
    let (of_acme, of_other) = if first.contains(acme.client_id().as_str()) { (first, second) } else { (second, first) };
    let of_neither = json!({"client": "stranger"});
    site.served.fail_all(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));

    for (name, entry) in [
        ("another owner at the URL", with(&of_acme, "owner", json!({"client": other.client_id().as_str()}))),
        ("a stranger at the URL", with(&of_acme, "owner", of_neither)),
        (
            "an organisation at the URL",
            with(&of_acme, "owner", json!({"organisation": acme.organisation().to_string()})),
        ),
        ("the owner at another URL", with(&of_acme, "url", json!(site.url("other-tpp").as_str()))),
    ] {
        site.write(&[head.clone(), entry, of_other.clone()]);
        let (process, loaded) = site.restart(10);
        assert_eq!(loaded.sets, 2, "{name}");
        assert_eq!(process.sig1(&site, "acme").await.unwrap_err().code(), "lookup.unavailable", "{name}");
        assert!(process.sig1(&site, "other-tpp").await.is_ok(), "{name}");
    }
    // It is there for whoever says of this URL that it is the other's.
    site.write(&[head, with(&of_acme, "owner", json!({"client": other.client_id().as_str()}))]);
    let (process, _) = site.restart(10);
    let confused = KeySource::<Sig1>::new(other.client_id().clone(), site.url("acme"));
    let key = process.keystore.key_at(&confused, acme.sig1().kid()).await.unwrap();
    assert_eq!(key.owner(), other.client_id());
}

#[tokio::test]
async fn no_more_entries_are_read_than_sets_may_be_kept() {
    let site = Site::new("too-many").await;
    site.save(&["acme", "other-tpp"]).await;
    for (most, sets, code) in [(2, 2, None), (1, 1, Some("snapshot.too-many"))] {
        let process = site.start_with(10, |settings| settings.with_most_sets(most));
        let loaded = process.keystore.load(&site.file);
        assert_eq!((loaded.sets, loaded.refused.len(), unread(&loaded)), (sets, 0, code), "{most}");
        // What came from the file makes room for what is asked for.
        for tpp in ["acme", "other-tpp"].into_iter().take(most) {
            assert!(process.sig1(&site, tpp).await.is_ok(), "{most} {tpp}");
        }
    }
}
