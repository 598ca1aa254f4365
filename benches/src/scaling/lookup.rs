//! Looking keys up.

use crate::Outcome;
use crate::harness::Group;
use crate::keys::lookup::Cached;
use crate::scaling::threads::{AT_LEAST_1_8_TIMES, group};

pub(crate) fn in_set() -> Outcome<Group> {
    let cached = Cached::new()?;
    let title = "Look a key up in a set, per lookup of all threads";
    group(title, Some(AT_LEAST_1_8_TIMES), || Ok(cached.in_set()), || Ok(Cached::new()?.in_set()))
}

pub(crate) fn copied_from_set() -> Outcome<Group> {
    let cached = Cached::new()?;
    let title = "Copy a key from a set, per lookup of all threads";
    group(title, None, || Ok(cached.copied_from_set()), || Ok(Cached::new()?.copied_from_set()))
}

pub(crate) fn in_keystore() -> Outcome<Group> {
    let cached = Cached::new()?;
    let title = "Look a key up in a keystore, per lookup of all threads";
    group(title, Some(AT_LEAST_1_8_TIMES), || Ok(cached.in_keystore()), || Ok(Cached::new()?.in_keystore()))
}
