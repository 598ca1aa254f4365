//! The JOSE header, of which little is believed (THREATS section 1, "header parameters").

use std::borrow::Cow;
use std::fmt;

use hub_json::Limits;
use hub_roles::KeyId;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base64url;
use crate::compact;
use crate::error::{IssueProblem, TokenRule, excerpt};
use crate::member::{Name, least};

/// What a token's header says beside its algorithms, which are always the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    kid: Option<KeyId>,
    typ: Option<String>,
    cty: Option<String>,
}

impl Header {
    /// The `kid`. For look-up only: nothing has been verified.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// The `typ`, as spelled.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The `cty`, as spelled.
    #[must_use]
    pub fn cty(&self) -> Option<&str> {
        self.cty.as_deref()
    }

    pub(crate) fn parse_jws(segment: &str) -> Result<Self, TokenRule> {
        let json = compact::decode("header", segment)?;
        let parameters = Parameters::parse(&json)?;
        let alg = text(&parameters.alg, "alg")?.ok_or(TokenRule::HeaderMissing { parameter: "alg" })?;
        if alg.eq_ignore_ascii_case("none") {
            return Err(TokenRule::Unsecured);
        }
        exactly("alg", PS256, alg)?;
        Self::of(&parameters)
    }

    pub(crate) fn parse_jwe(segment: &str) -> Result<Self, TokenRule> {
        let json = compact::decode("header", segment)?;
        let parameters = Parameters::parse(&json)?;
        for (parameter, value, expected) in [("alg", &parameters.alg, RSA_OAEP_256), ("enc", &parameters.enc, A256GCM)]
        {
            let found = text(value, parameter)?.ok_or(TokenRule::HeaderMissing { parameter })?;
            exactly(parameter, expected, found)?;
        }
        Self::of(&parameters)
    }

    fn of(parameters: &Parameters<'_>) -> Result<Self, TokenRule> {
        let kid = text(&parameters.kid, "kid")?.map(|kid| {
            kid.parse()
                .map_err(|_| TokenRule::HeaderForm { parameter: "kid", expected: "1 to 256 visible ASCII characters" })
        });
        Ok(Self {
            kid: kid.transpose()?,
            typ: text(&parameters.typ, "typ")?.map(str::to_owned),
            cty: text(&parameters.cty, "cty")?.map(str::to_owned),
        })
    }

    /// Whether `typ` is absent or one of `accepted`.
    pub(crate) fn check_typ(&self, accepted: &'static [&'static str]) -> Result<(), TokenRule> {
        match self.typ() {
            Some(found) if !accepted.iter().any(|accepted| is_media_type(found, accepted)) => {
                Err(TokenRule::Type { accepted, found: excerpt(found) })
            }
            _ => Ok(()),
        }
    }

    /// Whether `cty` is absent or `accepted`.
    pub(crate) fn check_cty(&self, accepted: &'static str) -> Result<(), TokenRule> {
        match self.cty() {
            Some(found) if !is_media_type(found, accepted) => {
                Err(TokenRule::ContentType { accepted, found: excerpt(found) })
            }
            _ => Ok(()),
        }
    }
}

/// A header to be sent.
#[derive(Serialize)]
pub(crate) struct OutgoingHeader<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    enc: Option<&'static str>,
    kid: &'a KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'static str>,
}

impl<'a> OutgoingHeader<'a> {
    pub(crate) fn jws(kid: &'a KeyId, typ: Option<&'static str>, cty: Option<&'static str>) -> Self {
        Self { alg: PS256, enc: None, kid, typ, cty }
    }

    pub(crate) fn jwe(kid: &'a KeyId, cty: Option<&'static str>) -> Self {
        Self { alg: RSA_OAEP_256, enc: Some(A256GCM), kid, typ: None, cty }
    }

    pub(crate) fn to_segment(&self) -> Result<String, IssueProblem> {
        serde_json::to_vec(self).map(|json| base64url::encode(&json)).map_err(|_| IssueProblem::Serialise)
    }
}

/// The parameters that mean something here.
#[derive(Default)]
struct Parameters<'a> {
    alg: Option<Text<'a>>,
    enc: Option<Text<'a>>,
    kid: Option<Text<'a>>,
    typ: Option<Text<'a>>,
    cty: Option<Text<'a>>,
    /// Which is the first of [`FORBIDDEN`] that is there.
    forbidden: Option<usize>,
}

