//! A private key in memory, parsed once.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding,
};
use base64ct::{Base64, Encoding};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::RSA_ENCRYPTION;
use der::{Decode, Header, SecretDocument, SliceReader};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::key::{KeyError, PrivateKey, RsaPublicKey, SignatureScheme};

/// An RSA private key held in memory by aws-lc, which clears it when it is dropped. Shows no secret and gives none out.
pub struct SoftwareKey {
    public: RsaPublicKey,
    signing: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
}

impl SoftwareKey {
    /// From PEM with exactly one private key, `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1), with lines of any length;
    /// certificates beside it are passed over.
    ///
    /// # Errors
    /// [`KeyError::NoKey`], [`KeyError::SeveralKeys`], [`KeyError::Encrypted`], [`KeyError::NotRsa`], and as
    /// [`Self::from_pkcs8_der`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let pem = str::from_utf8(pem).map_err(|_| KeyError::Malformed)?;
        let (label, der) = only_private_key(pem)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8_der(&der),
            "RSA PRIVATE KEY" => Self::from_pkcs1_der(&der),
            _ => Err(KeyError::NotRsa),
        }
    }

    /// From a DER `PrivateKeyInfo` (PKCS#8, RFC 5208).
    ///
    /// # Errors
    /// [`KeyError::NotRsa`], [`KeyError::Malformed`], [`KeyError::Size`], [`KeyError::Exponent`], [`KeyError::Roca`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        if pkcs8_algorithm(der).is_ok_and(|algorithm| algorithm != RSA_ENCRYPTION) {
            return Err(KeyError::NotRsa);
        }
        Self::new(KeyPair::from_pkcs8(der).map_err(|reason| rejected(&reason))?, der)
    }

    /// From a DER `RSAPrivateKey` (PKCS#1, RFC 8017 appendix A.1.2).
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let signing = KeyPair::from_der(der).map_err(|reason| rejected(&reason))?;
        let pkcs8: Pkcs8V1Der<'_> = signing.as_der().map_err(|_| KeyError::Malformed)?;
        Self::new(signing, pkcs8.as_ref())
    }

    /// A new RSA-2048 key (FACTS section 2), and its PKCS#8 DER for the caller to store.
    ///
    /// # Errors
    /// [`KeyError::Failed`] if the system has no randomness to give.
    pub(crate) fn generate() -> Result<(Self, SecretDocument), KeyError> {
        let signing = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Failed)?;
        let pkcs8: Pkcs8V1Der<'_> = signing.as_der().map_err(|_| KeyError::Failed)?;
        let document = SecretDocument::try_from(pkcs8.as_ref()).map_err(|_| KeyError::Failed)?;
        Ok((Self::new(signing, pkcs8.as_ref())?, document))
    }

    fn new(signing: KeyPair, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let spki: PublicKeyX509Der<'_> = signing.public_key().as_der().map_err(|_| KeyError::Malformed)?;
        let public = RsaPublicKey::from_spki_der(spki.as_ref())?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|reason| rejected(&reason))?;
        let decrypting = OaepPrivateDecryptingKey::new(decrypting).map_err(|_| KeyError::Malformed)?;
        Ok(Self { public, signing, decrypting })
    }
}

impl PrivateKey for SoftwareKey {
    fn public_key(&self) -> &RsaPublicKey {
        &self.public
    }

    /// aws-lc verifies the result of each private operation before it unblinds it (Boneh, DeMillo and Lipton, "On the Importance of Checking
    /// Cryptographic Protocols for Faults").
    fn verifies_own_signatures(&self) -> bool {
        true
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let encoding: &'static dyn RsaEncoding = match scheme {
            SignatureScheme::RsaPssSha256 => &RSA_PSS_SHA256,
            SignatureScheme::RsaPssSha384 => &RSA_PSS_SHA384,
            SignatureScheme::RsaPssSha512 => &RSA_PSS_SHA512,
            SignatureScheme::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
            SignatureScheme::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
            SignatureScheme::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
        };
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(|_| KeyError::Failed)?;
        Ok(signature)
    }

    fn decrypt_oaep(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut buffer = Zeroizing::new(vec![0; self.decrypting.min_output_size()]);
        let length = self
            .decrypting
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut buffer, None)
            .map_err(|_| KeyError::Failed)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareKey({:?})", self.public)
    }
}

/// The one private key block among whatever else the text holds: its label and its content. Every copy of its octets is cleared.
fn only_private_key(pem: &str) -> Result<(&str, Zeroizing<Vec<u8>>), KeyError> {
    const BEGIN: &str = "-----BEGIN ";
    const DASHES: &str = "-----";
    let mut blocks = pem
        .match_indices(BEGIN)
        .filter_map(|(start, _)| pem.get(start + BEGIN.len()..)?.split_once(DASHES))
        .filter(|(label, _)| label.ends_with("PRIVATE KEY"))
        .peekable();
    let (label, rest) = blocks.next().ok_or(KeyError::NoKey)?;
    if blocks.peek().is_some() {
        return Err(KeyError::SeveralKeys { found: 1 + blocks.count() });
    }
    let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or(KeyError::Malformed)?;
    if label.contains("ENCRYPTED") || body.contains("ENCRYPTED") {
        return Err(KeyError::Encrypted);
    }
    // Reserved in full, so that no growth leaves a copy behind.
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    base64.extend(body.split_ascii_whitespace());
    // Decoded in place of this, so that a key cut short is cleared as well.
    let mut der = Zeroizing::new(vec![0; base64.len()]);
    let octets = Base64::decode(base64.as_bytes(), &mut der).map_err(|_| KeyError::Malformed)?.len();
    der.truncate(octets);
    Ok((label, der))
}

/// The algorithm of a `PrivateKeyInfo`, which stands before the key.
fn pkcs8_algorithm(der: &[u8]) -> der::Result<ObjectIdentifier> {
    let mut reader = SliceReader::new(der)?;
    Header::decode(&mut reader)?;
    let _version = u8::decode(&mut reader)?;
    AlgorithmIdentifierRef::decode(&mut reader).map(|algorithm| algorithm.oid)
}

fn rejected(reason: &KeyRejected) -> KeyError {
    match reason.description_() {
        "TooSmall" | "TooLarge" => KeyError::Size,
        _ => KeyError::Malformed,
    }
}
