//! Which refusals the log has been warned of.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Causes and sources of refusals, each told once: whoever reaches us can send any number of requests that are refused.
#[derive(Default)]
pub(super) struct Warned(Mutex<HashSet<(&'static str, Option<IpAddr>)>>);

impl Warned {
    /// Whether this is the first of its kind. No more than so many are kept; from then on, none is the first.
    pub(super) fn is_first(&self, code: &'static str, source: Option<IpAddr>) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST && told.insert((code, source))
    }
}

/// As many warnings as somebody reads. A back end has few proxies.
const MOST: usize = 64;
