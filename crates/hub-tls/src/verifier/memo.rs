//! Chains that were accepted before, so that a peer that comes back costs no second path building.

use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use hub_roles::{CertificateChain, HostName};

/// The chains that are remembered for one peer that is expected: it may have two certificates at a time, and send more than one chain
/// with each.
const CHAINS_OF_A_PEER: usize = 4;
/// The peers that there are if nobody knows how many.
const PEERS: usize = 1024;
/// The longest chain that is remembered, in octets: the Trust Framework's have about 3 KiB.
const CHAIN_OCTETS: usize = 16 * 1024;

/// What was made of chains, under one trust framework and one set of expectations.
///
/// The key is what was presented, octet by octet, and the host it was presented for.
pub(super) struct Memo<T>(RwLock<Entries<T>>);

struct Entries<T> {
    /// How many there may be: then the oldest makes room.
    capacity: usize,
    known: HashMap<Key, T>,
    oldest_first: VecDeque<Key>,
}

#[derive(Clone, PartialEq, Eq)]
struct Key {
    chain: CertificateChain,
    host: Option<HostName>,
}

impl Key {
    fn new(chain: &CertificateChain, host: Option<&HostName>) -> Self {
        Self { chain: chain.clone(), host: host.cloned() }
    }
}

/// By the end of the issuer's signature alone: that of a whole chain costs more than all else here. Only chains that were accepted are
/// kept, so nobody can fill the map with chains that end alike.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.chain.certificates().first().and_then(|der| der.last_chunk::<32>()).hash(state);
        self.host.hash(state);
    }
}

impl<T: Clone> Memo<T> {
    /// For so many peers, if that is known.
    pub(super) fn new(peers: Option<usize>) -> Self {
        let capacity = peers.unwrap_or(PEERS).saturating_mul(CHAINS_OF_A_PEER);
        Self(RwLock::new(Entries { capacity, known: HashMap::new(), oldest_first: VecDeque::new() }))
    }

    pub(super) fn get(&self, chain: &CertificateChain, host: Option<&HostName>) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).known.get(&Key::new(chain, host)).cloned()
    }

    pub(super) fn insert(&self, chain: &CertificateChain, host: Option<&HostName>, value: T) {
        if chain.certificates().iter().map(|der| der.len()).sum::<usize>() > CHAIN_OCTETS {
            return;
        }
        let key = Key::new(chain, host);
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.known.insert(key.clone(), value).is_none() {
            entries.oldest_first.push_back(key);
        }
        if entries.oldest_first.len() > entries.capacity
            && let Some(oldest) = entries.oldest_first.pop_front()
        {
            entries.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;

    use super::*;

    fn chain(number: usize, octets: usize) -> CertificateChain {
        let mut der = number.to_be_bytes().to_vec();
        der.resize(octets, 0);
        CertificateChain::from_peer(&CertificateDer::from(der), &[]).unwrap()
    }

    #[test]
    fn a_chain_is_known_for_the_host_it_was_presented_for() {
        let memo = Memo::new(Some(2));
        let [one, other] = ["one.example", "other.example"].map(|host| host.parse::<HostName>().unwrap());
        memo.insert(&chain(1, 100), Some(&one), "for one");
        memo.insert(&chain(1, 100), None, "for nobody");
        assert_eq!(memo.get(&chain(1, 100), Some(&one)), Some("for one"));
        assert_eq!(memo.get(&chain(1, 100), None), Some("for nobody"));
        assert_eq!(memo.get(&chain(1, 100), Some(&other)), None);
        assert_eq!(memo.get(&chain(1, 101), Some(&one)), None);
    }

    #[test]
    fn the_oldest_makes_room_and_none_is_counted_twice() {
        const CAPACITY: usize = 3 * CHAINS_OF_A_PEER;
        let memo = Memo::new(Some(3));
        for number in 0..CAPACITY {
            memo.insert(&chain(number, 100), None, number);
            memo.insert(&chain(0, 100), None, number);
        }
        assert_eq!(memo.get(&chain(0, 100), None), Some(CAPACITY - 1), "the newest value");
        memo.insert(&chain(CAPACITY, 100), None, CAPACITY);
        assert_eq!(memo.get(&chain(0, 100), None), None);
        assert_eq!(memo.get(&chain(1, 100), None), Some(1));
        let entries = memo.0.read().unwrap();
        assert_eq!((entries.known.len(), entries.oldest_first.len()), (CAPACITY, CAPACITY));
    }

    #[test]
    fn a_bloated_chain_is_not_kept() {
        let memo = Memo::new(None);
        for (octets, kept) in [(CHAIN_OCTETS, true), (CHAIN_OCTETS + 1, false)] {
            let der = CertificateDer::from(vec![0; octets / 2]);
            let rest = CertificateDer::from(vec![0; octets - octets / 2]);
            let chain = CertificateChain::from_peer(&der, &[rest]).unwrap();
            memo.insert(&chain, None, ());
            assert_eq!(memo.get(&chain, None).is_some(), kept, "{octets}");
        }
    }
}
