//! Sets that differ by place and by generation, and whose keys have the same names everywhere.

use hub_jwks::Publication;
use hub_roles::{Enc2, HttpsUrl, KeyId, RsaPublicKey};

pub(crate) fn url(number: u64) -> HttpsUrl {
    format!("https://keystore.example/{number}").parse().unwrap()
}

pub(crate) fn kid(number: u64) -> KeyId {
    format!("key-{number}").parse().unwrap()
}

/// A modulus of its own for each. Nothing is ever verified with it.
pub(crate) fn public_key(url: &HttpsUrl, generation: u64, number: u64) -> RsaPublicKey {
    let mut modulus = [0xC3; 256];
    let name = format!("{url} {generation} {number}");
    modulus[100..100 + name.len()].copy_from_slice(name.as_bytes());
    modulus[255] = 0x55;
    RsaPublicKey::from_components(&modulus, &[1, 0, 1]).unwrap()
}

/// So many keys.
pub(crate) fn document(url: &HttpsUrl, generation: u64, keys: u64) -> Vec<u8> {
    let set = (0..keys).fold(Publication::new(url.clone()), |set, number| {
        set.bare::<Enc2>(&kid(number), &public_key(url, generation, number))
    });
    // For signatures: bare keys are published for encryption only.
    String::from_utf8(set.to_json()).unwrap().replace("\"enc\"", "\"sig\"").into_bytes()
}
