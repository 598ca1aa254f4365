//! jsonwebtoken, on aws-lc-rs. It keeps no parsed key.

use std::rc::Rc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::peers::{Keys, Named, Terms, TokenSigner, TokenVerifier, jti, seconds_now};

pub(super) struct Tokens {
    terms: Rc<Terms>,
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub(super) fn new(keys: &Keys, terms: &Rc<Terms>) -> Outcome<Self> {
        let Terms { kid, typ, cty, issuer, subject, audience, .. } = &**terms;
        let mut header = Header::new(Algorithm::PS256);
        header.kid = Some(kid.clone());
        header.typ.clone_from(typ);
        header.cty.clone_from(cty);

        let mut validation = Validation::new(Algorithm::PS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.sub = Some(subject.clone());
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        // It knows no clock but the system's, and the tokens are made beforehand.
        validation.leeway = 24 * 60 * 60;
        Ok(Self {
            terms: Rc::clone(terms),
            header,
            signing: EncodingKey::from_rsa_pem(keys.pkcs8_pem.as_bytes())?,
            verifying: DecodingKey::from_rsa_der(&keys.public_pkcs1),
            validation,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    iat: u64,
    exp: u64,
    jti: String,
}

impl Named for Tokens {
    fn name(&self) -> &'static str {
        "jsonwebtoken 11.1 (aws-lc)"
    }
}

impl TokenSigner for Tokens {
    fn sign(&self) -> Outcome<String> {
        let now = seconds_now()?;
        let claims = Claims {
            iss: self.terms.issuer.clone(),
            sub: self.terms.subject.clone(),
            aud: self.terms.audience.clone(),
            iat: now,
            exp: now + self.terms.lifetime,
            jti: jti()?,
        };
        Ok(encode(&self.header, &claims, &self.signing)?)
    }
}

impl TokenVerifier for Tokens {
    fn verify(&self, token: &str) -> Outcome<()> {
        decode::<Claims>(token, &self.verifying, &self.validation)?;
        Ok(())
    }
}