impl<'a> Parameters<'a> {
    fn parse(json: &'a [u8]) -> Result<Self, TokenRule> {
        let parameters: Self = hub_json::from_object(json, HEADER_LIMITS).map_err(TokenRule::HeaderJson)?;
        match parameters.forbidden.and_then(|first| FORBIDDEN.get(first)) {
            Some(parameter) => Err(TokenRule::HeaderForbidden { parameter }),
            None => Ok(parameters),
        }
    }
}

impl<'de> Deserialize<'de> for Parameters<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName;

        impl<'de> Visitor<'de> for ByName {
            type Value = Parameters<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut parameters = Parameters::default();
                while let Some(Name(name)) = members.next_key()? {
                    let known = match &*name {
                        "alg" => &mut parameters.alg,
                        "enc" => &mut parameters.enc,
                        "kid" => &mut parameters.kid,
                        "typ" => &mut parameters.typ,
                        "cty" => &mut parameters.cty,
                        other => {
                            let forbidden = FORBIDDEN.iter().position(|forbidden| *forbidden == other);
                            parameters.forbidden = least(parameters.forbidden, forbidden);
                            members.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *known = Some(members.next_value()?);
                }
                Ok(parameters)
            }
        }

        deserializer.deserialize_map(ByName)
    }
}

/// The value of a parameter that is to be a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text<'a> {
    String(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

fn text<'p>(value: &'p Option<Text<'_>>, parameter: &'static str) -> Result<Option<&'p str>, TokenRule> {
    match value {
        None => Ok(None),
        Some(Text::String(text)) => Ok(Some(text)),
        Some(Text::Other(_)) => Err(TokenRule::HeaderForm { parameter, expected: "a string" }),
    }
}

fn exactly(parameter: &'static str, expected: &'static str, found: &str) -> Result<(), TokenRule> {
    if found == expected {
        return Ok(());
    }
    Err(TokenRule::Algorithm { parameter, expected, found: excerpt(found) })
}

/// Media types compare without letter case, and `application/` may be left out (RFC 7515 sections 4.1.9 and 4.1.10).
fn is_media_type(found: &str, accepted: &str) -> bool {
    const PREFIX: &str = "application/";
    let (prefix, rest) = found.split_at_checked(PREFIX.len()).unwrap_or(("", found));
    let found = if prefix.eq_ignore_ascii_case(PREFIX) { rest } else { found };
    found.eq_ignore_ascii_case(accepted)
}

const PS256: &str = "PS256";
const RSA_OAEP_256: &str = "RSA-OAEP-256";
const A256GCM: &str = "A256GCM";
const HEADER_LIMITS: Limits = Limits::new(2048);

/// Parameters that bring keys, addresses, extensions or compression along: present in whatever form, the token is refused.
const FORBIDDEN: [&str; 9] = ["b64", "crit", "epk", "jku", "jwk", "p2c", "x5c", "x5u", "zip"];

#[cfg(test)]
mod tests {
    use super::*;

    fn jws(json: &str) -> Result<Header, TokenRule> {
        Header::parse_jws(&base64url::encode(json.as_bytes()))
    }

    fn jwe(json: &str) -> Result<Header, TokenRule> {
        Header::parse_jwe(&base64url::encode(json.as_bytes()))
    }

    fn algorithm(parameter: &'static str, expected: &'static str, found: &str) -> TokenRule {
        TokenRule::Algorithm { parameter, expected, found: found.to_owned() }
    }

