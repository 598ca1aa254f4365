//! Keys by number, and sets of them as a server serves them.

use std::collections::BTreeSet;

use hub_jwks::Publication;
use hub_roles::{ClientId, Enc2, HttpsUrl, KeyId, RsaPublicKey};
use serde_json::Value;

/// The key of a number; its `kid` names it.
pub(crate) type Number = u8;

pub(crate) fn kid(number: Number) -> KeyId {
    format!("key-{number}").parse().unwrap()
}

/// A modulus of its own for each number. Nothing is ever verified with it.
pub(crate) fn public_key(number: Number) -> RsaPublicKey {
    let mut modulus = [0xC3; 256];
    modulus[100] = number;
    modulus[255] = 0x55;
    RsaPublicKey::from_components(&modulus, &[1, 0, 1]).unwrap()
}

pub(crate) fn url() -> HttpsUrl {
    "https://keystore.sandbox.directory.openfinance.ae/application.jwks".parse().unwrap()
}

pub(crate) fn owner() -> ClientId {
    "5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001".parse().unwrap()
}

/// What a server serves: sound keys, and keys with a fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) sound: BTreeSet<Number>,
    pub(crate) faulty: BTreeSet<Number>,
}

impl Served {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let directory = "https://keystore.sandbox.directory.openfinance.ae/of".parse().unwrap();
        let numbers = self.sound.iter().chain(&self.faulty);
        let published = numbers
            .fold(Publication::new(directory), |set, &number| set.bare::<Enc2>(&kid(number), &public_key(number)));
        let mut set: Value = serde_json::from_slice(&published.to_json()).unwrap();
        for (index, key) in set["keys"].as_array_mut().unwrap().iter_mut().enumerate() {
            let (member, value) = if index < self.sound.len() { ("use", "sig") } else { ("d", "AQAB") };
            key[member] = value.into();
        }
        set.to_string().into_bytes()
    }

    /// Another one for every other set, in octets that an entity tag may have.
    pub(crate) fn etag(&self) -> String {
        format!("\"{self:?}\"").replace([' ', '{', '}'], "")
    }
}
