//! Which addresses a fetch may connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses may be connected to. It is applied to the address itself, after the name was looked up, so that no name can lead
/// inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressPolicy {
    /// Globally reachable unicast addresses only (IANA special-purpose address registries, RFC 6890).
    #[default]
    GlobalOnly,
    /// Loopback, private and other local addresses as well: for tests, and for a keystore mirrored inside the own network.
    IncludingLocal,
}

impl AddressPolicy {
    /// Whether `address` may be connected to.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::IncludingLocal, _) => true,
            (Self::GlobalOnly, IpAddr::V4(address)) => is_global_v4(address),
            (Self::GlobalOnly, IpAddr::V6(address)) => is_global_v6(address),
        }
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let address = address.to_bits();
    !SPECIAL_V4.iter().any(|&(network, length)| (address ^ network.to_bits()).leading_zeros() >= length)
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let within =
        |&(network, length): &(Ipv6Addr, u32)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= length;
    if within(&NAT64) {
        let [.., a, b, c, d] = address.octets();
        return is_global_v4(Ipv4Addr::new(a, b, c, d));
    }
    within(&GLOBAL_UNICAST) && !SPECIAL_V6.iter().any(within)
}

const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All of IPv6 that is assigned for global unicast; everything local, mapped or multicast lies outside.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Where an IPv6-only network shows the IPv4 Internet (RFC 6052): judged by the IPv4 address inside.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xFF9B, 0, 0, 0, 0, 0, 0), 96);

const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments, Teredo among them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3FFF, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4, which embeds IPv4 addresses.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_unicast_addresses_are_allowed() {
        let global =
            "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 172.15.255.255
            172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
            2001:200:: 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 64:ff9b::1.1.1.1";
        let local = "0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255
            192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1
            255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:1.1.1.1 64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b:1::1 100::1
            2001::1 2001:1ff:ffff::1 2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 ff02::1";
        for (addresses, expected) in [(global, true), (local, false)] {
            for text in addresses.split_whitespace() {
                let address = text.parse().unwrap();
                assert_eq!(AddressPolicy::GlobalOnly.allows(address), expected, "{text}");
                assert!(AddressPolicy::IncludingLocal.allows(address), "{text}");
            }
        }
    }
}
