//! Sets as the keystore publishes them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hub_jwks::{KeySet, Publication};
use hub_roles::{ClientId, KeyId, Sig1};
use hub_testkit::Ecosystem;
use serde_json::json;

use crate::Outcome;

/// A document, and what it is to be read as.
pub(super) struct Document {
    pub(super) json: Vec<u8>,
    pub(super) owner: ClientId,
    keys: usize,
}

impl Document {
    /// So many keys for signatures, none with a certificate. Their moduli are one that is a key's and others like it: nothing is ever
    /// verified with them.
    pub(super) fn bare(ecosystem: &Ecosystem, keys: usize) -> Outcome<Self> {
        let tpp = ecosystem.tpp("acme")?;
        let sig1 = tpp.sig1();
        let modulus = sig1.certificate().public_key().modulus();
        let key = |number: usize| {
            let mut modulus = modulus.to_vec();
            for (octet, other) in modulus.iter_mut().skip(100).zip(number.to_be_bytes()) {
                *octet ^= other;
            }
            json!({
                "kty": "RSA",
                "use": "sig",
                "n": BASE64URL.encode(modulus),
                "e": "AQAB",
                // As long as a thumbprint, as most are.
                "kid": format!("{number:043}"),
            })
        };
        let json = json!({"keys": (0..keys).map(key).collect::<Vec<_>>()}).to_string().into_bytes();
        Self { json, owner: tpp.client_id().clone(), keys }.checked()
    }

    /// So many times the key of one certificate: reading does not mind, and takes each for itself.
    pub(super) fn certified(ecosystem: &Ecosystem, keys: usize) -> Outcome<Self> {
        let tpp = ecosystem.tpp("acme")?;
        let publication = Publication::new("https://keystore.sandbox.directory.openfinance.ae/of".parse()?);
        let certificate = ecosystem.holding::<Sig1>("acme")?.current().certificate();
        let publication = (0..keys).fold(publication, |publication, _| publication.certificate(certificate));
        Self { json: publication.to_json(), owner: tpp.client_id().clone(), keys }.checked()
    }

    /// Reads it.
    pub(super) fn parsed(&self) -> Outcome<KeySet<ClientId>> {
        let set = KeySet::parse(self.owner.clone(), &self.json)?;
        if set.keys().len() == self.keys { Ok(set) } else { Err(format!("not all are sound: {set:?}").into()) }
    }

    /// The names of its keys.
    pub(super) fn kids(&self) -> Outcome<Vec<KeyId>> {
        Ok(self.parsed()?.keys().iter().map(|key| key.kid().clone()).collect())
    }

    fn checked(self) -> Outcome<Self> {
        self.parsed()?;
        Ok(self)
    }
}
