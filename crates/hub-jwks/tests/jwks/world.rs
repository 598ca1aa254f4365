//! What the tests share: one ecosystem, and keys as JSON to change at will.

use core::time::Duration;
use std::sync::LazyLock;

use hub_jwks::{KeySet, Publication};
use hub_roles::{Certificate, HttpsUrl, Role};
use hub_testkit::{Ecosystem, Held};
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

pub(crate) static ECOSYSTEM: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(now()).unwrap());

pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))
}

/// The certificate that a party of the ecosystem uses.
pub(crate) fn certificate<R: Held>(holder: &str) -> Certificate<R> {
    ECOSYSTEM.holding::<R>(holder).unwrap().credential().certificate().clone()
}

pub(crate) fn publication() -> Publication {
    Publication::new(directory())
}

pub(crate) fn directory() -> HttpsUrl {
    "https://keystore.sandbox.directory.openfinance.ae/of".parse().unwrap()
}

/// A certificate's key as it is published.
pub(crate) fn published<R: Role>(certificate: &Certificate<R>) -> Value {
    let set: Value = serde_json::from_slice(&publication().certificate(certificate).to_json()).unwrap();
    set["keys"][0].clone()
}

/// `key` with a member set to `value`, or without it where `value` is `null`.
pub(crate) fn with(key: &Value, member: &str, value: Value) -> Value {
    let mut key = key.clone();
    let members = key.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(member);
    } else {
        members.insert(member.to_owned(), value);
    }
    key
}

pub(crate) fn without(key: &Value, members: &[&str]) -> Value {
    members.iter().fold(key.clone(), |key, member| with(&key, member, Value::Null))
}

pub(crate) fn set_of<O>(owner: O, keys: &[Value]) -> KeySet<O> {
    KeySet::parse(owner, json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}
