//! Signing certificates and CRLs, with the weak keys and digests that a sound library refuses too.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding};
use const_oid::ObjectIdentifier;
use der::asn1::Any;
use rcgen::{PublicKeyData, SigningKey};
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Sha256, Sha512};
use sha1::Sha1;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::{Error, TestKey};

/// RSASSA-PKCS1-v1_5 with one of the digests (RFC 8017 section 8.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SignatureScheme {
    /// What must be refused.
    Sha1,
    /// What the Trust Framework signs participants' certificates with.
    Sha256,
    /// What the Trust Framework signs its CA certificates with.
    Sha512,
}

impl SignatureScheme {
    /// Signs `message` with an RSA key of any length.
    pub(crate) fn sign(self, key: &TestKey, message: &[u8]) -> Result<Vec<u8>, Error> {
        let sound: Option<&'static dyn RsaEncoding> = match self {
            Self::Sha1 => None,
            Self::Sha256 => Some(&RSA_PKCS1_SHA256),
            Self::Sha512 => Some(&RSA_PKCS1_SHA512),
        };
        match (sound, KeyPair::from_pkcs8(key.pkcs8())) {
            (Some(encoding), Ok(pair)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| Error::Key("signing failed"))?;
                Ok(signature)
            }
            _ => self.sign_weakly(key, message),
        }
    }

    /// What aws-lc-rs rightly refuses: SHA-1, and keys below 2048 bits.
    fn sign_weakly(self, key: &TestKey, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key =
            rsa::PrivateKey::from_pkcs8_der(key.pkcs8()).map_err(|_| Error::Key("only RSA keys sign certificates"))?;
        match self {
            Self::Sha1 => key.pkcs1v15_sign::<Sha1>(message),
            Self::Sha256 => key.pkcs1v15_sign::<Sha256>(message),
            Self::Sha512 => key.pkcs1v15_sign::<Sha512>(message),
        }
        .map_err(|_| Error::Key("signing failed"))
    }

    /// The `AlgorithmIdentifier` of RFC 4055 section 5, with its NULL parameters.
    pub(crate) fn identifier(self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap(match self {
                Self::Sha1 => "1.2.840.113549.1.1.5",
                Self::Sha256 => "1.2.840.113549.1.1.11",
                Self::Sha512 => "1.2.840.113549.1.1.13",
            }),
            parameters: Some(Any::null()),
        }
    }
}

/// A key with the scheme it signs certificates under, as rcgen wants to see it.
pub(crate) struct CertificateSigner<'a> {
    key: &'a TestKey,
    scheme: SignatureScheme,
    algorithm: &'static rcgen::SignatureAlgorithm,
}

impl<'a> CertificateSigner<'a> {
    /// Signs CA certificates: `sha512WithRSAEncryption` (FACTS section 2).
    pub(crate) fn of_authorities(key: &'a TestKey) -> Self {
        Self { key, scheme: SignatureScheme::Sha512, algorithm: &rcgen::PKCS_RSA_SHA512 }
    }

    /// Signs participants' certificates and CRLs: `sha256WithRSAEncryption` (FACTS section 2).
    pub(crate) fn of_participants(key: &'a TestKey) -> Self {
        Self { key, scheme: SignatureScheme::Sha256, algorithm: &rcgen::PKCS_RSA_SHA256 }
    }
}

impl PublicKeyData for CertificateSigner<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for CertificateSigner<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.scheme.sign(self.key, message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}
