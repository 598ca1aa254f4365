//! Writing a key set, with the members that the keystore writes (FACTS section 2).

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hub_roles::{Certificate, Encryption, HttpsUrl, KeyId, Role, RoleKind, RsaPublicKey, Subject};
use serde::Serialize;

use crate::jwk::KeyUse;

/// A key set to be published: the keys of one party, in the order they are added.
///
/// Every key has `kty`, `use`, `n`, `e` and `kid`; one with a certificate has `x5u`, `x5t#S256`, `x5dn` and `x5c` as well. None has
/// `alg`, since readers pin PS256 or RSA-OAEP-256 themselves. `x5c` holds the end entity alone: readers have the issuing CA, and a
/// whole chain for every key would soon fill the 64 KiB that they read.
///
/// ```
/// use hub_jwks::Publication;
/// use hub_roles::{Certificate, HttpsUrl, Sig1};
///
/// fn during_rotation(directory: HttpsUrl, old: &Certificate<Sig1>, new: &Certificate<Sig1>) -> Vec<u8> {
///     Publication::new(directory).certificate(old).certificate(new).to_json()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Publication {
    directory: HttpsUrl,
    keys: Vec<Entry>,
}

impl Publication {
    /// An empty set, whose certificates are said to be below `directory`, as `<kid>.pem`: for the keystore's own layout,
    /// [`KeyLocation::directory`](crate::KeyLocation::directory). Nothing of this project ever fetches them.
    #[must_use]
    pub fn new(directory: HttpsUrl) -> Self {
        Self { directory, keys: Vec::new() }
    }

    /// Adds the key of a certificate of any role. `use` follows from the role's kind: `sig`, `enc`, or `tls` for transport keys.
    #[must_use]
    pub fn certificate<R: Role>(mut self, certificate: &Certificate<R>) -> Self {
        let kid = certificate.kid();
        let end_entity = certificate.chain().certificates().first();
        self.keys.push(Entry {
            x5u: Some(self.directory.below(&[&format!("{kid}.pem")])),
            thumbprint: Some(kid.clone()),
            x5dn: Some(distinguished_name(certificate.subject())),
            x5c: end_entity.map(|der| [Base64::encode_string(der)]),
            ..Entry::bare(key_use(R::ID.kind()), kid, certificate.public_key())
        });
        self
    }

    /// Adds a key without a certificate under the `kid` agreed at registration: an Enc1 of type `SERVER ENCKEY`, for one.
    #[must_use]
    pub fn bare<R: Encryption>(mut self, kid: &KeyId, key: &RsaPublicKey) -> Self {
        self.keys.push(Entry::bare(key_use(R::ID.kind()), kid, key));
        self
    }

    /// The set as JSON, as [`KeySet::parse`](crate::KeySet::parse) reads it.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::json!({ "keys": self.keys }).to_string().into_bytes()
    }
}

#[derive(Debug, Clone, Serialize)]
struct Entry {
    kty: &'static str,
    #[serde(rename = "use")]
    key_use: &'static str,
    n: String,
    e: String,
    kid: KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5u: Option<HttpsUrl>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "x5t#S256")]
    thumbprint: Option<KeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5dn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<[String; 1]>,
}

impl Entry {
    fn bare(key_use: KeyUse, kid: &KeyId, key: &RsaPublicKey) -> Self {
        Self {
            kty: "RSA",
            key_use: key_use.as_str(),
            n: Base64UrlUnpadded::encode_string(key.modulus()),
            e: Base64UrlUnpadded::encode_string(key.exponent()),
            kid: kid.clone(),
            x5u: None,
            thumbprint: None,
            x5dn: None,
            x5c: None,
        }
    }
}

const fn key_use(kind: RoleKind) -> KeyUse {
    match kind {
        RoleKind::ClientTransport | RoleKind::ServerTransport => KeyUse::Transport,
        RoleKind::Signing => KeyUse::Signature,
        RoleKind::Encryption => KeyUse::Encryption,
    }
}

/// `OU=<organisation ID>,O=<legal name>,C=AE`, the legal name escaped as RFC 4514 section 2.4 asks.
fn distinguished_name(subject: &Subject) -> String {
    let mut text = format!("OU={},O={}", subject.organisation(), escaped(subject.organisation_name()));
    if let Some(country) = subject.country() {
        text.push_str(",C=");
        text.push_str(&escaped(country));
    }
    text
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (position, character) in value.char_indices() {
        let first = position == 0;
        let last = position + character.len_utf8() == value.len();
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.push('\\'),
            '#' if first => text.push('\\'),
            ' ' if first || last => text.push('\\'),
            _ => {}
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legal_name_is_escaped_where_rfc_4514_asks() {
        for (name, expected) in [
            ("Example Bank PJSC", "Example Bank PJSC"),
            ("A+B, \"C\" <D>; E\\", "A\\+B\\, \\\"C\\\" \\<D\\>\\; E\\\\"),
            (" # ", "\\ #\\ "),
            ("#1 بنك", "\\#1 بنك"),
            (" ", "\\ "),
            ("", ""),
        ] {
            assert_eq!(escaped(name), expected);
        }
    }
}