    #[test]
    fn a_sound_header_is_read_and_the_unknown_passed_over() {
        let header =
            jws(r#"{"alg":"PS256","kid":"k","typ":"JOSE","cty":"json","x5t#S256":"AA","new":{"a":[1]}}"#).unwrap();
        assert_eq!(header.kid().map(KeyId::as_str), Some("k"));
        assert_eq!((header.typ(), header.cty()), (Some("JOSE"), Some("json")));
        let header = jwe(r#"{"enc":"A256GCM","alg":"RSA-OAEP-256"}"#).unwrap();
        assert_eq!((header.kid(), header.typ(), header.cty()), (None, None, None));
    }

    #[test]
    fn the_algorithms_are_exact() {
        for found in ["RS256", "HS256", "PS384", "ES256", "EdDSA", "ps256", "PS256 ", ""] {
            assert_eq!(jws(&format!(r#"{{"alg":"{found}"}}"#)), Err(algorithm("alg", "PS256", found)), "{found}");
        }
        for found in ["none", "None", "NONE", "nOnE"] {
            assert_eq!(jws(&format!(r#"{{"alg":"{found}"}}"#)), Err(TokenRule::Unsecured), "{found}");
        }
        for found in ["RSA-OAEP", "RSA1_5", "RSA-OAEP-384", "dir", "ECDH-ES", "none"] {
            let found_alg = jwe(&format!(r#"{{"alg":"{found}","enc":"A256GCM"}}"#));
            assert_eq!(found_alg, Err(algorithm("alg", "RSA-OAEP-256", found)), "{found}");
        }
        for found in ["A128GCM", "A256CBC-HS512", "a256gcm"] {
            let found_enc = jwe(&format!(r#"{{"alg":"RSA-OAEP-256","enc":"{found}"}}"#));
            assert_eq!(found_enc, Err(algorithm("enc", "A256GCM", found)), "{found}");
        }
        assert_eq!(jws(r#"{"kid":"k"}"#), Err(TokenRule::HeaderMissing { parameter: "alg" }));
        assert_eq!(jwe(r#"{"alg":"RSA-OAEP-256"}"#), Err(TokenRule::HeaderMissing { parameter: "enc" }));
    }

    #[test]
    fn a_long_algorithm_is_not_repeated_whole() {
        let Err(TokenRule::Algorithm { found, .. }) = jws(&format!(r#"{{"alg":"{}"}}"#, "x".repeat(1000))) else {
            panic!("accepted");
        };
        assert_eq!(found.len(), 64);
    }

    #[test]
    fn forbidden_parameters_are_refused_in_any_form() {
        for parameter in FORBIDDEN {
            for value in ["null", "true", "[]", "\"x\"", "{}", "0"] {
                let expected = Err(TokenRule::HeaderForbidden { parameter });
                assert_eq!(jws(&format!(r#"{{"alg":"PS256","{parameter}":{value}}}"#)), expected);
                let json = format!(r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","{parameter}":{value}}}"#);
                assert_eq!(jwe(&json), expected);
            }
        }
    }

    #[test]
    fn every_parameter_that_is_read_is_a_string() {
        for parameter in ["alg", "kid", "typ", "cty"] {
            for value in ["null", "1", "[\"PS256\"]", "{}"] {
                let rest = if parameter == "alg" { "" } else { r#","alg":"PS256""# };
                let expected = Err(TokenRule::HeaderForm { parameter, expected: "a string" });
                assert_eq!(jws(&format!(r#"{{"{parameter}":{value}{rest}}}"#)), expected, "{parameter}: {value}");
            }
        }
    }

    #[test]
    fn a_kid_is_visible_ascii_of_bounded_length() {
        let with = |kid: &str| jws(&format!(r#"{{"alg":"PS256","kid":"{kid}"}}"#));
        assert!(with(&"k".repeat(256)).is_ok());
        for kid in ["", "a b", "é", "\\u0000", &"k".repeat(257)] {
            assert_eq!(with(kid).map_err(|rule| rule.code()), Err("token.header-form"), "{kid:?}");
        }
    }

    #[test]
    fn the_header_is_one_strict_object_of_bounded_size() {
        let cases = [
            (r#"{"alg":"PS256","alg":"PS256"}"#.to_owned(), "json.duplicate_member"),
            (r#"{"alg":"PS256","\u0061lg":"PS256"}"#.to_owned(), "json.duplicate_member"),
            (r#"["PS256"]"#.to_owned(), "json.not_an_object"),
            (r#"{"alg":"PS256"} x"#.to_owned(), "json.syntax"),
            (format!("\u{feff}{}", r#"{"alg":"PS256"}"#), "json.byte_order_mark"),
            (format!(r#"{{"alg":"PS256","x":"{}"}}"#, "x".repeat(2048)), "json.too_large"),
            (format!(r#"{{"alg":"PS256","x":{}0{}}}"#, "[".repeat(16), "]".repeat(16)), "json.too_deep"),
            (String::new(), "json.syntax"),
        ];
        for (json, code) in cases {
            match jws(&json) {
                Err(TokenRule::HeaderJson(error)) => assert_eq!(error.code(), code, "{json:.40}"),
                other => panic!("{json:.40}: {other:?}"),
            }
        }
    }

    #[test]
    fn media_types_compare_without_case_and_prefix() {
        let typ = |typ: &str| jws(&format!(r#"{{"alg":"PS256","typ":"{typ}"}}"#)).unwrap().check_typ(&["JWT", "JOSE"]);
        for accepted in ["JWT", "jwt", "application/jwt", "Application/JOSE"] {
            assert_eq!(typ(accepted), Ok(()), "{accepted}");
        }
        for other in ["at+jwt", "", "JWT ", "application/", "application/application/jwt"] {
            assert_eq!(typ(other).map_err(|rule| rule.code()), Err("token.typ"), "{other:?}");
        }
    }
}
