//! Identifiers of the ecosystem: organisations, applications, clients, keys, Hub instances.
//!
//! Two kinds exist and never convert into one another: directory identifiers are UUIDs and compare as such; everything an
//! OAuth or JOSE party chose is opaque text and compares octet by octet (FACTS section 1: the OAuth client ID is another
//! thing than the certificate's CN).

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64UrlUnpadded, Encoding};
use thiserror::Error;
use uuid::Uuid;

use crate::text::serde_as_text;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// Written in the hyphenated form; compared as a UUID, so letter case does not matter.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // `Uuid` also reads the braced, URN and unhyphenated forms, which the directory never writes.
                if text.len() != 36 {
                    return Err(IdError::NotAUuid { what: $what });
                }
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::NotAUuid { what: $what })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        serde_as_text!($name);
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal $(, except $reserved:literal)*) => {
        $(#[$doc])*
        ///
        /// 1 to 256 visible ASCII characters, compared octet by octet. Cloning shares the text.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if !(1..=256).contains(&text.len()) {
                    return Err(IdError::Length { what: $what, found: text.len() });
                }
                if !text.bytes().all(|octet| octet.is_ascii_graphic()) {
                    return Err(IdError::NotVisibleAscii { what: $what });
                }
                $(
                    if text.eq_ignore_ascii_case($reserved) {
                        return Err(IdError::Reserved { what: $what, reserved: $reserved });
                    }
                )*
                Ok(Self(text.into()))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        serde_as_text!($name);
    };
}

uuid_id! {
    /// A Trust Framework organisation: the OU of every certificate registered in it (FACTS section 1).
    OrganisationId, "organisation ID"
}

uuid_id! {
    /// An application of an organisation: the CN of its client certificates (FACTS section 1).
    SoftwareStatementId, "software statement ID"
}

text_id! {
    /// An OAuth client ID. Opaque: never derived from a CN, nor a CN from it (FACTS section 1).
    ClientId, "client ID"
}

text_id! {
    /// A key ID (`kid`): for a key with a certificate, the certificate's SHA-256 thumbprint (FACTS section 2). Only ever compared.
    KeyId, "key ID"
}

text_id! {
    /// The name of a PKI other than the ecosystem's two: neither `sandbox` nor `production`, in whatever letter case.
    EnvironmentName, "environment name", except "sandbox", except "production"
}

text_id! {
    /// The deployment's own name for one API Hub instance of one LFI brand.
    InstanceId, "instance ID"
}

text_id! {
    /// The LFI code agreed at onboarding: `aud` of JWT Auth tokens and the `o3-provider-id` header (FACTS sections 1 and 4).
    ProviderId, "provider ID"
}

text_id! {
    /// An OpenID issuer, `https://auth1.<lfi code>.apihub.openfinance.ae`. Compared octet by octet, never normalised (RFC 8414 section 2).
    Issuer, "issuer"
}

impl KeyId {
    /// The `kid` of a certificate: base64url of the SHA-256 of its DER, the same text as `x5t#S256` (RFC 7515 section 4.1.8).
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Self {
        Self(Base64UrlUnpadded::encode_string(digest(&SHA256, der).as_ref()).into())
    }
}

/// Why a text is not an identifier. It names the kind of identifier, never the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not a UUID in hyphenated form.
    #[error("not a valid {what}: expected a UUID in hyphenated form")]
    NotAUuid {
        /// The kind of identifier.
        what: &'static str,
    },
    /// Empty or too long.
    #[error("not a valid {what}: expected 1 to 256 characters, found {found}")]
    Length {
        /// The kind of identifier.
        what: &'static str,
        /// Octets found.
        found: usize,
    },
    /// A name that means something else.
    #[error("not a valid {what}: {reserved} has a meaning of its own")]
    Reserved {
        /// The kind of identifier.
        what: &'static str,
        /// The name.
        reserved: &'static str,
    },
    /// A space, a control character or a character outside ASCII.
    #[error("not a valid {what}: expected visible ASCII characters only")]
    NotVisibleAscii {
        /// The kind of identifier.
        what: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f8ac4a4-1f1e-4bd6-9b1a-0e6c1f1d7c11";

    #[test]
    fn a_uuid_compares_without_letter_case_and_prints_in_lower_case() {
        let lower: OrganisationId = ID.parse().unwrap();
        let upper: OrganisationId = ID.to_uppercase().parse().unwrap();
        assert_eq!(lower, upper);
        assert_eq!(upper.to_string(), ID);
    }

    #[test]
    fn only_the_hyphenated_form_is_a_uuid() {
        let simple = ID.replace('-', "");
        for other in [simple.as_str(), &format!("{{{ID}}}"), &format!("urn:uuid:{ID}"), "", "not-a-uuid"] {
            assert!(other.parse::<SoftwareStatementId>().is_err(), "{other:?}");
        }
        assert!(ID.parse::<SoftwareStatementId>().is_ok());
    }

    #[test]
    fn text_identifiers_are_visible_ascii_of_bounded_length() {
        assert!("a".repeat(256).parse::<KeyId>().is_ok());
        assert_eq!("a".repeat(257).parse::<KeyId>(), Err(IdError::Length { what: "key ID", found: 257 }));
        assert_eq!("".parse::<KeyId>(), Err(IdError::Length { what: "key ID", found: 0 }));
        for other in ["a b", "a\u{7f}", "é", "a\n"] {
            assert_eq!(other.parse::<KeyId>(), Err(IdError::NotVisibleAscii { what: "key ID" }), "{other:?}");
        }
    }

    #[test]
    fn a_thumbprint_is_43_characters_of_base64url() {
        // SHA-256 of the empty string, a published constant.
        assert_eq!(KeyId::of_certificate(b"").as_str(), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }
}
