//! The number of a revocation list.

use std::fmt;

use x509_cert::ext::pkix::CrlNumber;

/// The number that a CA gives a revocation list, each a greater one than the last (`CRLNumber`, RFC 5280 section 5.2.3).
///
/// Displayed in hexadecimal, as numbers of up to 20 octets usually are: `0x1001`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevocationListNumber {
    /// Big-endian, with zeros in front.
    octets: [u8; 20],
}

impl RevocationListNumber {
    pub(super) fn of(number: &CrlNumber) -> Self {
        let mut octets = [0; 20];
        for (place, octet) in octets.iter_mut().rev().zip(number.0.as_bytes().iter().rev()) {
            *place = *octet;
        }
        Self { octets }
    }
}

impl fmt::Display for RevocationListNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.octets.iter().map(|octet| format!("{octet:02x}")).collect();
        match digits.trim_start_matches('0') {
            "" => f.write_str("0x0"),
            digits => write!(f, "0x{digits}"),
        }
    }
}

impl fmt::Debug for RevocationListNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use der::asn1::Uint;

    use super::*;

    #[test]
    fn numbers_of_different_lengths_are_ordered_and_shown() {
        let number = |octets: &[u8]| RevocationListNumber::of(&CrlNumber(Uint::new(octets).unwrap()));
        let ascending = [number(&[0]), number(&[255]), number(&[1, 0]), number(&[0x7f; 20])];
        assert!(ascending.is_sorted());
        assert_eq!(ascending.map(|number| number.to_string())[..3], ["0x0", "0xff", "0x100"]);
        assert_eq!(ascending[3].to_string(), format!("0x{}", "7f".repeat(20)));
    }
}
