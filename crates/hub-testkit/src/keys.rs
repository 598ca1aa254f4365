//! Test keys: a committed pool, so that key generation never dominates a test run.
//!
//! The keys are public (they stand in the source tree) and worthless as secrets.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use der::pem::LineEnding;
use der::{Decode, Encode};
use rcgen::PublicKeyData;
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::pkcs8::PrivateKeyInfoRef;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;

/// Hands out test keys in a fixed order, never the same one twice.
///
/// The first [`KeyPool::COMMITTED`] keys come from the source tree, later ones are generated. Clones share one
/// sequence: give every authority of a test the same pool, and no two parties hold the same key.
///
/// ```
/// use hub_testkit::KeyPool;
///
/// let keys = KeyPool::new();
/// let first = keys.take()?;
/// assert_ne!(first, keys.take()?);
/// assert_eq!(first, KeyPool::new().take()?);
/// assert_eq!(keys.named("tpp/C1")?, keys.named("tpp/C1")?);
/// # Ok::<(), hub_testkit::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyPool(Arc<Mutex<Sequence>>);

impl KeyPool {
    /// How many RSA-2048 keys are committed; the pool generates what is taken beyond.
    pub const COMMITTED: usize = 48;

    /// A pool at the start of the sequence.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next RSA-2048 key.
    ///
    /// # Errors
    /// [`Error::Key`] if a key had to be generated and could not be.
    pub fn take(&self) -> Result<TestKey, Error> {
        self.lock().take()
    }

    /// The RSA-2048 key of this name: the next one the first time, the same one afterwards.
    ///
    /// # Errors
    /// [`Error::Key`] if a key had to be generated and could not be.
    pub fn named(&self, name: &str) -> Result<TestKey, Error> {
        let mut sequence = self.lock();
        if let Some(key) = sequence.named.get(name) {
            return Ok(key.clone());
        }
        let key = sequence.take()?;
        sequence.named.insert(name.to_owned(), key.clone());
        Ok(key)
    }

    fn lock(&self) -> MutexGuard<'_, Sequence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Sequence {
    next: usize,
    named: BTreeMap<String, TestKey>,
}

impl Sequence {
    fn take(&mut self) -> Result<TestKey, Error> {
        let index = self.next;
        self.next += 1;
        TestKey::rsa_2048(index).unwrap_or_else(TestKey::generate)
    }
}

/// A private key for tests, with its public half.
///
/// `Debug` shows what kind of key it is. The key itself is readable on purpose: it is a test key.
#[derive(Clone, Eq, PartialEq)]
pub struct TestKey {
    pkcs8: Arc<[u8]>,
    /// PKCS#1 `RSAPublicKey`, or the uncompressed point.
    public: Arc<[u8]>,
    algorithm: KeyAlgorithm,
}

impl TestKey {
    /// The committed RSA-2048 key at `index`, or `None` from [`KeyPool::COMMITTED`] on.
    #[must_use]
    pub fn rsa_2048(index: usize) -> Option<Result<Self, Error>> {
        RSA_2048.split_inclusive(END).nth(index).map(Self::from_pkcs8_pem)
    }

    /// An RSA-3072 key.
    ///
    /// # Errors
    /// [`Error::Key`] if the committed file is damaged.
    pub fn rsa_3072() -> Result<Self, Error> {
        Self::from_pkcs8_pem(include_str!("../keys/rsa-3072.pem"))
    }

    /// An RSA-4096 key.
    ///
    /// # Errors
    /// [`Error::Key`] if the committed file is damaged.
    pub fn rsa_4096() -> Result<Self, Error> {
        Self::from_pkcs8_pem(include_str!("../keys/rsa-4096.pem"))
    }

    /// An RSA-1024 key, which must be refused everywhere.
    ///
    /// # Errors
    /// [`Error::Key`] if the committed file is damaged.
    pub fn rsa_1024() -> Result<Self, Error> {
        Self::from_pkcs8_pem(include_str!("../keys/rsa-1024.pem"))
    }

    /// An RSA-2048 key with the public exponent 3, which must be refused everywhere.
    ///
    /// # Errors
    /// [`Error::Key`] if the committed file is damaged.
    pub fn rsa_2048_exponent_3() -> Result<Self, Error> {
        Self::from_pkcs8_pem(include_str!("../keys/rsa-2048-e3.pem"))
    }

    /// An EC P-256 key, which must be refused everywhere.
    ///
    /// # Errors
    /// [`Error::Key`] if the committed file is damaged.
    pub fn ec_p256() -> Result<Self, Error> {
        Self::from_pkcs8_pem(include_str!("../keys/ec-p256.pem"))
    }

