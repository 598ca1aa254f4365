//! Chains that were accepted before, so that a peer that comes back costs no second path building.

use std::collections::{HashMap, VecDeque};
use std::sync::{PoisonError, RwLock};

use hub_roles::{Certificate, CertificateChain, HostName, Transport};
use rustls_pki_types::UnixTime;

/// The most chains that are remembered; the oldest makes room.
const CAPACITY: usize = 1024;
/// The longest chain that is remembered, in octets: the Trust Framework's have about 3 KiB.
const CHAIN_OCTETS: usize = 16 * 1024;

/// Verdicts under one trust framework and one set of expectations, for as long as every certificate of the path is valid.
///
/// Only accepted chains are in it, each octet by octet: what was refused is verified again.
pub(super) struct Memo<R: Transport>(RwLock<Entries<R>>);

struct Entries<R: Transport> {
    known: HashMap<Key, Certificate<R>>,
    oldest_first: VecDeque<Key>,
}

/// What was presented, and for which host.
type Key = (CertificateChain, Option<HostName>);

impl<R: Transport> Memo<R> {
    pub(super) fn new() -> Self {
        Self(RwLock::new(Entries { known: HashMap::new(), oldest_first: VecDeque::new() }))
    }

    pub(super) fn get(
        &self,
        chain: &CertificateChain,
        host: Option<&HostName>,
        now: UnixTime,
    ) -> Option<Certificate<R>> {
        let key = (chain.clone(), host.cloned());
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entries.known.get(&key).filter(|certificate| certificate.path_validity().contains(now)).cloned()
    }

    pub(super) fn insert(&self, host: Option<&HostName>, certificate: &Certificate<R>) {
        let chain = certificate.chain();
        if chain.certificates().iter().map(|der| der.len()).sum::<usize>() > CHAIN_OCTETS {
            return;
        }
        let key = (chain.clone(), host.cloned());
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.known.insert(key.clone(), certificate.clone()).is_none() {
            entries.oldest_first.push_back(key);
        }
        if entries.oldest_first.len() > CAPACITY
            && let Some(oldest) = entries.oldest_first.pop_front()
        {
            entries.known.remove(&oldest);
        }
    }
}
