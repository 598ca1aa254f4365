//! Tokens that no code of ours would make.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64ct::{Base64UrlUnpadded, Encoding};
use hub_roles::{Credential, Encryption, EncryptionKey, Signing};
use serde_json::{Value, json};

pub(crate) fn base64url(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

pub(crate) fn from_base64url(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// A JWS with whatever header and payload, rightly signed.
pub(crate) fn jws<R: Signing>(credential: &Credential<R>, header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", base64url(header), base64url(payload));
    let signature = credential.sign_ps256(input.as_bytes()).unwrap();
    format!("{input}.{}", base64url(&signature))
}

/// The claims of a JWS.
pub(crate) fn claims(jws: &str) -> Value {
    serde_json::from_slice(&from_base64url(jws.split('.').nth(1).unwrap())).unwrap()
}

/// The pieces of a JWE, to be put together in whatever way.
pub(crate) struct Parts {
    pub(crate) header: String,
    pub(crate) encrypted_key: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

impl Parts {
    /// A JWE of `content` with this header; `content_key` is what gets encrypted, the cipher uses its first 32 octets.
    pub(crate) fn new<R: Encryption>(
        key: &EncryptionKey<R>,
        header: &Value,
        content_key: &[u8],
        content: &[u8],
    ) -> Self {
        Self::with_header_text(key, &header.to_string(), content_key, content)
    }

    /// As [`Self::new`], with whatever header.
    pub(crate) fn with_header_text<R: Encryption>(
        key: &EncryptionKey<R>,
        header: &str,
        content_key: &[u8],
        content: &[u8],
    ) -> Self {
        let nonce = [7; 12];
        let mut cipher_key = [0; 32];
        let length = content_key.len().min(32);
        cipher_key[..length].copy_from_slice(&content_key[..length]);
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &cipher_key).unwrap());
        let mut ciphertext = content.to_vec();
        let aad = base64url(header.as_bytes());
        let tag = cipher
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad.as_bytes()), &mut ciphertext)
            .unwrap();
        Self {
            header: header.to_owned(),
            encrypted_key: key.encrypt_oaep(content_key).unwrap(),
            nonce: nonce.to_vec(),
            ciphertext,
            tag: tag.as_ref().to_vec(),
        }
    }

    pub(crate) fn join(&self) -> String {
        [self.header.as_bytes(), &self.encrypted_key, &self.nonce, &self.ciphertext, &self.tag].map(base64url).join(".")
    }
}

/// The header of a sound JWE.
pub(crate) fn jwe_header<R: Encryption>(key: &EncryptionKey<R>) -> Value {
    json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": key.kid()})
}

pub(crate) fn remove(value: &mut Value, claim: &str) {
    value.as_object_mut().unwrap().remove(claim).unwrap();
}
