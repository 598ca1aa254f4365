//! The cryptography alone, with keys that were parsed beforehand: the floor.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256};

use crate::Outcome;

/// One RSA key, in every form that somebody wants.
pub(crate) struct Keys {
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) pkcs8_pem: String,
    pub(crate) spki: Vec<u8>,
    /// `RSAPublicKey` of PKCS #1.
    pub(crate) public_pkcs1: Vec<u8>,
    signing: KeyPair,
    verifying: ParsedPublicKey,
    encrypting: OaepPublicEncryptingKey,
    decrypting: OaepPrivateDecryptingKey,
}

impl Keys {
    pub(crate) fn new(pkcs8: &[u8], pkcs8_pem: String) -> Outcome<Self> {
        let signing = KeyPair::from_pkcs8(pkcs8)?;
        let spki: PublicKeyX509Der<'_> = signing.public_key().as_der()?;
        let spki = spki.as_ref().to_vec();
        Ok(Self {
            pkcs8: pkcs8.to_vec(),
            pkcs8_pem,
            public_pkcs1: signing.public_key().as_ref().to_vec(),
            verifying: ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &spki)?,
            encrypting: OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&spki)?)?,
            decrypting: OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(pkcs8)?)?,
            signing,
            spki,
        })
    }

    /// PS256.
    pub(crate) fn sign(&self, message: &[u8]) -> Outcome<Vec<u8>> {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }

    /// PS256.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Outcome<()> {
        Ok(self.verifying.verify_sig(message, signature)?)
    }

    /// RSA-OAEP-256.
    pub(crate) fn encrypt(&self, secret: &[u8]) -> Outcome<Vec<u8>> {
        let mut ciphertext = vec![0; self.encrypting.ciphertext_size()];
        let octets = self.encrypting.encrypt(&OAEP_SHA256_MGF1SHA256, secret, &mut ciphertext, None)?.len();
        ciphertext.truncate(octets);
        Ok(ciphertext)
    }

    /// RSA-OAEP-256.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Outcome<Vec<u8>> {
        let mut secret = vec![0; self.decrypting.min_output_size()];
        let octets = self.decrypting.decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut secret, None)?.len();
        secret.truncate(octets);
        Ok(secret)
    }
}

/// A256GCM in place: the tag.
pub(crate) fn seal(key: &[u8], nonce: [u8; NONCE_OCTETS], aad: &[u8], content: &mut [u8]) -> Outcome<[u8; TAG_OCTETS]> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), content)?;
    Ok(tag.as_ref().try_into()?)
}

/// A256GCM in place, of ciphertext and tag: how long the content is.
pub(crate) fn open(key: &[u8], nonce: [u8; NONCE_OCTETS], aad: &[u8], sealed: &mut [u8]) -> Outcome<usize> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    Ok(key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), sealed)?.len())
}

pub(crate) const CONTENT_KEY_OCTETS: usize = 32;
pub(crate) const NONCE_OCTETS: usize = 12;
pub(crate) const TAG_OCTETS: usize = 16;
