//! jwt-simple, on the `rsa` crate: with its default, BoringSSL, it does not go into one program with josekit's OpenSSL, as both define
//! the same symbols.

use std::collections::HashSet;
use std::rc::Rc;

use jwt_simple::prelude::{
    Claims, Duration, HeaderOptions, JWTClaims, NoCustomClaims, PS256KeyPair, PS256PublicKey, RSAKeyPairLike,
    RSAPublicKeyLike, UnixTimeStamp, VerificationOptions,
};

use crate::Outcome;
use crate::peers::{Keys, LEEWAY, Named, Terms, TokenSigner, TokenVerifier, jti};

pub(super) struct Tokens {
    terms: Rc<Terms>,
    header: HeaderOptions,
    signing: PS256KeyPair,
    verifying: PS256PublicKey,
    checks: VerificationOptions,
}

impl Tokens {
    pub(super) fn new(keys: &Keys, terms: &Rc<Terms>) -> Outcome<Self> {
        let Terms { kid, typ, cty, issuer, subject, audience, now, .. } = &**terms;
        let checks = VerificationOptions {
            required_subject: Some(subject.clone()),
            required_key_id: Some(kid.clone()),
            required_signature_type: typ.clone(),
            required_content_type: cty.clone(),
            allowed_issuers: Some(HashSet::from([issuer.clone()])),
            allowed_audiences: Some(HashSet::from([audience.clone()])),
            time_tolerance: Some(Duration::from_secs(LEEWAY)),
            max_validity: Some(Duration::from_secs(300)),
            artificial_time: Some(UnixTimeStamp::from_secs(*now)),
            ..VerificationOptions::default()
        };
        Ok(Self {
            terms: Rc::clone(terms),
            header: HeaderOptions { content_type: cty.clone(), signature_type: typ.clone() },
            signing: PS256KeyPair::from_der(&keys.pkcs8)?.with_key_id(kid),
            verifying: PS256PublicKey::from_der(&keys.spki)?.with_key_id(kid),
            checks,
        })
    }
}

impl Named for Tokens {
    fn name(&self) -> &'static str {
        "jwt-simple 0.15 (rsa crate)"
    }
}

impl TokenSigner for Tokens {
    fn sign(&self) -> Outcome<String> {
        let Terms { issuer, subject, audience, lifetime, .. } = &*self.terms;
        let mut claims: JWTClaims<NoCustomClaims> = Claims::create(Duration::from_secs(*lifetime))
            .with_issuer(issuer)
            .with_subject(subject)
            .with_audience(audience)
            .with_jwt_id(jti()?);
        // It would write one, which the others do not.
        claims.invalid_before = None;
        Ok(self.signing.sign_with_options(claims, &self.header)?)
    }
}

impl TokenVerifier for Tokens {
    fn verify(&self, token: &str) -> Outcome<()> {
        self.verifying.verify_token::<NoCustomClaims>(token, Some(self.checks.clone()))?;
        Ok(())
    }
}
