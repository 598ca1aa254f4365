//! What is signed and encrypted, and what may happen to it on the way.

use aws_lc_rs::rand;
use base64ct::{Base64UrlUnpadded, Encoding};

use super::Fault;
use super::foreign::base64url;

/// Random octets: of each size at which a block, a group of base64 or a limit ends, and of random sizes.
pub(super) fn payloads() -> Result<Vec<Vec<u8>>, Fault> {
    let mut payloads = SIZES.into_iter().map(random_octets).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..RANDOM_SIZES {
        let size = random_below(LARGEST + 1)?;
        payloads.push(random_octets(size)?);
    }
    Ok(payloads)
}

/// A token with one bit of its octets changed: never only its spelling.
pub(super) fn changed(token: &str) -> Result<String, Fault> {
    let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut filled: Vec<&mut String> = segments.iter_mut().filter(|segment| !segment.is_empty()).collect();
    let at = random_below(filled.len())?;
    let segment = filled.get_mut(at).ok_or("a token without segments")?;
    let mut octets = Base64UrlUnpadded::decode_vec(segment)?;
    let bit = random_below(octets.len() * 8)?;
    *octets.get_mut(bit / 8).ok_or("a segment without octets")? ^= 1 << (bit % 8);
    **segment = base64url(&octets);
    Ok(segments.join("."))
}

pub(super) fn random_octets(count: usize) -> Result<Vec<u8>, Fault> {
    let mut octets = vec![0; count];
    rand::fill(&mut octets)?;
    Ok(octets)
}

/// Evenly enough for sizes and places.
fn random_below(limit: usize) -> Result<usize, Fault> {
    let mut octets = [0; 8];
    rand::fill(&mut octets)?;
    Ok((u64::from_ne_bytes(octets) % u64::try_from(limit.max(1))?).try_into()?)
}

/// 128 KiB.
pub(super) const LARGEST: usize = 128 << 10;

const SIZES: [usize; 32] = [
    0,
    1,
    2,
    3,
    4,
    11,
    12,
    13,
    15,
    16,
    17,
    31,
    32,
    33,
    47,
    48,
    49,
    63,
    64,
    65,
    255,
    256,
    257,
    1023,
    1024,
    4095,
    4096,
    65_535,
    65_536,
    65_537,
    LARGEST - 1,
    LARGEST,
];
const RANDOM_SIZES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_changed() {
        let token = "e30..AAAA";
        for _ in 0..100 {
            let changed = changed(token).unwrap();
            let octets = |token: &str| -> Vec<u8> {
                token.split('.').flat_map(|segment| Base64UrlUnpadded::decode_vec(segment).unwrap()).collect()
            };
            let bits: u32 =
                octets(token).iter().zip(octets(&changed)).map(|(before, after)| (before ^ after).count_ones()).sum();
            assert_eq!(bits, 1, "{changed}");
        }
    }

    #[test]
    fn every_size_is_there() {
        let sizes: Vec<usize> = payloads().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes[..SIZES.len()], SIZES);
        assert!(sizes.iter().all(|&size| size <= LARGEST));
    }
}
