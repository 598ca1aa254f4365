//! The members of a published key (RFC 7517 section 4, RFC 7518 section 6.3, FACTS section 2), and the rules for each.

use std::collections::BTreeSet;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hub_json::Limits;
use hub_roles::{CertificateChain, KeyId, RsaPublicKey};
use rustls_pki_types::CertificateDer;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::error::JwkError;
use crate::jwk::{Certified, Jwk, KeyUse};
use crate::limits::MAX_SET_OCTETS;
use crate::ready::Ready;

impl Jwk {
    /// Reads one key (RFC 7517 section 4), of at most 64 KiB.
    ///
    /// # Errors
    /// [`JwkError`] with the first rule it breaks.
    pub fn from_json(json: &[u8]) -> Result<Self, JwkError> {
        Members::read(json)?.into_jwk()
    }
}

/// A key as it is written. `x5u` and `x5dn` are not read; a member that is `null` is of the wrong type, not absent.
#[derive(Deserialize)]
pub(crate) struct Members {
    kty: String,
    #[serde(default, deserialize_with = "present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    n: Option<String>,
    #[serde(default, deserialize_with = "present")]
    e: Option<String>,
    #[serde(default, deserialize_with = "present")]
    alg: Option<String>,
    #[serde(default, deserialize_with = "present", rename = "use")]
    key_use: Option<String>,
    #[serde(default, deserialize_with = "present")]
    key_ops: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present", rename = "x5t#S256")]
    thumbprint: Option<String>,
    #[serde(default, deserialize_with = "present")]
    x5c: Option<Vec<String>>,
    #[serde(flatten)]
    private: PrivateMembers,
}

impl Members {
    /// # Errors
    /// [`JwkError::Json`].
    pub(crate) fn read(json: &[u8]) -> Result<Self, JwkError> {
        Ok(hub_json::from_object(json, LIMITS)?)
    }

    /// The key, if every member is sound and no two contradict each other.
    pub(crate) fn into_jwk(self) -> Result<Jwk, JwkError> {
        if self.kty != "RSA" {
            return Err(JwkError::KeyType);
        }
        if let Some(member) = self.private.first() {
            return Err(JwkError::PrivateMember { member });
        }
        let kid: KeyId = self.kid.ok_or(JwkError::Missing { member: "kid" })?.parse()?;
        let public_key =
            RsaPublicKey::from_components(&base64url("n", self.n.as_deref())?, &base64url("e", self.e.as_deref())?)?;
        if let Some(thumbprint) = self.thumbprint {
            check_thumbprint(&thumbprint, &kid)?;
        }
        Ok(Jwk {
            ready: Ready::default(),
            certified: self.x5c.map(|x5c| certified(&x5c, &kid, &public_key)).transpose()?,
            key_use: self.key_use.map(|text| KeyUse::read(&text).ok_or(JwkError::UnknownUse)).transpose()?,
            key_ops: self.key_ops.map(operations).transpose()?,
            alg: self.alg,
            kid,
            public_key,
        })
    }
}

/// The `kid` of a key that was rejected, as far as it can be read.
pub(crate) fn kid_of(json: &[u8]) -> Option<KeyId> {
    #[derive(Deserialize)]
    struct Named {
        kid: KeyId,
    }
    hub_json::from_object::<Named>(json, LIMITS).ok().map(|named| named.kid)
}

macro_rules! private_members {
    ($($member:ident),*) => {
        /// The members of private RSA keys and of symmetric keys (RFC 7518 sections 6.3.2 and 6.4.1): that one is there is all that counts.
        #[derive(Deserialize)]
        struct PrivateMembers {
            $(#[serde(default, deserialize_with = "present")] $member: Option<IgnoredAny>,)*
        }

        impl PrivateMembers {
            fn first(&self) -> Option<&'static str> {
                [$((self.$member.is_some(), stringify!($member))),*]
                    .into_iter()
                    .find_map(|(present, member)| present.then_some(member))
            }
        }
    };
}

private_members!(d, p, q, dp, dq, qi, oth, k);

/// Reads a member that is there: `Option` alone would take `null` for absence.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn base64url(member: &'static str, text: Option<&str>) -> Result<Vec<u8>, JwkError> {
    let text = text.ok_or(JwkError::Missing { member })?;
    Base64UrlUnpadded::decode_vec(text).map_err(|_| JwkError::Base64 { member })
}

/// The thumbprint of a certificate is a SHA-256 digest (RFC 7517 section 4.9), and in this ecosystem its `kid`.
fn check_thumbprint(thumbprint: &str, kid: &KeyId) -> Result<(), JwkError> {
    if base64url("x5t#S256", Some(thumbprint))?.len() != SHA256_OCTETS || thumbprint != kid.as_str() {
        return Err(JwkError::Thumbprint);
    }
    Ok(())
}

fn operations(names: Vec<String>) -> Result<BTreeSet<String>, JwkError> {
    let count = names.len();
    let operations: BTreeSet<String> = names.into_iter().collect();
    if operations.len() == count { Ok(operations) } else { Err(JwkError::RepeatedOperation) }
}

/// The chain of `x5c` (RFC 7517 section 4.7), once its first certificate is shown to be the key's.
fn certified(x5c: &[String], kid: &KeyId, public_key: &RsaPublicKey) -> Result<Certified, JwkError> {
    let certificates: Vec<CertificateDer<'_>> = x5c
        .iter()
        .map(|text| Base64::decode_vec(text).map(Into::into).map_err(|_| JwkError::Base64 { member: "x5c" }))
        .collect::<Result<_, _>>()?;
    let (end_entity, others) = certificates.split_first().ok_or(JwkError::Missing { member: "x5c" })?;
    let chain = CertificateChain::from_peer(end_entity, others)?;
    if chain.kid() != *kid {
        return Err(JwkError::CertificateThumbprint);
    }
    if chain.claimed_key()? != *public_key {
        return Err(JwkError::CertificateKey);
    }
    Ok(Certified { validity: chain.claimed_validity()?, chain })
}

const LIMITS: Limits = Limits::new(MAX_SET_OCTETS);
const SHA256_OCTETS: usize = 32;
