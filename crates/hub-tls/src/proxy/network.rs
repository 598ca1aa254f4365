//! Where a proxy may be.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::error::HopConfigError;

/// An IP address, or a network of them in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3).
///
/// A network has no bits set behind its prefix, and is not the whole internet. An IPv4 address that a dual-stack socket shows as an
/// IPv6 one counts as the IPv4 address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let ((ours, width), (theirs, other_width)) = (bits(self.address), bits(address.to_canonical()));
        width == other_width && (ours ^ theirs).checked_shr(width - self.prefix) == Some(0)
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, prefix: bits(address).1 }
    }
}

impl FromStr for Network {
    type Err = HopConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| HopConfigError::Network { found: text.to_owned() })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn parse(text: &str) -> Option<Network> {
    let Some((address, prefix)) = text.split_once('/') else {
        return text.parse::<IpAddr>().ok().map(Network::from);
    };
    let address: IpAddr = address.parse().ok()?;
    let (value, width) = bits(address);
    let prefix = prefix.parse().ok().filter(|prefix| (1..=width).contains(prefix))?;
    let behind = (1_u128.checked_shl(width - prefix)?) - 1;
    (address == address.to_canonical() && value & behind == 0).then_some(Network { address, prefix })
}

/// The address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.0.7.2", "10.0.7.2", "10.0.7.3"),
            ("10.0.7.2/32", "10.0.7.2", "10.0.7.3"),
            ("10.0.7.0/24", "10.0.7.255", "10.0.8.0"),
            ("10.0.7.0/24", "::ffff:10.0.7.1", "::10.0.7.1"),
            ("128.0.0.0/1", "255.1.2.3", "127.255.255.255"),
            ("2001:db8::/64", "2001:db8::1", "2001:db8:0:1::1"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
            ("8000::/1", "ffff::", "200.0.0.1"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.7",
            "10.0.7.2/",
            "10.0.7.2/33",
            "10.0.7.2/24",
            "10.0.7.0/-1",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::1/64",
            "2001:db8::/129",
            "::ffff:10.0.7.0/120",
            " 10.0.7.2",
            "10.0.7.0/24/24",
        ] {
            assert_eq!(text.parse::<Network>(), Err(HopConfigError::Network { found: text.to_owned() }), "{text}");
        }
    }
}
