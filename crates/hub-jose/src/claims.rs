//! The claims that every token has in common (RFC 7519 section 4.1), and the checks on them.

use std::fmt;
use std::marker::PhantomData;

use hub_json::Limits;
use hub_roles::{ClientId, Issuer};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::date::NumericDate;
use crate::error::{TokenRule, excerpt};
use crate::member::{Name, least};
use crate::token::rules::{AudienceForm, Ceiling, Presence, Rules};

/// Seconds by which clocks may differ (FACTS section 4).
pub const CLOCK_SKEW: u64 = 10;

/// The registered claims of a token that was accepted. Only a verification makes them.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisteredClaims(Incoming);

#[derive(Clone, PartialEq, Eq, Deserialize)]
struct Incoming {
    #[serde(rename = "iss")]
    issuer: String,
    #[serde(rename = "sub", default, deserialize_with = "present")]
    subject: Option<String>,
    #[serde(rename = "aud")]
    audience: Audience,
    #[serde(rename = "iat", default, deserialize_with = "present")]
    issued_at: Option<NumericDate>,
    #[serde(rename = "nbf", default, deserialize_with = "present")]
    not_before: Option<NumericDate>,
    #[serde(rename = "exp")]
    expires_at: NumericDate,
    #[serde(default, deserialize_with = "present")]
    jti: Option<String>,
}

impl RegisteredClaims {
    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// `aud`.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        self.0.audience.as_slice()
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.0.issued_at
    }

    /// `nbf`.
    #[must_use]
    pub fn not_before(&self) -> Option<NumericDate> {
        self.0.not_before
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> NumericDate {
        self.0.expires_at
    }

    /// `jti`: 1 to 256 octets.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.0.jti.as_deref()
    }

    /// Reads them from a payload and holds them to the rules of one kind of token.
    pub(crate) fn accept(payload: &[u8], rules: &Rules, expected: &Names<'_>, now: u64) -> Result<Self, TokenRule> {
        let claims = read(payload).map(Self)?;
        if !rules.forbidden.is_empty() {
            check_forbidden(payload, rules.forbidden)?;
        }
        claims.check_parties(rules, expected)?;
        claims.check_dates(rules, now)?;
        Ok(claims)
    }

    fn check_parties(&self, rules: &Rules, expected: &Names<'_>) -> Result<(), TokenRule> {
        if self.issuer() != expected.issuer {
            return Err(TokenRule::Issuer { expected: expected.issuer.to_owned(), found: excerpt(self.issuer()) });
        }
        check_presence("sub", rules.sub, self.subject().is_some())?;
        if let (Some(found), Some(expected)) = (self.subject(), expected.subject)
            && found != expected
        {
            return Err(TokenRule::Subject { expected: expected.to_owned(), found: excerpt(found) });
        }
        if rules.audience == AudienceForm::OneString && matches!(self.0.audience, Audience::Several(_)) {
            return Err(TokenRule::AudienceForm);
        }
        if !self.audience().iter().any(|audience| audience == expected.audience) {
            let found = excerpt(&self.audience().join(", "));
            return Err(TokenRule::Audience { expected: expected.audience.to_owned(), found });
        }
        check_presence("jti", rules.jti, self.jti().is_some())?;
        match self.jti().map(str::len) {
            None | Some(1..=256) => Ok(()),
            Some(_) => Err(TokenRule::ClaimValue { claim: "jti", expected: "1 to 256 octets long".to_owned() }),
        }
    }

    fn check_dates(&self, rules: &Rules, now: u64) -> Result<(), TokenRule> {
        check_presence("iat", rules.iat, self.issued_at().is_some())?;
        check_presence("nbf", rules.nbf, self.not_before().is_some())?;
        let expires_at = self.expires_at().floor();
        if now >= expires_at + CLOCK_SKEW {
            return Err(TokenRule::Expired { expires_at, now });
        }
        if let Some(not_before) = self.not_before().map(NumericDate::ceil)
            && now.saturating_add(CLOCK_SKEW) < not_before
        {
            return Err(TokenRule::NotYetValid { not_before, now });
        }
        if let Some(issued_at) = self.issued_at().map(NumericDate::ceil)
            && now.saturating_add(CLOCK_SKEW) < issued_at
        {
            return Err(TokenRule::IssuedInFuture { issued_at, now });
        }
        self.check_lifetime(rules.ceiling, now)
    }

    fn check_lifetime(&self, ceiling: Ceiling, now: u64) -> Result<(), TokenRule> {
        let (from, start, limit) = match ceiling {
            Ceiling::None => return Ok(()),
            Ceiling::FromIssuedAt(limit) => ("iat", self.issued_at(), limit),
            Ceiling::FromNotBefore(limit) => ("nbf", self.not_before(), limit),
        };
        let start = start.ok_or(TokenRule::ClaimMissing { claim: from })?.floor();
        let found = self.expires_at().ceil().saturating_sub(start);
        if found > limit + CLOCK_SKEW {
            return Err(TokenRule::LifetimeTooLong { from, limit, found });
        }
        let age = now.saturating_sub(start);
        if matches!(ceiling, Ceiling::FromNotBefore(_)) && age > limit + CLOCK_SKEW {
            return Err(TokenRule::TooOld { limit, found: age });
        }
        Ok(())
    }
}

