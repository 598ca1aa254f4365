//! A codec as one writes it in an afternoon on aws-lc-rs, serde_json and base64: nothing in it that its tokens do not need.

use std::rc::Rc;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::peers::bare::{CONTENT_KEY_OCTETS, Keys, NONCE_OCTETS, TAG_OCTETS, open, seal};
use crate::peers::{ContentPeer, LEEWAY, Named, Terms, TokenSigner, TokenVerifier, jti, seconds_now};

pub(crate) struct Tokens {
    keys: Rc<Keys>,
    terms: Rc<Terms>,
}

impl Tokens {
    pub(crate) fn new(keys: &Rc<Keys>, terms: &Rc<Terms>) -> Self {
        Self { keys: Rc::clone(keys), terms: Rc::clone(terms) }
    }
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
}

impl Named for Tokens {
    fn name(&self) -> &'static str {
        NAME
    }
}

impl TokenSigner for Tokens {
    fn sign(&self) -> Outcome<String> {
        let (now, jti) = (seconds_now()?, jti()?);
        let Terms { kid, typ, cty, issuer, subject, audience, lifetime, .. } = &*self.terms;
        let header = Header { alg: "PS256", kid, typ: typ.as_deref(), cty: cty.as_deref() };
        let claims = Claims { iss: issuer, sub: subject, aud: audience, iat: now, exp: now + lifetime, jti: &jti };
        let mut token = BASE64URL.encode(serde_json::to_vec(&header)?);
        token.push('.');
        BASE64URL.encode_string(serde_json::to_vec(&claims)?, &mut token);
        let signature = self.keys.sign(token.as_bytes())?;
        token.push('.');
        BASE64URL.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl TokenVerifier for Tokens {
    fn verify(&self, token: &str) -> Outcome<()> {
        let (message, signature) = token.rsplit_once('.').ok_or("shape")?;
        let (header, payload) = message.split_once('.').ok_or("shape")?;
        let header = BASE64URL.decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header)?;
        if header.alg != "PS256" || header.kid != self.terms.kid {
            return Err("header".into());
        }
        self.keys.verify(message.as_bytes(), &BASE64URL.decode(signature)?)?;

        let payload = BASE64URL.decode(payload)?;
        let claims: Claims<'_> = serde_json::from_slice(&payload)?;
        // The tokens were made beforehand.
        let now = seconds_now()?.min(self.terms.now);
        let Terms { issuer, subject, audience, .. } = &*self.terms;
        let names_match = claims.iss == issuer && claims.sub == subject && claims.aud == audience;
        if !names_match || claims.exp + LEEWAY <= now || claims.iat > now + LEEWAY {
            return Err("claims".into());
        }
        Ok(())
    }
}

pub(crate) struct Content {
    keys: Rc<Keys>,
    /// Its segment.
    header: String,
}

impl Content {
    pub(crate) fn new(keys: &Rc<Keys>, kid: &str) -> Outcome<Self> {
        let header = serde_json::json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": kid});
        Ok(Self { keys: Rc::clone(keys), header: BASE64URL.encode(serde_json::to_vec(&header)?) })
    }
}

impl Named for Content {
    fn name(&self) -> &'static str {
        NAME
    }
}

impl ContentPeer for Content {
    fn seal(&self, content: &[u8]) -> Outcome<String> {
        let (mut key, mut nonce) = ([0; CONTENT_KEY_OCTETS], [0; NONCE_OCTETS]);
        rand::fill(&mut key)?;
        rand::fill(&mut nonce)?;
        let encrypted_key = self.keys.encrypt(&key)?;
        let mut sealed = content.to_vec();
        let tag = seal(&key, nonce, self.header.as_bytes(), &mut sealed)?;
        let mut jwe = self.header.clone();
        for segment in [encrypted_key.as_slice(), &nonce, &sealed, &tag] {
            jwe.push('.');
            BASE64URL.encode_string(segment, &mut jwe);
        }
        Ok(jwe)
    }

    fn open(&self, jwe: &str) -> Outcome<Vec<u8>> {
        #[derive(Deserialize)]
        struct Header<'a> {
            alg: &'a str,
            enc: &'a str,
        }

        let mut segments = jwe.split('.');
        let mut next = || segments.next().ok_or("shape");
        let (protected, encrypted_key, nonce, ciphertext, tag) = (next()?, next()?, next()?, next()?, next()?);
        let header = BASE64URL.decode(protected)?;
        let header: Header<'_> = serde_json::from_slice(&header)?;
        if header.alg != "RSA-OAEP-256" || header.enc != "A256GCM" {
            return Err("header".into());
        }
        let key = self.keys.decrypt(&BASE64URL.decode(encrypted_key)?)?;
        let nonce: [u8; NONCE_OCTETS] = BASE64URL.decode(nonce)?.as_slice().try_into()?;
        let mut content = BASE64URL.decode(ciphertext)?;
        let tag: [u8; TAG_OCTETS] = BASE64URL.decode(tag)?.as_slice().try_into()?;
        content.extend_from_slice(&tag);
        let octets = open(&key, nonce, protected.as_bytes(), &mut content)?;
        content.truncate(octets);
        Ok(content)
    }
}

const NAME: &str = "by hand on aws-lc-rs";
