//! Who has how many handshakes under way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The handshakes under way, counted for each source that has any.
pub(super) struct Shares {
    most: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

impl Shares {
    /// No source has more than `most`.
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Mutex::new(HashMap::new()) }
    }

    /// One more for the source of `address`, for as long as what this returns is kept. `None` if it has its share.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let source = source(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(source).or_default();
        (*count < self.most).then(|| {
            *count += 1;
            Share { of: Arc::clone(self), source }
        })
    }
}

/// One handshake of a source.
pub(super) struct Share {
    of: Arc<Shares>,
    source: IpAddr,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = taken.entry(self.source) {
            match entry.get().checked_sub(1) {
                None | Some(0) => drop(entry.remove()),
                Some(left) => *entry.get_mut() = left,
            }
        }
    }
}

/// Whom an address belongs to: an IPv4 address to itself, also where a dual-stack socket shows it as an IPv6 one; of an IPv6 address the
/// first half, since the other is the subscriber's to choose (RFC 4291 section 2.5.4).
fn source(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = !0 << 64;
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_source_has_its_share_and_no_more_and_others_have_theirs() {
        let shares = Arc::new(Shares::new(2));
        let take = |text| shares.take(address(text));
        let [first, second] = [take("10.0.7.2"), take("::ffff:10.0.7.2")].map(Option::unwrap);
        assert!(take("10.0.7.2").is_none());
        assert!(take("10.0.7.3").is_some());
        drop(first);
        assert!(take("10.0.7.2").is_some());
        drop(second);
        assert!(shares.taken.lock().unwrap().is_empty(), "who has none under way is forgotten");
    }

    #[test]
    fn a_subscriber_has_one_share_for_all_its_addresses() {
        let shares = Arc::new(Shares::new(1));
        let _taken = shares.take(address("2001:db8:0:1::1")).unwrap();
        assert!(shares.take(address("2001:db8:0:1:ffff:ffff:ffff:ffff")).is_none());
        assert!(shares.take(address("2001:db8:0:2::1")).is_some());
        assert!(shares.take(address("2001:db8::1")).is_some());
    }
}
