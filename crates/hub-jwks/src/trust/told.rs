//! Of which refusals it was told, and when.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use hub_roles::{KeyId, RoleId};
use rustls_pki_types::UnixTime;

use super::verdicts::is_recent;

/// When it was last told that a key was refused in a role. A refusal that is remembered does not get here.
#[derive(Default)]
pub(super) struct Told(Mutex<HashMap<(KeyId, RoleId), UnixTime>>);

impl Told {
    /// Whether it is to be told now: once a minute, whatever the rule, the time of use and the measure. Who is told yes tells it.
    pub(super) fn is_due(&self, kid: &KeyId, role: RoleId, now: UnixTime) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = told.entry((kid.clone(), role));
        if matches!(&last, Entry::Occupied(last) if is_recent(*last.get(), now)) {
            return false;
        }
        last.insert_entry(now);
        true
    }
}
