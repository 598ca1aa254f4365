//! josekit, on the system's OpenSSL.

use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use josekit::jwe::alg::rsaes::{RsaesJweDecrypter, RsaesJweEncrypter};
use josekit::jwe::{self, JweHeader, RSA_OAEP_256};
use josekit::jws::alg::rsassa_pss::{RsassaPssJwsSigner, RsassaPssJwsVerifier};
use josekit::jws::{JwsHeader, PS256};
use josekit::jwt::{self, JwtPayload, JwtPayloadValidator};

use crate::Outcome;
use crate::peers::{ContentPeer, Keys, Named, Terms, TokenSigner, TokenVerifier, jti, seconds_now};

pub(super) struct Tokens {
    terms: Rc<Terms>,
    signing: RsassaPssJwsSigner,
    verifying: RsassaPssJwsVerifier,
    validator: JwtPayloadValidator,
}

impl Tokens {
    pub(super) fn new(keys: &Keys, terms: &Rc<Terms>) -> Outcome<Self> {
        let Terms { kid, issuer, subject, audience, now, .. } = &**terms;
        let mut signing = PS256.signer_from_der(&keys.pkcs8)?;
        signing.set_key_id(kid);
        let mut verifying = PS256.verifier_from_der(&keys.spki)?;
        verifying.set_key_id(kid);
        let mut validator = JwtPayloadValidator::new();
        validator.set_base_time(UNIX_EPOCH + Duration::from_secs(*now));
        validator.set_issuer(issuer);
        validator.set_subject(subject);
        validator.set_audience(audience);
        Ok(Self { terms: Rc::clone(terms), signing, verifying, validator })
    }
}

impl Named for Tokens {
    fn name(&self) -> &'static str {
        NAME
    }
}

impl TokenSigner for Tokens {
    fn sign(&self) -> Outcome<String> {
        let Terms { typ, cty, issuer, subject, audience, lifetime, .. } = &*self.terms;
        let mut header = JwsHeader::new();
        if let Some(typ) = typ {
            header.set_token_type(typ);
        }
        if let Some(cty) = cty {
            header.set_content_type(cty);
        }
        let now = seconds_now()?;
        let mut payload = JwtPayload::new();
        payload.set_issuer(issuer);
        payload.set_subject(subject);
        payload.set_claim("aud", Some(audience.as_str().into()))?;
        // Its own setters write fractions of a second.
        payload.set_claim("iat", Some(now.into()))?;
        payload.set_claim("exp", Some((now + lifetime).into()))?;
        payload.set_jwt_id(jti()?);
        Ok(jwt::encode_with_signer(&payload, &header, &self.signing)?)
    }
}

impl TokenVerifier for Tokens {
    fn verify(&self, token: &str) -> Outcome<()> {
        let (payload, _) = jwt::decode_with_verifier(token, &self.verifying)?;
        // A claim that it has to have is checked by its value only.
        payload.expires_at().ok_or("exp")?;
        Ok(self.validator.validate(&payload)?)
    }
}

pub(super) struct Content {
    encrypting: RsaesJweEncrypter,
    decrypting: RsaesJweDecrypter,
}

impl Content {
    pub(super) fn new(keys: &Keys, kid: &str) -> Outcome<Self> {
        let mut encrypting = RSA_OAEP_256.encrypter_from_der(&keys.spki)?;
        encrypting.set_key_id(kid);
        let mut decrypting = RSA_OAEP_256.decrypter_from_der(&keys.pkcs8)?;
        decrypting.set_key_id(kid);
        Ok(Self { encrypting, decrypting })
    }
}

impl Named for Content {
    fn name(&self) -> &'static str {
        NAME
    }
}

impl ContentPeer for Content {
    fn seal(&self, content: &[u8]) -> Outcome<String> {
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        Ok(jwe::serialize_compact(content, &header, &self.encrypting)?)
    }

    fn open(&self, text: &str) -> Outcome<Vec<u8>> {
        let (content, header) = jwe::deserialize_compact(text, &self.decrypting)?;
        if header.content_encryption() != Some("A256GCM") {
            return Err("header".into());
        }
        Ok(content)
    }
}

const NAME: &str = "josekit 0.10 (OpenSSL)";