/// Without the subject, who may be a person.
impl fmt::Debug for RegisteredClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredClaims")
            .field("issuer", &self.issuer())
            .field("audience", &self.audience())
            .field("issued_at", &self.issued_at())
            .field("not_before", &self.not_before())
            .field("expires_at", &self.expires_at())
            .field("jti", &self.jti())
            .finish_non_exhaustive()
    }
}

/// Whom a token names, or has to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`, for the kinds that have one that is known beforehand.
    pub subject: Option<&'a str>,
    /// `aud`, or a member of it.
    pub audience: &'a str,
}

impl<'a> Names<'a> {
    /// From an instance of the API Hub, to a client.
    pub(crate) fn of_instance(issuer: &'a Issuer, client: &'a ClientId) -> Self {
        Self { issuer: issuer.as_str(), subject: None, audience: client.as_str() }
    }
}

/// `aud`: one string, or an array of one to eight.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Audience {
    One([String; 1]),
    Several(Vec<String>),
}

impl Audience {
    const MAX: usize = 8;

    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(audience) => audience,
            Self::Several(audiences) => audiences,
        }
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Audience;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one string, or an array of 1 to 8")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Audience, E> {
                Ok(Audience::One([text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Audience, A::Error> {
                let audiences = Vec::<String>::deserialize(SeqAccessDeserializer::new(items))?;
                match audiences.len() {
                    1..=Audience::MAX => Ok(Audience::Several(audiences)),
                    found => Err(de::Error::invalid_length(found, &self)),
                }
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

/// Reads a part of the claims. What the type does not ask for is passed over.
pub(crate) fn read<'de, T: Deserialize<'de>>(payload: &'de [u8]) -> Result<T, TokenRule> {
    hub_json::from_object(payload, limits(payload)).map_err(TokenRule::Claims)
}

/// The limits on claims: their size was bounded with the token's, their depth is 16 (THREATS section 1, "shape").
pub(crate) fn limits(payload: &[u8]) -> Limits {
    Limits::new(payload.len())
}

/// For optional claims: absent is nothing, but `null` is a value of the wrong type.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For structs within claims: an object only. Serde would also fill one from an array, by position.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_map(Object(PhantomData))
}

fn check_presence(claim: &'static str, rule: Presence, is_present: bool) -> Result<(), TokenRule> {
    match (rule, is_present) {
        (Presence::Required, false) => Err(TokenRule::ClaimMissing { claim }),
        (Presence::Forbidden, true) => Err(TokenRule::ClaimForbidden { claim }),
        _ => Ok(()),
    }
}

/// Looks for the first of `forbidden` in a payload that was [`read`] before, and so keeps every rule on JSON.
fn check_forbidden(payload: &[u8], forbidden: &'static [&'static str]) -> Result<(), TokenRule> {
    struct First(&'static [&'static str]);

    impl<'de> Visitor<'de> for First {
        type Value = Option<usize>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<usize>, A::Error> {
            let mut first = None;
            while let Some((Name(name), IgnoredAny)) = members.next_entry()? {
                first = least(first, self.0.iter().position(|forbidden| *forbidden == name));
            }
            Ok(first)
        }
    }

    let first = serde_json::Deserializer::from_slice(payload).deserialize_map(First(forbidden));
    match first.map_err(|_| TokenRule::Claims(hub_json::Error::NotAnObject))?.and_then(|first| forbidden.get(first)) {
        Some(claim) => Err(TokenRule::ClaimForbidden { claim }),
        None => Ok(()),
    }
}
