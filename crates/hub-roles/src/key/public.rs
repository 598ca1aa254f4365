//! RSA public keys within the limits of THREATS section 1: 2048 to 8192 bits, odd modulus, e = 65537, not ROCA-shaped.

use std::fmt;
use std::sync::Arc;

use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::key::KeyError;

/// An RSA public key that passed every check on its shape. The exponent is always 65537.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RsaPublicKey {
    modulus: Arc<[u8]>,
}

impl RsaPublicKey {
    /// From modulus and exponent, big-endian and without leading zeros (RFC 7518 section 6.3.1).
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::Size`], [`KeyError::Exponent`], [`KeyError::EvenModulus`], [`KeyError::Roca`].
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let (Some(&first), Some(&last)) = (modulus.first(), modulus.last()) else {
            return Err(KeyError::Malformed);
        };
        if first == 0 {
            return Err(KeyError::Malformed);
        }
        let bits = modulus.len() * 8 - first.leading_zeros() as usize;
        if !MODULUS_BITS.contains(&bits) {
            return Err(KeyError::Size);
        }
        if exponent != EXPONENT {
            return Err(KeyError::Exponent);
        }
        if last & 1 == 0 {
            return Err(KeyError::EvenModulus);
        }
        if has_roca_fingerprint(modulus) {
            return Err(KeyError::Roca);
        }
        Ok(Self { modulus: modulus.into() })
    }

    /// From a DER `SubjectPublicKeyInfo` whose algorithm is `rsaEncryption` with NULL parameters (RFC 3279 section 2.3.1).
    ///
    /// # Errors
    /// [`KeyError::NotRsa`] for any other algorithm, else as [`Self::from_components`].
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, KeyError> {
        Self::from_spki(&SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| KeyError::Malformed)?)
    }

    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<Self, KeyError> {
        if spki.algorithm != rsa_encryption() {
            return Err(KeyError::NotRsa);
        }
        let key = spki.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
        let key = Pkcs1PublicKey::from_der(key).map_err(|_| KeyError::Malformed)?;
        Self::from_components(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    /// The key as a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if DER cannot hold it, which no key of this type reaches.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, KeyError> {
        let encode = || {
            let key =
                Pkcs1PublicKey { modulus: UintRef::new(&self.modulus)?, public_exponent: UintRef::new(&EXPONENT)? }
                    .to_der()?;
            SubjectPublicKeyInfoRef { algorithm: rsa_encryption(), subject_public_key: BitStringRef::from_bytes(&key)? }
                .to_der()
        };
        encode().map_err(|_: der::Error| KeyError::Malformed)
    }

    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent 65537, big-endian, without leading zeros.
    #[must_use]
    pub const fn exponent(&self) -> &'static [u8] {
        &EXPONENT
    }

    /// Octets of the modulus: the length of every signature and every encrypted key.
    #[must_use]
    pub fn modulus_octets(&self) -> usize {
        self.modulus.len()
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({} octets)", self.modulus.len())
    }
}

/// RFC 8017 appendix A.1.1.
#[derive(Sequence)]
struct Pkcs1PublicKey<'a> {
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
}

fn rsa_encryption() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: const_oid::db::rfc5912::RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) }
}

/// Whether the modulus is, modulo every small prime, a power of 65537: the structure of CVE-2017-15361.
///
/// Moduli of the flawed generator always are. A sound modulus passes all these tests with a probability of about 2^-28.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    // The generated subgroup is everything for primes such as 2, 3, 5 and 7, which would tell nothing.
    const PRIMES: [u64; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    PRIMES.iter().all(|&prime| {
        let residue = residue(modulus, prime);
        let generator = 65_537 % prime;
        let mut power = 1;
        for _ in 0..prime {
            if power == residue {
                return true;
            }
            power = power * generator % prime;
        }
        false
    })
}

/// Four octets at a time: every certificate of a new peer comes by here.
fn residue(modulus: &[u8], prime: u64) -> u64 {
    modulus.rchunks(4).rev().fold(0, |rest, word| {
        let word = word.iter().fold(0, |word, &octet| word << 8 | u64::from(octet));
        (rest << 32 | word) % prime
    })
}

const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
const EXPONENT: [u8; 3] = [1, 0, 1];

#[cfg(test)]
mod tests {
    use super::*;

    const E: &[u8] = &EXPONENT;

    fn modulus(octets: usize) -> Vec<u8> {
        // Odd, full length; 0xC3.. is no product of two primes, which nothing here looks at.
        let mut modulus = vec![0xC3; octets];
        modulus[octets - 1] = 0x55;
        modulus
    }

    #[test]
    fn limits_on_the_shape_of_a_key() {
        let good = modulus(256);
        assert_eq!(RsaPublicKey::from_components(&good, E).unwrap().modulus_octets(), 256);
        assert!(RsaPublicKey::from_components(&modulus(1024), E).is_ok());

        let mut short = modulus(256);
        short[0] = 0x7F;
        assert_eq!(RsaPublicKey::from_components(&short, E), Err(KeyError::Size));
        assert_eq!(RsaPublicKey::from_components(&modulus(1025), E), Err(KeyError::Size));

        let mut even = good.clone();
        even[255] = 0x54;
        assert_eq!(RsaPublicKey::from_components(&even, E), Err(KeyError::EvenModulus));

        for exponent in [&[3][..], &[1], &[], &[0, 1, 0, 1], &[1, 0, 1, 0, 1]] {
            assert_eq!(RsaPublicKey::from_components(&good, exponent), Err(KeyError::Exponent), "{exponent:?}");
        }
        let padded = [&[0], good.as_slice()].concat();
        assert_eq!(RsaPublicKey::from_components(&padded, E), Err(KeyError::Malformed));
        assert_eq!(RsaPublicKey::from_components(&[], E), Err(KeyError::Malformed));
    }

    #[test]
    fn a_key_reads_back_from_its_spki() {
        let key = RsaPublicKey::from_components(&modulus(256), E).unwrap();
        let spki = key.to_spki_der().unwrap();
        assert_eq!(RsaPublicKey::from_spki_der(&spki), Ok(key));
        assert_eq!(RsaPublicKey::from_spki_der(&spki[..spki.len() - 1]), Err(KeyError::Malformed));
    }

    #[test]
    fn a_modulus_of_the_flawed_generator_is_refused() {
        // 65537^k mod 2^2048-ish has the fingerprint by construction: take 65537^128 exactly, an odd number of 2049 bits.
        let mut power = vec![1_u8];
        for _ in 0..128 {
            let mut carry = 0_u32;
            for octet in power.iter_mut().rev() {
                let product = u32::from(*octet) * 65_537 + carry;
                *octet = (product & 0xFF) as u8;
                carry = product >> 8;
            }
            while carry > 0 {
                power.insert(0, (carry & 0xFF) as u8);
                carry >>= 8;
            }
        }
        assert_eq!(RsaPublicKey::from_components(&power, E), Err(KeyError::Roca));
        let last = power.len() - 1;
        power[last] ^= 2;
        assert!(RsaPublicKey::from_components(&power, E).is_ok());
    }

    #[test]
    fn a_residue_is_that_of_the_octets_one_by_one() {
        for octets in [256, 257, 258, 259, 1024] {
            let modulus = modulus(octets);
            for prime in [11, 157] {
                let expected = modulus.iter().fold(0, |rest, &octet| (rest << 8 | u64::from(octet)) % prime);
                assert_eq!(residue(&modulus, prime), expected, "{octets} octets, {prime}");
            }
        }
    }
}