    /// A fresh RSA-2048 key.
    ///
    /// # Errors
    /// [`Error::Key`] if the generator fails.
    pub fn generate() -> Result<Self, Error> {
        let pair =
            aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::Key("the generator failed"))?;
        let pkcs8 = pair.as_der().map_err(|_| Error::Key("not encodable as PKCS#8"))?;
        Self::from_pkcs8_der(pkcs8.as_ref())
    }

    /// Reads an unencrypted PKCS#8 PEM document holding an RSA or a P-256 key.
    ///
    /// # Errors
    /// [`Error::Key`] if it does not.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, Error> {
        let key =
            PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| Error::Key("not a PKCS#8 PEM document"))?;
        Self::from_pkcs8_der(key.secret_pkcs8_der())
    }

    /// Reads an unencrypted PKCS#8 structure holding an RSA or a P-256 key. Weak keys are welcome.
    ///
    /// # Errors
    /// [`Error::Key`] if it does not.
    pub fn from_pkcs8_der(pkcs8: &[u8]) -> Result<Self, Error> {
        let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(|_| Error::Key("not PKCS#8"))?;
        let (algorithm, public) = if info.algorithm.oid == rsa::pkcs1::ALGORITHM_OID {
            let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes())
                .map_err(|_| Error::Key("not an RSA private key"))?;
            (KeyAlgorithm::Rsa, key.public_key().to_der()?)
        } else {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8)
                .map_err(|_| Error::Key("neither RSA nor P-256"))?;
            (KeyAlgorithm::EcP256, pair.public_key().as_ref().to_vec())
        };
        Ok(Self { pkcs8: pkcs8.into(), public: public.into(), algorithm })
    }

    /// The private key as PKCS#8 DER, in the form rustls takes.
    #[must_use]
    pub fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.pkcs8.to_vec()).into()
    }

    /// The private key as a PKCS#8 PEM document.
    ///
    /// # Errors
    /// [`Error::Encoding`] if it is too long for PEM, which no key is.
    pub fn to_pkcs8_pem(&self) -> Result<String, Error> {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// The public key as a DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.subject_public_key_info()
    }

    /// Which family of keys this one belongs to.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl PublicKeyData for TestKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.algorithm {
            KeyAlgorithm::Rsa => &rcgen::PKCS_RSA_SHA256,
            KeyAlgorithm::EcP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        }
    }
}

/// The families of keys the kit knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// `rsaEncryption`, of any length.
    Rsa,
    /// `id-ecPublicKey` on P-256.
    EcP256,
}

/// One PEM document of `der` under `label`.
pub(crate) fn pem(label: &str, der: &[u8]) -> Result<String, Error> {
    Ok(der::pem::encode_string(label, LineEnding::LF, der).map_err(der::Error::from)?)
}

const RSA_2048: &str = include_str!("../keys/rsa-2048.pem");
const END: &str = "-----END PRIVATE KEY-----\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_committed_key_parses_and_none_occurs_twice() {
        let mut seen: Vec<TestKey> = Vec::new();
        for index in 0..KeyPool::COMMITTED {
            let key = TestKey::rsa_2048(index).unwrap().unwrap();
            assert!(!seen.contains(&key), "key {index} repeats an earlier one");
            seen.push(key);
        }
        assert!(TestKey::rsa_2048(KeyPool::COMMITTED).is_none());
    }

    #[test]
    fn the_pool_generates_when_the_committed_keys_are_spent() {
        let pool = KeyPool::new();
        let committed: Vec<_> = (0..KeyPool::COMMITTED).map(|_| pool.take().unwrap()).collect();
        let fresh = pool.take().unwrap();
        assert!(!committed.contains(&fresh));
        assert_ne!(fresh, pool.take().unwrap());
    }

    #[test]
    fn clones_share_one_sequence() {
        let pool = KeyPool::new();
        let clone = pool.clone();
        assert_ne!(pool.take().unwrap(), clone.take().unwrap());
    }

    #[test]
    fn a_name_keeps_its_key_and_takes_one_from_the_sequence() {
        let pool = KeyPool::new();
        let named = pool.named("lfi/S4").unwrap();
        assert_eq!(Some(named.clone()), TestKey::rsa_2048(0).map(Result::unwrap));
        assert_ne!(named, pool.take().unwrap());
        assert_eq!(named, pool.named("lfi/S4").unwrap());
    }

    #[test]
    fn keys_survive_the_way_through_pem() {
        for key in [
            TestKey::rsa_1024(),
            TestKey::rsa_2048_exponent_3(),
            TestKey::rsa_3072(),
            TestKey::rsa_4096(),
            TestKey::ec_p256(),
        ] {
            let key = key.unwrap();
            assert_eq!(TestKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap(), key);
        }
    }

    #[test]
    fn debug_shows_no_key_material() {
        assert_eq!(format!("{:?}", TestKey::ec_p256().unwrap()), "TestKey { algorithm: EcP256, .. }");
    }
}
