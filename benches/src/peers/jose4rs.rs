//! jose4rs, on aws-lc.
//!
//! It verifies tokens and signs none here: its PS256 leaves the salt at the longest that fits, where RFC 7518 section 3.5 wants 32
//! octets, so no other library accepts what it signs; and verifying it accepts any length.

use std::rc::Rc;

use jose4rs::jwa::{AlgorithmConstraints, ConstraintType};
use jose4rs::jwe::{ContentEncryptionAlgorithm, JsonWebEncryption, KeyManagementAlgorithm};
use jose4rs::jwk::JsonWebKey;
use jose4rs::jws::{AlgorithmIdentifier, JsonWebSignature};
use jose4rs::jwt::{JwtConsumer, JwtConsumerBuilder};
use jose4rs::jwx::JsonWebStructure;

use crate::Outcome;
use crate::peers::{ContentPeer, Keys, Named, Terms, TokenVerifier};

pub(super) struct Tokens {
    terms: Rc<Terms>,
    key: JsonWebKey,
    algorithms: AlgorithmConstraints<AlgorithmIdentifier>,
}

impl Tokens {
    pub(super) fn new(keys: &Keys, terms: &Rc<Terms>) -> Outcome<Self> {
        Ok(Self {
            terms: Rc::clone(terms),
            key: JsonWebKey::from_der(&keys.spki)?,
            algorithms: AlgorithmConstraints::new(ConstraintType::Permit, [AlgorithmIdentifier::RsaPssUsingSha256]),
        })
    }

    fn consumer(&self) -> Outcome<JwtConsumer<'_>> {
        Ok(JwtConsumerBuilder::new()
            .set_require_expiration_time()
            .set_require_issued_at()
            .set_require_jwt_id()
            .set_expected_subject(&self.terms.subject)
            .set_expected_issuer(&self.terms.issuer)
            .set_expected_audience(true, false, &[&self.terms.audience])
            .set_evaluation_time_from_seconds(self.terms.now.try_into()?)
            .build())
    }
}

impl Named for Tokens {
    fn name(&self) -> &'static str {
        "jose4rs 0.6 (aws-lc)"
    }
}

impl TokenVerifier for Tokens {
    fn verify(&self, token: &str) -> Outcome<()> {
        let mut jws = JsonWebSignature::new();
        jws.set_algorithm_constraints(&self.algorithms);
        jws.set_compact_serialization(token)?;
        // It verifies the signature first.
        let payload = str::from_utf8(jws.payload(&self.key)?)?;
        self.consumer()?.process_to_claims(payload)?;
        Ok(())
    }
}

pub(super) struct Content {
    kid: String,
    encrypting: JsonWebKey,
    decrypting: JsonWebKey,
    algorithms: AlgorithmConstraints<KeyManagementAlgorithm>,
}

impl Content {
    pub(super) fn new(keys: &Keys, kid: &str) -> Outcome<Self> {
        Ok(Self {
            kid: kid.to_owned(),
            encrypting: JsonWebKey::from_der(&keys.spki)?,
            decrypting: JsonWebKey::from_der(&keys.pkcs8)?,
            algorithms: AlgorithmConstraints::new(ConstraintType::Permit, [KeyManagementAlgorithm::RsaOaep256]),
        })
    }
}

impl Named for Content {
    fn name(&self) -> &'static str {
        "jose4rs 0.6 (aws-lc)"
    }
}

impl ContentPeer for Content {
    fn seal(&self, content: &[u8]) -> Outcome<String> {
        let mut jwe = JsonWebEncryption::new();
        jwe.set_payload(content);
        jwe.set_algorithm(KeyManagementAlgorithm::RsaOaep256);
        jwe.set_encryption_method(ContentEncryptionAlgorithm::Aes256Gcm);
        jwe.set_key_id_header_value(self.kid.as_str());
        jwe.encrypt(&self.encrypting)?;
        Ok(jwe.compact_serialization()?)
    }

    fn open(&self, text: &str) -> Outcome<Vec<u8>> {
        let mut jwe = JsonWebEncryption::new();
        jwe.set_algorithm_constraints(&self.algorithms);
        jwe.set_compact_serialization(text)?;
        Ok(jwe.payload(&self.decrypting)?.to_vec())
    }
}
